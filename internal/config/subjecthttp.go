package config

import (
	"fmt"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/aloft-ha/aloft/tracker"
)

// What a tracker of the kind http looks at.

type httpSettings struct {
	url      setting[askedURL]
	host     setting[string]
	status   setting[[]int]
	body     setting[string]
	insecure setting[bool]
}

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

// hostPattern is what a host name may have in it, and a little more.
var hostPattern = regexp.MustCompile(`^[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_.])?$`)

func hostName() kind[string] {
	text := schema{Type: types{"string"}, MaxLength: MaxNodeName, Pattern: hostPattern.String(), PatternError: "this is no host name"}
	return nameOf("a host name", "", "a host name", text, func(name string) (bad, hint string) {
		if len(name) > MaxNodeName || !hostPattern.MatchString(name) {
			bad = quote(name) + " is no host name"
		}
		return bad, ""
	})
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
