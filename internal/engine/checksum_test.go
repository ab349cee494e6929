package engine

import (
	"log/slog"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/aloft-ha/aloft/internal/config"
	"github.com/aloft-ha/aloft/vip"
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
		a.wantLog("each change is said once", 1, "peer makes adverts have another checksum", "heard=rfc9568", "sent=[rfc9568]")
		a.wantLog("each change is said once", 1, "peer makes adverts have another checksum", "heard=rfc5798", "sent=[rfc5798 rfc9568]")
	})
}

func TestChecksumFormOfAnInvalidAdvertIsNotLearned(t *testing.T) {
	simulate(t, func(t *testing.T, n *lan) {
		a := n.alone(web(200))
		n.speak(n.host("other", 9), vrrp.FormMessage, vrrp.Packet{VRID: 77, Priority: 1, Interval: 100, Addresses: addrs("192.0.2.1")})
		wantEqual(t, "of another VRID", n.formsOf(a), []vrrp.ChecksumForm{vrrp.FormPseudo})
	})
}

var (
	onlyPseudo  = []encoding{{form: vrrp.FormPseudo}}
	onlyMessage = []encoding{{form: vrrp.FormMessage}}
	bothForms   = []encoding{{form: vrrp.FormPseudo}, {form: vrrp.FormMessage}}
)

func TestFormsOfAnAdvert(t *testing.T) {
	unicastPeer, stranger := addrs("192.0.2.2")[0], addrs("192.0.2.3")[0]
	for name, c := range map[string]struct {
		setting config.Checksum
		ipv6    bool
		unicast bool
		heard   [2]bool
		want    []encoding
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
			wantEqual(t, "forms", m.encodings(dst), c.want)
			if !c.ipv6 {
				m.given.Version = vrrp.Version2And3
				wantEqual(t, "and in both versions", m.encodings(dst), append(slices.Clone(c.want), version2))
				m.given.Version = vrrp.Version2
				wantEqual(t, "and in version 2", m.encodings(dst), []encoding{version2})
				m.given.Version = vrrp.Version3
			}
			if c.unicast && c.setting == config.ChecksumAuto {
				wantEqual(t, "another peer's forms say nothing", m.encodings(stranger), onlyPseudo)
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
			e := &Engine{remember: func(vip.Owner, netip.Addr, vrrp.ChecksumForm) {}, log: slog.New(slog.DiscardHandler)}
			m := newRouter(web(200), testConfig).members[0]
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
				e.noteForm(time.Unix(1, 0), m, s, peers[h.from], h.form)
				if got := !e.convergeAt.IsZero(); got != h.spread {
					t.Errorf("advert %d: the grid is spread anew: %v, want %v", i+1, got, h.spread)
				}
			}
		})
	}
}

// After a restart the peers are Backups that say nothing, and each understands one form alone.
func TestChecksumFormsAreRememberedThroughARestart(t *testing.T) {
	simulate(t, func(t *testing.T, n *lan) {
		a := n.host("a", 1)
		type note struct {
			owner vip.Owner
			peer  string
			form  vrrp.ChecksumForm
		}
		var noted []note
		a.engine.remember = func(owner vip.Owner, peer netip.Addr, form vrrp.ChecksumForm) {
			noted = append(noted, note{owner, peer.String(), form})
		}
		a.engine.heard = func(owner vip.Owner) map[netip.Addr]vrrp.ChecksumForms {
			if owner != "51@eth0/ipv4" {
				return nil
			}
			return map[netip.Addr]vrrp.ChecksumForms{
				addrs("192.0.2.8")[0]: {vrrp.FormPseudo: true},
				addrs("192.0.2.9")[0]: {vrrp.FormMessage: true},
			}
		}
		a.start(web(200), web(200, func(i *config.Instance) { i.Router, i.VRID = "other", 52 }))
		n.wantSend("nobody was heard in this run", 4*time.Second, from(a))
		since := time.Now()
		n.pass(2500 * time.Millisecond)
		forms := make(map[uint8][]vrrp.ChecksumForm)
		for _, adv := range n.sent(since, from(a)) {
			if f := forms[adv.VRID]; !slices.Contains(f, adv.form) {
				forms[adv.VRID] = append(f, adv.form)
			}
		}
		wantEqual(t, "of the router that is remembered", forms[51], []vrrp.ChecksumForm{vrrp.FormPseudo, vrrp.FormMessage})
		wantEqual(t, "of another one", forms[52], []vrrp.ChecksumForm{vrrp.FormPseudo})
		worse := vrrp.Packet{VRID: 52, Priority: 10, Interval: 100, Addresses: addrs("192.0.2.100")}
		modern := n.host("modern", 9)
		n.speak(modern, vrrp.FormMessage, worse)
		n.speak(modern, vrrp.FormMessage, worse)
		if want := (note{"52@eth0/ipv4", "192.0.2.9", vrrp.FormMessage}); !slices.Equal(noted, []note{want}) {
			t.Errorf("noted %+v, want %+v", noted, want)
		}
	})
}
