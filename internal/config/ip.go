package config

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"
)

// prefixed is an address that can float, with an optional prefix length.
func prefixed() kind[netip.Prefix] {
	return kind[netip.Prefix]{typ: "an address", limits: "unicast, with an optional prefix length", schema: addressText(true), read: readPrefix}
}

func readPrefix(w *walker, v value) (netip.Prefix, bool) {
	text, ok := w.text(v, "an address")
	if !ok {
		return netip.Prefix{}, false
	}
	host, length, hasLength := strings.Cut(text, "/")
	addr, ok := w.unicast(v, host)
	if !ok {
		return netip.Prefix{}, false
	}
	bits := addr.BitLen()
	if hasLength {
		n, err := strconv.ParseUint(length, 10, 8)
		if err != nil || int(n) > bits || n == 0 || length[0] == '0' {
			w.report(v, fmt.Sprintf("1 to %d", bits), "%s has no valid prefix length", quote(text))
			return netip.Prefix{}, false
		}
		bits = int(n)
	}
	p := netip.PrefixFrom(addr, bits)
	if bits <= addr.BitLen()-2 {
		switch {
		case p.Masked().Addr() == addr:
			w.report(v, "", "%s is the address of the network itself, no host can have it", p)
			return netip.Prefix{}, false
		case addr.Is4() && broadcast(p) == addr:
			w.report(v, "", "%s is the broadcast address of its network, no host can have it", p)
			return netip.Prefix{}, false
		}
	}
	return p, true
}

// broadcast returns the last address of an IPv4 network.
func broadcast(p netip.Prefix) netip.Addr {
	b := p.Addr().As4()
	for bit := p.Bits(); bit < 32; bit++ {
		b[bit/8] |= 0x80 >> (bit % 8)
	}
	return netip.AddrFrom4(b)
}

// plainAddress is the address of a host, without a prefix length.
func plainAddress() kind[netip.Addr] {
	return kind[netip.Addr]{typ: "an IP address", limits: "unicast", schema: addressText(false), read: func(w *walker, v value) (netip.Addr, bool) {
		if v.node.Kind == yaml.MappingNode && colonAtEnd(v.node) {
			w.report(v, "put it in quotes: "+quote(v.node.Content[0].Value+":"), "YAML takes an address that ends in a colon for a key")
			return netip.Addr{}, false
		}
		text, ok := w.text(v, "an IP address")
		if !ok {
			return netip.Addr{}, false
		}
		if host, _, prefixed := strings.Cut(text, "/"); prefixed {
			w.report(v, "write "+clip(host), "%s is a plain address, without a prefix length", v.name)
			return netip.Addr{}, false
		}
		return w.unicast(v, text)
	}}
}

// unicast reads an address that a host can have on a link.
func (w *walker) unicast(v value, text string) (netip.Addr, bool) {
	addr, err := netip.ParseAddr(text)
	bad := ""
	switch {
	case err != nil:
		w.report(v, addressHint(text), "%s is no IP address", quote(text))
		return netip.Addr{}, false
	case addr.Zone() != "":
		w.report(v, "write "+addr.WithZone("").String()+", and name the interface with interface:", "%s carries a zone", quote(text))
		return netip.Addr{}, false
	case addr.Is4In6():
		w.report(v, "write "+addr.Unmap().String(), "%s is an IPv4 address in IPv6 clothes", quote(text))
		return netip.Addr{}, false
	case addr.IsMulticast():
		bad = "a multicast address"
	case addr.IsLoopback():
		bad = "a loopback address"
	case addr.IsUnspecified():
		bad = "the unspecified address"
	case addr == netip.AddrFrom4([4]byte{255, 255, 255, 255}):
		bad = "the broadcast address"
	}
	if bad != "" {
		w.report(v, "", "%s is %s, no host can share it", addr, bad)
		return netip.Addr{}, false
	}
	return addr, true
}

// addressHint guesses why a text is no address.
func addressHint(text string) string {
	if strings.ContainsAny(text, "“”„‘’") {
		return `these are not the quotes of YAML: use " or '`
	}
	if trimmed := strings.TrimSpace(text); trimmed != text {
		return "remove the space: " + trimmed
	}
	if strings.Contains(text, " ") {
		return "one address an entry; interface and label are keys: {address: ..., interface: ...}"
	}
	if _, address, heartbeat := strings.Cut(text, "::"); heartbeat {
		if _, err := netip.ParseAddr(address); err == nil {
			return "write " + address + ": there is only one kind of address here"
		}
	}
	parts := strings.Split(text, ".")
	if len(parts) != 4 {
		return "host names are not looked up"
	}
	for _, p := range parts {
		if n, err := strconv.Atoi(p); err == nil && n > 255 {
			return "each part is 0 to 255"
		}
		if len(p) > 1 && p[0] == '0' {
			return "a part must not begin with a zero"
		}
	}
	return ""
}
