package heartbeat

import (
	"math/bits"
	"net/netip"
	"strconv"
	"strings"

	"github.com/aloft-ha/aloft/internal/importer"
)

// floating is an address of haresources.
type floating struct {
	line    int
	addr    netip.Addr
	bits    int // all of them if no netmask is written
	masked  bool
	iface   string
	label   string
	written bool // iface is written beside it, not guessed
	silent  bool // it is not advertised
}

func (f floating) prefix() netip.Prefix { return netip.PrefixFrom(f.addr, f.bits) }

// parseAddress reads the argument of IPaddr, IPaddr2 or IPv6addr:
//
//	address[/netmask[/interface[:label][/broadcast]]]     or     address/netmask/broadcast
//
// as heartbeat's wrapper scripts do, which go by position. What they get wrong is read as it was meant, and said.
func parseAddress(r resource, n *notebook) (floating, bool) {
	if len(r.args) == 0 || r.args[0] == "" {
		n.refuse(r.line, "write "+r.script+"::192.0.2.100/24/eth0", "%s has no address", r.script)
		return floating{}, false
	}
	if len(r.args) > 1 {
		n.add(r.line, importer.Dropped, "", "%s takes one argument; what stands behind the second :: is left out", r.script)
	}
	parts := split(r.args[0], "/") // slashes side by side are one to the wrappers
	if len(parts) == 0 {
		parts = []string{""}
	}
	addr, err := netip.ParseAddr(parts[0])
	if err != nil || addr.Zone() != "" {
		n.refuse(r.line, addressHint(r), "%s is no IP address", quote(parts[0]))
		return floating{}, false
	}
	if addr.Is4() == (r.script == scriptIPv6addr) {
		n.refuse(r.line, "IPaddr and IPaddr2 are for IPv4, IPv6addr is for IPv6", "%s does not take the address %s", r.script, addr)
		return floating{}, false
	}
	f := floating{line: r.line, addr: addr, bits: addr.BitLen()}
	s := &spec{notebook: n, floating: &f}
	ok := s.read(parts[1:])
	if bad := unfit(f.prefix()); bad != "" {
		n.refuse(r.line, "", "%s is %s, and no host can have it", f.prefix(), bad)
		ok = false
	}
	if ok && r.script == scriptIPv6addr && strings.Contains(r.args[0], "::") {
		n.add(r.line, importer.Changed, "", "heartbeat takes the :: within %s for its separator; it is read as an address", addr)
	}
	return f, ok
}

func addressHint(r resource) string {
	if r.script != scriptIPv6addr && len(r.args) > 1 {
		return "IPv6 addresses are IPv6addr::ADDRESS"
	}
	return "host names are not looked up"
}

// spec is what stands behind an address, while it is read.
type spec struct {
	*notebook
	*floating
}

// read reads the parts between the slashes behind the address.
func (s *spec) read(parts []string) bool {
	part := func(i int) string {
		if i < len(parts) {
			return parts[i]
		}
		return ""
	}
	mask, third, fourth := part(0), part(1), part(2)
	switch {
	case mask == "" || digit(mask[0]):
		if !s.readMask(mask) {
			return false
		}
	case third == "": // the wrappers would take the interface for a netmask, and the address would not come up
		s.add(s.line, importer.Changed, "", "heartbeat takes %s for a netmask; it is read as an interface", quote(mask))
		return s.readInterface(mask)
	default:
		s.refuse(s.line, "write "+s.addr.String()+"/24/"+clip(third), "%s is no netmask", quote(mask))
		return false
	}
	if third != "" && digit(third[0]) {
		s.dropBroadcast(third)
		if fourth == "" {
			return true
		}
		s.add(s.line, importer.Changed, "", "heartbeat does not see the interface %s behind a broadcast address; it is used here", quote(fourth))
		return s.readInterface(fourth)
	}
	if fourth != "" {
		s.dropBroadcast(fourth)
	}
	return third == "" || s.readInterface(third)
}

func digit(b byte) bool { return b >= '0' && b <= '9' }

// readMask reads a netmask: bits, or a dotted one.
func (s *spec) readMask(text string) bool {
	if text == "" {
		return true
	}
	s.masked = true
	if dotted, err := netip.ParseAddr(text); err == nil && dotted.Is4() && s.addr.Is4() {
		b := dotted.As4()
		mask := uint32(b[0])<<24 | uint32(b[1])<<16 | uint32(b[2])<<8 | uint32(b[3])
		ones := bits.LeadingZeros32(^mask)
		if ones > 0 && mask<<ones == 0 {
			s.bits = ones
			s.add(s.line, importer.Changed, "", "the netmask %s is read as /%d", text, ones)
			return true
		}
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > s.addr.BitLen() {
		s.refuse(s.line, "1 to "+strconv.Itoa(s.addr.BitLen())+" bits", "%s is no netmask for %s", quote(text), s.addr)
		return false
	}
	s.bits = n
	return true
}

// maxLabel is how long a label of the kernel is.
const maxLabel = 15

// readInterface reads an interface with its label: eth0:1 is a label on eth0.
func (s *spec) readInterface(text string) bool {
	name, label, labelled := strings.Cut(text, ":")
	if name == "" || dots(name) || strings.ContainsFunc(name, func(r rune) bool { return r <= ' ' || r > '~' }) {
		s.refuse(s.line, "", "%s is no interface", quote(text))
		return false
	}
	s.iface, s.written = name, true
	switch {
	case !labelled || label == "":
	case s.addr.Is6() || len(text) > maxLabel || strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r > '~' }):
		s.add(s.line, importer.Dropped, "", "the label %s is left out: only IPv4 addresses have one, of at most %d letters", quote(text), maxLabel)
	default:
		s.label = text
	}
	return true
}

// dots says whether a name is one of a folder's, which no interface has.
func dots(name string) bool { return name == "." || name == ".." }

func (s *spec) dropBroadcast(text string) {
	s.add(s.line, importer.Dropped, "", "the broadcast address %s is left out: aloft sets none for a floating address, and none is needed", quote(text))
}

// unfit says why an address cannot float; it is empty if it can.
func unfit(p netip.Prefix) string {
	addr := p.Addr()
	switch {
	case addr.IsUnspecified():
		return "the unspecified address"
	case addr.IsLoopback():
		return "a loopback address"
	case addr.IsMulticast():
		return "a multicast address"
	case addr.Is4In6():
		return "an IPv4 address in IPv6 clothes"
	case addr == netip.AddrFrom4([4]byte{255, 255, 255, 255}):
		return "the broadcast address"
	case p.Bits() <= addr.BitLen()-2 && p.Masked().Addr() == addr:
		return "the address of its network"
	case p.Bits() <= 30 && addr.Is4() && !p.Contains(addr.Next()):
		return "the broadcast address of its network"
	}
	return ""
}
