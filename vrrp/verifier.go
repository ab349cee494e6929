package vrrp

import (
	"crypto/hmac"
	"net/netip"
	"slices"
	"time"
)

// maxSenders is how many senders a verifier remembers. A router has a handful.
const maxSenders = 64

// Verifier verifies the trailers of what one router receives, draft-cassen-vrrp-auth-hmac. It remembers the newest number
// of each sender, so that no advert is taken twice. It belongs to one virtual router: the senders of another one number
// their adverts by themselves. It is for one goroutine.
//
// What it remembers goes with the process. In [ReplayMonotonic], where nobody looks at a clock, an old advert can be
// replayed to a router that was restarted, until the sender is heard again; in [ReplayTime] one of the window alone.
type Verifier struct {
	macs   map[uint8]mac
	mode   AuthMode
	timed  bool
	window int    // seconds
	marks  []mark // the sender that was heard last comes first
}

// mark is the newest number that was taken from a sender.
type mark struct {
	src    netip.Addr
	number number
}

// NewVerifier returns a verifier. The keyring has to be valid, see [Keyring.Validate].
func NewVerifier(k Keyring) *Verifier {
	v := &Verifier{}
	v.Rekey(k)
	return v
}

// Rekey makes the verifier go on with another keyring. A new verifier would take once more what this one has taken.
func (v *Verifier) Rekey(k Keyring) {
	v.macs = make(map[uint8]mac, len(k.Keys))
	for _, key := range k.Keys {
		v.macs[key.id] = newMAC(key)
	}
	v.mode = k.Mode
	v.timed = k.Replay == ReplayTime
	v.window = int(k.Window / time.Second)
}

// Verify says whether the message b from src, with the trailer that it may have, is to be taken. Of now the wall clock
// counts. b has passed [Packet.Parse]: there is a trailer if b is longer, by [TrailerLen], than the header says, which is
// 8 bytes, 4 (IPv4) or 16 (IPv6) an address, and 8 more in version 2. Any other length is DropLength.
//
// The checksum is not covered: in IPv6 the kernel of the sender may write it after the signing, and a router on the way
// may have to mend it.
//
// In [ReplayTime] skew is how far the sender's clock is ahead of ours, the way included. With DropAuthStale it is only
// what the sender claims. Else it is 0.
func (v *Verifier) Verify(b []byte, src netip.Addr, now time.Time) (skew time.Duration, drop DropReason) {
	size := messageLen(b, src)
	switch {
	case size == 0 || len(b) != size && len(b) != size+TrailerLen:
		return 0, DropLength
	case len(b) == size && v.mode == AuthEnforce:
		return 0, DropAuthMissing
	case len(b) == size:
		return 0, DropNone
	}
	t, clock := trailerOf(b[size:]), numberAtTime(now)
	if v.timed {
		skew = t.number.sub(clock)
	}
	switch drop := v.check(t, b, src, clock); drop {
	case DropNone, DropAuthStale:
		return skew, drop
	default:
		return 0, drop
	}
}

// check makes the checks of a trailer in their order. A stale one is refused before the digest is computed, so that a
// flood of recorded adverts costs little. What is remembered of a sender changes last, when nothing is forged.
func (v *Verifier) check(t trailer, b []byte, src netip.Addr, clock number) DropReason {
	if t.kind != trailerType || t.reserved != 0 {
		return DropAuthMalformed
	}
	if v.stale(t.number, clock) {
		return DropAuthStale
	}
	mac := v.macs[t.key]
	if mac == nil {
		return DropAuthKey
	}
	signed, digest := b[:len(b)-digestLen], b[len(b)-digestLen:]
	if !hmac.Equal(mac(signed, src), digest) {
		return DropAuthDigest
	}
	if !v.advance(src.Unmap().WithZone(""), t.number, clock) { // the zone is not what the digest covers
		return DropAuthReplay
	}
	return DropNone
}

// stale says that a number is not within the window of our clock.
func (v *Verifier) stale(n, clock number) bool {
	ahead := n.seconds(clock)
	return v.timed && (ahead > v.window || ahead < -v.window)
}

// advance says whether n is newer than all that was taken from src before, and if so remembers it. Whoever was not heard
// for longest is forgotten for a sender too many.
//
// A mark out of the window counts no more: it was made before a clock was set, and would refuse a sender whose clock has
// been set right until that catches up.
func (v *Verifier) advance(src netip.Addr, n, clock number) bool {
	i := slices.IndexFunc(v.marks, func(m mark) bool { return m.src == src })
	switch {
	case i < 0:
		if len(v.marks) < maxSenders {
			v.marks = append(v.marks, mark{})
		}
		i = len(v.marks) - 1
	case !n.after(v.marks[i].number) && !v.stale(v.marks[i].number, clock):
		return false
	}
	copy(v.marks[1:], v.marks[:i])
	v.marks[0] = mark{src: src, number: n}
	return true
}
