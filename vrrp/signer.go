package vrrp

import (
	"encoding/binary"
	"net/netip"
	"time"
)

// Signer signs the adverts of one router with a trailer, draft-cassen-vrrp-auth-hmac. It remembers the number of the last
// one: each trailer that it makes has a larger number than the one before, whatever the clock does, and peers take no
// other. One Signer may sign for both families and versions of a router. It is for one goroutine.
type Signer struct {
	mac    mac // nil: nothing is signed
	key    uint8
	timed  bool // peers look at our clock
	window int  // seconds
	began  bool
	last   number
}

// NewSigner returns a signer. The keyring has to be valid, see [Keyring.Validate]; a signer of one that is
// [AuthReceiveOnly] signs nothing.
func NewSigner(k Keyring) *Signer {
	s := &Signer{}
	s.Rekey(k)
	return s
}

// Rekey makes the signer go on with another keyring. A new signer would begin at the clock, and where the clock was set
// back peers would take its adverts for replayed ones.
func (s *Signer) Rekey(k Keyring) {
	s.mac, s.key = nil, k.Active
	for _, key := range k.Keys {
		if key.id == k.Active && k.Mode != AuthReceiveOnly {
			s.mac = newMAC(key)
		}
	}
	s.timed = k.Replay == ReplayTime
	s.window = int(k.Window / time.Second)
}

// Sign appends the trailer to b, which is one whole message as [Packet.AppendTo] makes it, on the way from src to dst.
// It does not allocate when b has room for [TrailerLen] bytes more. The IPv6 checksum covers the trailer and is made right
// for it, in b itself; the IPv4 one covers the message alone and stays. Of now the wall clock counts.
//
// Where nothing is signed, b comes back as it is.
func (s *Signer) Sign(b []byte, src, dst netip.Addr, now time.Time) []byte {
	if s.mac == nil {
		return b
	}
	s.last, s.began = s.next(numberAtTime(now)), true
	b = trailer{kind: trailerType, key: s.key, number: s.last}.appendTo(b)
	b = append(b, s.mac(b, src)...)
	if !isIPv4(src) {
		binary.BigEndian.PutUint16(b[checksumAt:], 0)
		binary.BigEndian.PutUint16(b[checksumAt:], checksum(b, src, dst, FormPseudo))
	}
	return b
}

// next decides the number of the next trailer: that of the clock, or where this is not larger than the last one, the last
// one and one. A clock that was set back is waited for so, but not from beyond the window: a peer refuses what is ahead of
// its clock by more. Peers that do not look at the clock take growing numbers alone, however far they are ahead of it.
func (s *Signer) next(clock number) number {
	switch {
	case !s.began, clock.after(s.last):
		return clock
	case s.timed && s.last.seconds(clock) > s.window:
		return clock
	}
	return s.last + 1
}
