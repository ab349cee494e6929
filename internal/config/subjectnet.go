package config

import (
	"fmt"
	"net/netip"
	"strings"
	"time"

	"gopkg.in/yaml.v3"

	"github.com/aloft-ha/aloft/tracker"
)

// What trackers look at at the end of a network or of a cable: a port, and a link.

// maxText bounds a text that is sent or looked for.
const maxText = 1000

type tcpSettings struct {
	address setting[netip.AddrPort]
	send    setting[string]
	expect  setting[string]
}

func tcpFields() []field[tcpSettings] {
	type S = tcpSettings
	return []field[S]{
		key("address", addressPort(), func(s *S) *setting[netip.AddrPort] { return &s.address },
			"where a connection is opened", must[S], example[S]("127.0.0.1:5432", inRouter)),
		key("send", freeText(maxText), func(s *S) *setting[string] { return &s.send },
			"a text that is sent first", example[S](`"PING\r\n"`, inRouter)),
		key("expect", freeText(maxText), func(s *S) *setting[string] { return &s.expect },
			"a text that the answer has to contain; without it none is waited for", example[S]("PONG", inRouter)),
	}
}

func tcpSubject(t *table[tcpSettings]) kind[subject] {
	return subjectKind(t, func(_ *walker, _ value, s *tcpSettings) (subject, bool) {
		at := s.address.value
		return subject{
			kind:  tracker.TCP{Address: at.String(), Send: s.send.value, Expect: s.expect.value},
			hosts: []askedHost{{address: at.Addr(), at: s.address.at}},
		}, true
	})
}

// addressPort is a numeric address with a port.
func addressPort() kind[netip.AddrPort] {
	text := schema{Type: types{"string"}, Pattern: `^(` + dotted + `|\[[0-9A-Fa-f:.]+(%[^\s\]]+)?\]):[0-9]{1,5}$`, PatternError: "this is no address with a port, such as 127.0.0.1:5432 or [::1]:5432"}
	return kind[netip.AddrPort]{typ: "an address and a port", schema: text, read: func(w *walker, v value) (netip.AddrPort, bool) {
		if v.node.Kind == yaml.ScalarNode && v.node.ShortTag() == "!!int" {
			w.report(v, portHint(v.node.Value), "%s is an address and a port, not %s", v.name, v.describe())
			return netip.AddrPort{}, false
		}
		text, ok := w.text(v, "an address and a port")
		if !ok {
			return netip.AddrPort{}, false
		}
		at, err := netip.ParseAddrPort(text)
		if err != nil {
			w.report(v, portHint(text), "%s is no address with a port", quote(text))
			return netip.AddrPort{}, false
		}
		bad := badTarget(at.Addr())
		if at.Port() == 0 {
			bad = "a port is 1 to 65535, and 0 is not"
		}
		if bad != "" {
			w.report(v, "", "%s", bad)
			return netip.AddrPort{}, false
		}
		return at, true
	}}
}

// portHint guesses why a text is no address with a port.
func portHint(text string) string {
	host, port, cut := strings.Cut(text, ":")
	addr, err := netip.ParseAddr(text)
	if err == nil && addr.Is6() {
		return "an IPv6 address stands in brackets: [::1]:80"
	}
	if err == nil {
		return "write " + netip.AddrPortFrom(addr, 80).String() + ", for example"
	}
	switch {
	case strings.EqualFold(host, "localhost") && cut:
		return "write 127.0.0.1:" + clip(port)
	case cut && plainDigits(port) && host != "" && strings.ContainsFunc(host, func(r rune) bool { return r >= 'g' && r <= 'z' }):
		return "host names are not looked up"
	case plainDigits(text):
		return "write 127.0.0.1:" + clip(text)
	}
	return "write 127.0.0.1:5432 or [::1]:5432, for example"
}

type interfaceSettings struct {
	name     setting[string]
	debounce setting[time.Duration]
}

func interfaceFields() []field[interfaceSettings] {
	type S = interfaceSettings
	return []field[S]{
		key("name", linkName(), func(s *S) *setting[string] { return &s.name },
			"the interface, by name or altname; that of a router is watched without a tracker", must[S], example[S]("eth1", inRouter)),
		key("debounce", duration(0, longDelay, 1), func(s *S) *setting[time.Duration] { return &s.debounce },
			"how long a change has to last before it is believed", fallback[S]("0s")),
	}
}

func interfaceSubject(t *table[interfaceSettings]) kind[subject] {
	return subjectKind(t, func(_ *walker, _ value, s *interfaceSettings) (subject, bool) {
		return subject{kind: tracker.Interface{Name: s.name.value, Debounce: s.debounce.value}}, true
	})
}

// badTarget says why nobody could answer at an address, or nothing. Loopback is fine: a check is run on each node.
func badTarget(addr netip.Addr) string {
	switch {
	case addr.IsMulticast() || addr == netip.AddrFrom4([4]byte{255, 255, 255, 255}):
		return fmt.Sprintf("%s is the address of a group, not of a host", addr)
	case addr.IsUnspecified():
		return fmt.Sprintf("%s is the unspecified address, at which nobody answers", addr)
	case addr.Is4In6():
		return fmt.Sprintf("%s is an IPv4 address in IPv6 clothes", addr)
	}
	return ""
}

// CanAsk says whether a tracker may connect to an address.
func CanAsk(addr netip.Addr) bool { return badTarget(addr) == "" }
