package engine

import (
	"slices"
	"testing"
	"time"

	"github.com/aloft-ha/aloft/internal/config"
	"github.com/aloft-ha/aloft/vrrp"
)

// speak lets a host without an engine send an advert in a form.
func (n *lan) speak(h *host, form vrrp.ChecksumForm, p vrrp.Packet) {
	payload := p.AppendTo(nil, h.addr4, vrrp.Group4, form)
	n.transmit(h, []frame{{src: h.addr4, dst: vrrp.Group4, hopLimit: vrrp.HopLimit, payload: payload}})
	n.pass(2 * latency)
}

// formsOf is which forms a host's adverts have from now on, for a while.
func (n *lan) formsOf(h *host) []vrrp.ChecksumForm {
	since := time.Now()
	n.pass(2500 * time.Millisecond)
	var forms []vrrp.ChecksumForm
	for _, adv := range n.sent(since, from(h)) {
		if !slices.Contains(forms, adv.form) {
			forms = append(forms, adv.form)
		}
	}
	slices.Sort(forms)
	return forms
}

func TestChecksumFormIsLearned(t *testing.T) {
	simulate(t, func(t *testing.T, n *lan) {
		pseudo, message := vrrp.FormPseudo, vrrp.FormMessage
		worse := vrrp.Packet{VRID: 51, Priority: 10, Interval: 100, Addresses: addrs("192.0.2.100")}
		a, old, modern := n.alone(web(200)), n.host("old", 8), n.host("modern", 9)
		wantEqual(t, "nobody was heard", n.formsOf(a), []vrrp.ChecksumForm{pseudo})
		n.speak(modern, message, worse)
		wantEqual(t, "RFC 9568 was heard", n.formsOf(a), []vrrp.ChecksumForm{message})
		n.speak(old, pseudo, worse)
		wantEqual(t, "both were heard", n.formsOf(a), []vrrp.ChecksumForm{pseudo, message})
		n.pass(time.Hour)
		wantEqual(t, "backups are silent, so it is not forgotten", n.formsOf(a), []vrrp.ChecksumForm{pseudo, message})
		a.changeLink(flap)
		a.changeLink(unflap)
		n.wantSend("Active again", 4*time.Second, fromWith(a, 200))
		wantEqual(t, "nor by a fault", n.formsOf(a), []vrrp.ChecksumForm{pseudo, message})
	})
}

func TestChecksumFormOfAnInvalidAdvertIsNotLearned(t *testing.T) {
	simulate(t, func(t *testing.T, n *lan) {
		a := n.alone(web(200))
		n.speak(n.host("other", 9), vrrp.FormMessage, vrrp.Packet{VRID: 77, Priority: 1, Interval: 100, Addresses: addrs("192.0.2.1")})
		wantEqual(t, "of another VRID", n.formsOf(a), []vrrp.ChecksumForm{vrrp.FormPseudo})
	})
}

func TestFormsOfAnAdvert(t *testing.T) {
	unicastPeer, stranger := addrs("192.0.2.2")[0], addrs("192.0.2.3")[0]
	for name, c := range map[string]struct {
		setting config.Checksum
		ipv6    bool
		unicast bool
		heard   [2]bool
		want    []vrrp.ChecksumForm
	}{
		"auto, nobody heard":              {config.ChecksumAuto, false, false, [2]bool{}, onlyPseudo},
		"auto, rfc5798 heard":             {config.ChecksumAuto, false, false, [2]bool{vrrp.FormPseudo: true}, onlyPseudo},
		"auto, rfc9568 heard":             {config.ChecksumAuto, false, false, [2]bool{vrrp.FormMessage: true}, onlyMessage},
		"auto, both heard":                {config.ChecksumAuto, false, false, [2]bool{true, true}, bothForms},
		"auto, unicast, nobody heard":     {config.ChecksumAuto, false, true, [2]bool{}, onlyPseudo},
		"auto, unicast, rfc9568 heard":    {config.ChecksumAuto, false, true, [2]bool{vrrp.FormMessage: true}, onlyMessage},
		"auto, unicast, both heard":       {config.ChecksumAuto, false, true, [2]bool{true, true}, bothForms},
		"rfc5798, whatever is heard":      {config.ChecksumRFC5798, false, false, [2]bool{true, true}, onlyPseudo},
		"rfc9568, whatever is heard":      {config.ChecksumRFC9568, false, false, [2]bool{vrrp.FormPseudo: true}, onlyMessage},
		"rfc9568, unicast":                {config.ChecksumRFC9568, false, true, [2]bool{true, true}, onlyMessage},
		"IPv6 has the pseudo-header only": {config.ChecksumRFC9568, true, false, [2]bool{true, true}, onlyPseudo},
	} {
		t.Run(name, func(t *testing.T) {
			m := newRouter(web(200), testConfig).members[0]
			m.ipv6 = c.ipv6
			m.router.inst.Checksum = c.setting
			dst := vrrp.Group4
			if c.unicast {
				dst = unicastPeer
			}
			m.heard = c.heard
			m.senders[unicastPeer] = &sender{forms: c.heard}
			wantEqual(t, "forms", m.forms(dst), c.want)
			if c.unicast && c.setting == config.ChecksumAuto {
				wantEqual(t, "another peer's forms say nothing", m.forms(stranger), onlyPseudo)
			}
		})
	}
}

// The grid spreads datagrams. A form that changes nothing of how many there are must not begin a convergence: with
// hundreds of routers each hears its first advert in the same second.
func TestTheGridIsSpreadAnewOnlyWhenAdvertsBecomeMoreDatagrams(t *testing.T) {
	peers := addrs("192.0.2.2", "192.0.2.3")
	type heard struct {
		from   int
		form   vrrp.ChecksumForm
		spread bool
	}
	for name, c := range map[string]struct {
		setting config.Checksum
		ipv6    bool
		unicast bool
		heard   []heard
	}{
		"the form that is sent anyway":   {heard: []heard{{0, vrrp.FormPseudo, false}, {0, vrrp.FormPseudo, false}}},
		"another form in its place":      {heard: []heard{{0, vrrp.FormMessage, false}}},
		"both":                           {heard: []heard{{0, vrrp.FormPseudo, false}, {1, vrrp.FormMessage, true}, {1, vrrp.FormMessage, false}}},
		"a configured form":              {setting: config.ChecksumRFC5798, heard: []heard{{0, vrrp.FormPseudo, false}, {0, vrrp.FormMessage, false}}},
		"IPv6 has one":                   {ipv6: true, heard: []heard{{0, vrrp.FormPseudo, false}}},
		"unicast, both from one peer":    {unicast: true, heard: []heard{{0, vrrp.FormPseudo, false}, {0, vrrp.FormMessage, true}}},
		"unicast, one from each peer":    {unicast: true, heard: []heard{{0, vrrp.FormPseudo, false}, {1, vrrp.FormMessage, false}}},
		"unicast, both from a peer more": {unicast: true, heard: []heard{{0, vrrp.FormPseudo, false}, {0, vrrp.FormMessage, true}, {1, vrrp.FormPseudo, false}, {1, vrrp.FormMessage, true}}},
	} {
		t.Run(name, func(t *testing.T) {
			e, m := &Engine{}, newRouter(web(200), testConfig).members[0]
			m.ipv6 = c.ipv6
			m.router.inst.Checksum = c.setting
			if c.unicast {
				m.router.inst.Transport, m.unicast = config.Unicast, peers
			}
			for i, h := range c.heard {
				e.convergeAt = time.Time{}
				s := m.senders[peers[h.from]]
				if s == nil {
					s = &sender{}
					m.senders[peers[h.from]] = s
				}
				e.noteForm(time.Unix(1, 0), m, s, h.form)
				if got := !e.convergeAt.IsZero(); got != h.spread {
					t.Errorf("advert %d: the grid is spread anew: %v, want %v", i+1, got, h.spread)
				}
			}
		})
	}
}
