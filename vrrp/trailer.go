package vrrp

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"net/netip"
	"time"
)

// The trailer of a signed advert, draft-cassen-vrrp-auth-hmac. It follows the message, whose header does not tell of it.
//
//	 0                   1                   2                   3
//	 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//	+---------------+---------------+-------------------------------+
//	|    Type: 1    |    Key ID     |          Reserved: 0          |
//	+---------------+---------------+-------------------------------+
//	|                  Seconds since 1970, UTC                      |
//	+-------------------------------+-------------------------------+
//	|       1/65536 seconds         |            Counter            |
//	+-------------------------------+-------------------------------+
//	|        the first 16 bytes of an HMAC-SHA-256 (RFC 2104)       |
//	+---------------------------------------------------------------+
const (
	trailerType = 1
	keyAt       = 1
	reservedAt  = 2
	numberAt    = 4
	digestAt    = 12
	digestLen   = 16

	pseudoLen = 20 // of the pseudo-header of the HMAC
)

// trailer is the twelve bytes before the digest.
type trailer struct {
	kind     uint8
	key      uint8
	reserved uint16
	number   number
}

// appendTo appends the trailer, which the digest has yet to follow.
func (t trailer) appendTo(b []byte) []byte {
	b = append(b, t.kind, t.key)
	b = binary.BigEndian.AppendUint16(b, t.reserved)
	return binary.BigEndian.AppendUint64(b, uint64(t.number))
}

// trailerOf reads the trailer b, which has [TrailerLen] bytes.
func trailerOf(b []byte) trailer {
	return trailer{
		kind:     b[0],
		key:      b[keyAt],
		reserved: binary.BigEndian.Uint16(b[reservedAt:]),
		number:   number(binary.BigEndian.Uint64(b[numberAt:])),
	}
}

// number says when a trailer was made, and orders the trailers of a sender: 32 bits of seconds, 16 bits of 1/65536
// seconds and a counter of 16 bits. It is compared in the serial arithmetic of RFC 1982 and so outlives the end of the
// seconds in 2106.
type number uint64

// numberAtTime is the first number of an instant, by its wall clock.
func numberAtTime(t time.Time) number {
	fraction := uint64(t.Nanosecond()) << 16 / uint64(time.Second)
	return number(uint64(t.Unix())<<32 | fraction<<16)
}

// after says that n is newer than o.
func (n number) after(o number) bool { return int64(n-o) > 0 }

// seconds is how far n is ahead of o, counted in whole seconds of both clocks: keepalived does so, and a window that both
// ends see alike needs the same count.
func (n number) seconds(o number) int { return int(int32(uint32(n>>32) - uint32(o>>32))) }

// sub is how far n is ahead of o.
func (n number) sub(o number) time.Duration {
	d := int64(n - o)
	fraction := time.Duration(d>>16&0xffff) * time.Second >> 16
	return time.Duration(d>>32)*time.Second + fraction
}

// mac returns the digest of b, which is a message from src and its trailer without the digest. It is good until the next
// call. It is a function and no structure because no way of printing what holds one shows anything of the key, or of the
// digest that a forged trailer should have had.
type mac func(b []byte, src netip.Addr) []byte

// newMAC returns the mac of a key. It keeps its room, so that nothing is allocated.
//
// What goes into the HMAC is a pseudo-header of the family (4 or 6), the version, the VRID, zero, and the source address
// in 16 bytes that are filled up with zeroes; then b, with zeroes where the checksum stands; then zeroes where the digest
// will stand. The destination is not in it.
func newMAC(k Key) mac {
	var (
		h    = hmac.New(sha256.New, *k.secret.bytes)
		head [pseudoLen + headerLen]byte // up to the addresses
		sum  [sha256.Size]byte
	)
	return func(b []byte, src netip.Addr) []byte {
		head = [len(head)]byte{6, b[0] >> 4, b[1]}
		address := src.As16()
		if isIPv4(src) {
			head[0] = 4
			copy(head[4:], address[12:])
		} else {
			copy(head[4:], address[:])
		}
		copy(head[pseudoLen:], b[:checksumAt])
		clear(sum[:])
		h.Reset()
		h.Write(head[:])
		h.Write(b[headerLen:])
		h.Write(sum[:digestLen])
		return h.Sum(sum[:0])[:digestLen]
	}
}

// TrailerLen is how many bytes a signed advert has after the message.
const TrailerLen = 28
