package config

import (
	"fmt"
	"net/netip"

	"gopkg.in/yaml.v3"

	"github.com/aloft-ha/aloft/tracker"
)

// MaxTargets bounds the hosts of one ping.
const MaxTargets = 64

type pingSettings struct {
	targets setting[[]askedHost]
	need    setting[int]
}

func pingFields() []field[pingSettings] {
	type S = pingSettings
	return []field[S]{
		key("targets", pingTargets(), func(s *S) *setting[[]askedHost] { return &s.targets },
			"the hosts, by address", must[S], example[S]("[192.0.2.254]", inRouter)),
		key("need", pingNeed(), func(s *S) *setting[int] { return &s.need },
			"how many of them have to answer", fallback[S]("all")),
	}
}

func pingSubject(t *table[pingSettings]) kind[subject] {
	return subjectKind(t, func(w *walker, _ value, s *pingSettings) (subject, bool) {
		targets := s.targets.value
		if s.need.value > len(targets) {
			w.report(s.need.at, "", "need is %d, of %d targets", s.need.value, len(targets))
			return subject{}, false
		}
		ping := tracker.Ping{Need: s.need.value}
		for _, t := range targets {
			ping.Targets = append(ping.Targets, t.address.String())
		}
		return subject{kind: ping, hosts: targets}, true
	})
}

// pingTargets is the address of a host, or a list of them.
func pingTargets() kind[[]askedHost] {
	text := addressText(false)
	text.Pattern = "^(" + dotted + "|" + colons + `(%[^/\s]+)?)$`
	either := text
	either.Type, either.Items, either.MinItems, either.MaxItems = types{"string", "array"}, &text, 1, MaxTargets
	return kind[[]askedHost]{typ: "an IP address, or a list of them", limits: fmt.Sprintf("1 to %d", MaxTargets), schema: either, read: func(w *walker, v value) ([]askedHost, bool) {
		if v.node.Kind != yaml.SequenceNode {
			addr, ok := w.pingTarget(v)
			return []askedHost{{address: addr, at: v}}, ok
		}
		items, ok := w.items(v, "a list of addresses", MaxTargets)
		if ok && len(items) == 0 {
			w.report(v, "", "%s is empty", v.name)
			return nil, false
		}
		var list []askedHost
		first := make(map[netip.Addr]value)
		for _, item := range items {
			addr, good := w.pingTarget(item)
			earlier, twice := first[addr]
			switch {
			case !good:
				ok = false
				continue
			case twice:
				w.report(item, "it is already in "+lineOf(earlier), "the address %s stands twice", addr)
				ok = false
				continue
			}
			first[addr] = item
			list = append(list, askedHost{address: addr, at: item})
		}
		return list, ok
	}}
}

// pingTarget reads the address of a host. A link-local one needs the link that it is on.
func (w *walker) pingTarget(v value) (netip.Addr, bool) {
	text, ok := w.text(v, "an IP address")
	if !ok {
		return netip.Addr{}, false
	}
	addr, err := netip.ParseAddr(text)
	if err != nil {
		w.report(v, addressHint(text), "%s is no IP address", quote(text))
		return netip.Addr{}, false
	}
	bad, hint := badPing(addr)
	if bad != "" {
		w.report(v, hint, "%s", bad)
	}
	return addr, bad == ""
}

// badPing says why a ping of an address says nothing of another host, or nothing.
func badPing(addr netip.Addr) (bad, hint string) {
	bad = badTarget(addr)
	switch {
	case bad != "":
	case addr.IsLoopback():
		bad = fmt.Sprintf("%s is a loopback address, which always answers", addr)
	case addr.Is6() && addr.IsLinkLocalUnicast() && addr.Zone() == "":
		bad, hint = fmt.Sprintf("%s is link-local, so nothing says on which link it is", addr), fmt.Sprintf("write %s%%eth0", addr)
	case addr.Zone() != "":
		bad = badLink(addr.Zone())
	}
	return bad, hint
}

// CanPing says whether a tracker may ping an address.
func CanPing(addr netip.Addr) bool {
	bad, _ := badPing(addr)
	return bad == ""
}

// pingNeed is how many hosts have to answer: 0 stands for all.
func pingNeed() kind[int] {
	lo, hi := 1, MaxTargets
	either := schema{Type: types{"integer", "string"}, Minimum: &lo, Maximum: &hi, Pattern: "^(all|any)$", PatternError: "this is neither all, nor any, nor a number"}
	count := number(lo, hi)
	return kind[int]{typ: "a number", limits: count.limits + ", or all, or any", schema: either, read: func(w *walker, v value) (int, bool) {
		switch {
		case v.node.Kind != yaml.ScalarNode || v.node.ShortTag() != "!!str":
		case v.node.Value == "all":
			return 0, true
		case v.node.Value == "any":
			return 1, true
		default:
			w.report(v, didYouMean(v.node.Value, []string{"all", "any"}), "%s is all, any or a number, not %s", v.name, v.describe())
			return 0, false
		}
		return count.read(w, v)
	}}
}
