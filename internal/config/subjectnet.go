package config

import (
	"fmt"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"gopkg.in/yaml.v3"

	"github.com/aloft-ha/aloft/tracker"
)

// What trackers look at over a network: a page, a port, hosts that answer a ping, and a link.

type httpSettings struct {
	url      setting[askedURL]
	host     setting[string]
	status   setting[[]int]
	body     setting[string]
	insecure setting[bool]
}

// maxText bounds a text that is sent or looked for.
const maxText = 1000

func httpFields() []field[httpSettings] {
	type S = httpSettings
	return []field[S]{
		key("url", httpURL(), func(s *S) *setting[askedURL] { return &s.url },
			"the page that is asked for; a host name makes the check depend on DNS", must[S], example[S]("http://127.0.0.1:8080/health", inRouter)),
		key("host", hostName(), func(s *S) *setting[string] { return &s.host },
			"the host that is asked for, and whose certificate is expected; without it that of the url", example[S]("www.example.com", inRouter)),
		key("status", statusList(), func(s *S) *setting[[]int] { return &s.status },
			"the status that passes, or several; without it 200 to 399", example[S]("200", inRouter)),
		key("body", freeText(maxText), func(s *S) *setting[string] { return &s.body },
			"a text that the page has to contain", example[S]("ready", inRouter)),
		key("insecure", truth(), func(s *S) *setting[bool] { return &s.insecure },
			"whether any certificate will do", fallback[S]("false")),
	}
}

func httpSubject(t *table[httpSettings]) kind[subject] {
	return subjectKind(t, func(w *walker, _ value, s *httpSettings) (subject, bool) {
		if s.insecure.value && !s.url.value.secure {
			w.warn(s.insecure.at, "remove it", "insecure is for https: an http page has no certificate")
		}
		u := s.url.value
		return subject{
			kind: tracker.HTTP{
				URL: u.text, Host: s.host.value, Status: s.status.value, Body: s.body.value, Insecure: s.insecure.value,
			},
			hosts: []askedHost{{u.address, u.name, s.url.at}},
		}, true
	})
}

// askedURL is the address of a page. Its host has an address or a name.
type askedURL struct {
	text    string
	secure  bool
	address netip.Addr
	name    string
}

// maxURL bounds an address of a page.
const maxURL = 2000

// httpURL is the address of a page.
func httpURL() kind[askedURL] {
	text := schema{
		Type: types{"string"}, MaxLength: maxURL, Pattern: `^[Hh][Tt][Tt][Pp][Ss]?://`, PatternError: "a URL begins with http:// or https://",
	}
	return kind[askedURL]{typ: "a URL", limits: "http or https", schema: text, read: func(w *walker, v value) (askedURL, bool) {
		text, ok := w.text(v, "a URL")
		if !ok {
			return askedURL{}, false
		}
		u, bad, hint := parseURL(text)
		if bad != "" {
			w.report(v, hint, "%s", bad)
			return askedURL{}, false
		}
		return u, true
	}}
}

// parseURL reads the address of a page, or says what is wrong with it.
func parseURL(text string) (u askedURL, bad, hint string) {
	parsed, err := url.Parse(text)
	switch {
	case !strings.Contains(text, "://"):
		return u, quote(text) + " is no URL", "write http://" + clip(text)
	case err != nil:
		return u, quote(text) + " is no URL", ""
	case parsed.Scheme != "http" && parsed.Scheme != "https":
		return u, fmt.Sprintf("a URL begins with http:// or https://, and %s does not", quote(text)), ""
	case len(text) > maxURL:
		return u, fmt.Sprintf("the URL %s has %d letters, and %d are the most", quote(text), len(text), maxURL), ""
	case parsed.User != nil:
		return u, "a URL has no user and no password here", "let the page be asked for without, or use a script"
	case parsed.Fragment != "":
		return u, fmt.Sprintf("the URL %s has a #, and what follows it is never sent", quote(text)), ""
	}
	if port := parsed.Port(); port != "" {
		if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
			return u, fmt.Sprintf("the URL %s has the port %s: 1 to 65535", quote(text), clip(port)), ""
		}
	}
	host := parsed.Hostname()
	u = askedURL{text: text, secure: parsed.Scheme == "https"}
	if addr, err := netip.ParseAddr(host); err == nil {
		u.address = addr
		return u, badTarget(addr), ""
	}
	if host == "" || len(host) > MaxNodeName || !hostPattern.MatchString(host) {
		return u, fmt.Sprintf("the URL %s has no valid host", quote(text)), ""
	}
	u.name = host
	return u, "", ""
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

// hostPattern is what a host name may have in it, and a little more.
var hostPattern = regexp.MustCompile(`^[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_.])?$`)

func hostName() kind[string] {
	text := schema{Type: types{"string"}, MaxLength: MaxNodeName, Pattern: hostPattern.String(), PatternError: "this is no host name"}
	return kind[string]{typ: "a host name", schema: text, read: func(w *walker, v value) (string, bool) {
		name, ok := w.text(v, "a host name")
		if !ok {
			return "", false
		}
		if len(name) > MaxNodeName || !hostPattern.MatchString(name) {
			w.report(v, "", "%s is no host name", quote(name))
			return "", false
		}
		return name, true
	}}
}

// statusList is a status of HTTP, or a list of them.
func statusList() kind[[]int] {
	const lo, hi = 100, 599
	either := integer(lo, hi)
	item := integer(lo, hi)
	either.Type, either.Items, either.MinItems, either.MaxItems = types{"integer", "array"}, &item, 1, hi-lo+1
	one := number(lo, hi)
	return kind[[]int]{typ: "a status of HTTP, or a list of them", limits: one.limits, schema: either, read: func(w *walker, v value) ([]int, bool) {
		if v.node.Kind != yaml.SequenceNode {
			n, ok := one.read(w, v)
			return []int{n}, ok
		}
		items, ok := w.items(v, "a list of statuses", hi-lo+1)
		if ok && len(items) == 0 {
			w.report(v, "remove it", "%s is empty", v.name)
			return nil, false
		}
		var list []int
		for _, item := range items {
			n, good := one.read(w, item)
			ok = ok && good
			if good && !slices.Contains(list, n) {
				list = append(list, n)
			}
		}
		return list, ok
	}}
}

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
			w.report(v, portHint(v.node.Value), "%s is an address and a port, not %s", v.name, describe(v.node))
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
