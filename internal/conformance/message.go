package conformance

import (
	"encoding/binary"
	"net/netip"
	"slices"
	"time"
)

// protocol is the IP protocol number of VRRP, RFC 9568 section 5.1.1.4.
const protocol = 112

// The type of the only message there is.
const advertisement = 1

// The sizes of the parts of a message.
const (
	headerLen = 8
	authLen   = 8 // the authentication data that ends each message of version 2
)

// The groups that adverts go to, RFC 9568 sections 5.1.1.2 and 5.1.2.2.
var (
	group4 = netip.AddrFrom4([4]byte{224, 0, 0, 18})
	group6 = netip.MustParseAddr("ff02::12")
)

// Form is how far a checksum reaches.
type Form uint8

// The forms. IPv6 has the pseudo-header in any case.
const (
	FormNone    Form = iota // neither of the below
	FormPseudo              // with a pseudo-header: IPv6, and IPv4 as RFC 5798 was read by many
	FormMessage             // the message alone: version 2, and IPv4 in RFC 9568
)

// String names the form.
func (f Form) String() string {
	switch f {
	case FormPseudo:
		return "with the pseudo-header"
	case FormMessage:
		return "of the message alone"
	}
	return "wrong"
}

// Message is a VRRP message as it is, right or wrong: RFC 9568 section 5.2, RFC 3768 section 5.3.
type Message struct {
	Version, Type  uint8
	VRID, Priority uint8
	Count          uint8  // of addresses, as the field says
	Reserved       uint8  // version 3: the four bits before the interval
	Interval       uint16 // version 3: centiseconds; version 2: seconds
	AuthType       uint8  // version 2
	Auth           [authLen]byte
	Addresses      []netip.Addr
	Checksum       uint16
	Form           Form // which form Checksum has
	Length         int  // of the message, in bytes
}

// every returns the interval that the message says.
func (m *Message) every() time.Duration {
	if m.Version == 2 {
		return time.Duration(m.Interval) * time.Second
	}
	return time.Duration(m.Interval) * 10 * time.Millisecond
}

// wantLength returns how long a message of this version and so many addresses is.
func (m *Message) wantLength(ipv6 bool) int {
	n := headerLen + int(m.Count)*4
	if ipv6 {
		n = headerLen + int(m.Count)*16
	}
	if m.Version == 2 {
		n += authLen
	}
	return n
}

// append appends the message to b; its checksum is made in the form, for a packet from src to dst.
func (m *Message) append(b []byte, src, dst netip.Addr, form Form) []byte {
	start := len(b)
	b = append(b, m.Version<<4|m.Type&0xf, m.VRID, m.Priority, m.Count)
	if m.Version == 2 {
		b = append(b, m.AuthType, byte(m.Interval))
	} else {
		b = binary.BigEndian.AppendUint16(b, uint16(m.Reserved)<<12|m.Interval&0xfff)
	}
	b = append(b, 0, 0)
	for _, a := range m.Addresses {
		b = append(b, a.AsSlice()...)
	}
	if m.Version == 2 {
		b = append(b, m.Auth[:]...)
	}
	seal(b[start:], src, dst, form)
	return b
}

// seal writes the checksum of a message, if it is long enough to have one.
func seal(message []byte, src, dst netip.Addr, form Form) {
	if len(message) < headerLen {
		return
	}
	message[6], message[7] = 0, 0
	binary.BigEndian.PutUint16(message[6:], checksum(message, src, dst, form))
}

// checksum is RFC 1071 over the message, after a pseudo-header (RFC 8200 section 8.1, RFC 9293 section 3.1) if the form
// has one. An odd byte at the end counts as the upper half of a word.
func checksum(message []byte, src, dst netip.Addr, form Form) uint16 {
	var sum uint32
	add := func(b []byte) {
		for ; len(b) > 1; b = b[2:] {
			sum += uint32(binary.BigEndian.Uint16(b))
		}
		if len(b) == 1 {
			sum += uint32(b[0]) << 8
		}
	}
	if form == FormPseudo {
		add(src.AsSlice())
		add(dst.AsSlice())
		sum += uint32(protocol + len(message))
	}
	add(message)
	for sum>>16 != 0 {
		sum = sum&0xffff + sum>>16
	}
	return ^uint16(sum)
}

// parseMessage reads as much of a message as there is. It is not ok if there is no header.
func parseMessage(b []byte, src, dst netip.Addr) (m Message, ok bool) {
	if len(b) < headerLen {
		return Message{}, false
	}
	m = Message{
		Version: b[0] >> 4, Type: b[0] & 0xf, VRID: b[1], Priority: b[2], Count: b[3],
		Checksum: binary.BigEndian.Uint16(b[6:]), Length: len(b),
	}
	if m.Version == 2 {
		m.AuthType, m.Interval = b[4], uint16(b[5])
	} else {
		w := binary.BigEndian.Uint16(b[4:])
		m.Reserved, m.Interval = uint8(w>>12), w&0xfff
	}
	size := src.BitLen() / 8
	rest := b[headerLen:]
	if m.Version == 2 && len(rest) >= authLen {
		copy(m.Auth[:], rest[len(rest)-authLen:])
		rest = rest[:len(rest)-authLen]
	}
	for n := 0; n < int(m.Count) && len(rest) >= size; n++ {
		a, _ := netip.AddrFromSlice(rest[:size])
		m.Addresses = append(m.Addresses, a)
		rest = rest[size:]
	}
	m.Form = formOf(b, src, dst)
	return m, true
}

// formOf says which form the checksum in the message has. Where both fit, IPv6 and version 3 have the pseudo-header.
func formOf(message []byte, src, dst netip.Addr) Form {
	b := slices.Clone(message)
	want := binary.BigEndian.Uint16(b[6:])
	b[6], b[7] = 0, 0
	forms := []Form{FormPseudo, FormMessage}
	switch {
	case src.Is6():
		forms = forms[:1]
	case b[0]>>4 == 2:
		forms = forms[1:]
	}
	for _, f := range forms {
		if checksum(b, src, dst, f) == want {
			return f
		}
	}
	return FormNone
}
