package engine

import (
	"bytes"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/aloft-ha/aloft/internal/config"
	"github.com/aloft-ha/aloft/internal/wire"
	"github.com/aloft-ha/aloft/vrrp"
)

// key is the key of that number whose secret is 32 times a byte.
func key(id uint8, secret byte) vrrp.Key {
	k, err := vrrp.NewKey(id, bytes.Repeat([]byte{secret}, vrrp.MinKey))
	if err != nil {
		panic(err)
	}
	return k
}

// ring is a keyring that signs with the first of the keys.
func ring(mode vrrp.AuthMode, keys ...vrrp.Key) *vrrp.Keyring {
	return &vrrp.Keyring{Keys: keys, Active: keys[0].ID(), Mode: mode, Window: 5 * time.Second}
}

func speaking(v vrrp.Version) func(*config.Instance) {
	return func(i *config.Instance) { i.Version = v }
}

func password(pass config.Secret) func(*config.Instance) {
	return func(i *config.Instance) { i.Version, i.Authentication.Pass = vrrp.Version2, pass }
}

func keyed(k *vrrp.Keyring) func(*config.Instance) {
	return func(i *config.Instance) { i.Keyring = k }
}

// of2 makes the packet one of version 2.
func of2(pass string, change ...func(*vrrp.Packet)) func(*wire.Datagram, *vrrp.Packet) {
	return func(_ *wire.Datagram, p *vrrp.Packet) {
		p.Version = vrrp.Version2
		if pass != "" {
			p.AuthType = vrrp.AuthTypePassword
			copy(p.AuthData[:], pass)
		}
		for _, c := range change {
			c(p)
		}
	}
}

// signed signs the packet by a clock that is ahead, and spoils it.
func signed(k *vrrp.Keyring, ahead time.Duration, spoil func([]byte) []byte) func(*wire.Datagram, *vrrp.Packet) {
	return func(d *wire.Datagram, p *vrrp.Packet) {
		b := p.AppendTo(nil, d.Src, d.Dst, vrrp.FormPseudo)
		d.Payload = vrrp.NewSigner(*k).Sign(b, d.Src, d.Dst, time.Now().Add(ahead))
		if spoil != nil {
			d.Payload = spoil(d.Payload)
		}
	}
}

var (
	enforcing  = ring(vrrp.AuthEnforce, key(1, 'a'))
	permissive = ring(vrrp.AuthPermissive, key(1, 'a'))
	receiving  = ring(vrrp.AuthReceiveOnly, key(1, 'a'))
	added      = ring(vrrp.AuthEnforce, key(1, 'a'), key(2, 'b'))
	removed    = ring(vrrp.AuthEnforce, key(2, 'b'))
	rotating   = ring(vrrp.AuthEnforce, key(2, 'b'), key(1, 'a'))
	otherKey   = ring(vrrp.AuthEnforce, key(1, 'x'))
	thirdKey   = ring(vrrp.AuthEnforce, key(3, 'a'))
)

func plain(*wire.Datagram, *vrrp.Packet) {}

// flip flips a bit of a byte, counted from the end.
func flip(fromEnd int) func([]byte) []byte {
	return func(b []byte) []byte { b[len(b)-fromEnd] ^= 1; return b }
}

// strangers is a datagram for each reason that has to do with whom it is of.
var strangers = []dropCase{
	{"version 2 for a router of 3", web(200), of2(""), vrrp.DropVersion},
	{"version 3 for a router of 2", web(200, speaking(vrrp.Version2)), plain, vrrp.DropVersion},
	{"version 2 for a router of 2", web(200, speaking(vrrp.Version2)), of2(""), vrrp.DropNone},
	{"version 2 for a router of both", web(200, speaking(vrrp.Version2And3)), of2(""), vrrp.DropNone},
	{"version 3 for a router of both", web(200, speaking(vrrp.Version2And3)), plain, vrrp.DropNone},
	{"version 2 after version 3", web(200, speaking(vrrp.Version2And3)), of2(""), vrrp.DropOlder},
	{"another interval in version 2", web(200, speaking(vrrp.Version2)), of2("", func(p *vrrp.Packet) { p.Interval = 200 }), vrrp.DropMismatch},
	{"another interval in version 2 for a router of both", web(200, speaking(vrrp.Version2And3)), of2("", func(p *vrrp.Packet) { p.Interval = 200 }), vrrp.DropNone},

	{"the password", web(200, password("secret")), of2("secret"), vrrp.DropNone},
	{"no password", web(200, password("secret")), of2(""), vrrp.DropAuthType},
	{"a password that nobody wants", web(200, speaking(vrrp.Version2)), of2("secret"), vrrp.DropAuthType},
	{"authenticated by a header", web(200, password("secret")), of2("secret", func(p *vrrp.Packet) { p.AuthType = vrrp.AuthTypeHeader }), vrrp.DropAuthType},
	{"another password", web(200, password("secret")), of2("Secret"), vrrp.DropAuthPassword},
	{"a password that begins like ours", web(200, password("secret")), of2("secret2"), vrrp.DropAuthPassword},
	{"data without a type, which RFC 3768 section 5.3.10 has ignored", web(200, speaking(vrrp.Version2)), of2("", func(p *vrrp.Packet) { p.AuthData[7] = 1 }), vrrp.DropNone},

	{"signed for nobody", web(200), signed(enforcing, 0, nil), vrrp.DropAuthUnasked},
	{"signed", web(200, keyed(enforcing)), signed(enforcing, 0, nil), vrrp.DropNone},
	{"signed with the next key", web(200, keyed(rotating)), signed(enforcing, 0, nil), vrrp.DropNone},
	{"signed for one that does not sign", web(200, keyed(receiving)), signed(enforcing, 0, nil), vrrp.DropNone},
	{"unsigned", web(200, keyed(enforcing)), plain, vrrp.DropAuthMissing},
	{"unsigned for one that does not insist", web(200, keyed(permissive)), plain, vrrp.DropNone},
	{"unsigned for one that does not sign", web(200, keyed(receiving)), plain, vrrp.DropNone},
	{"another type of trailer", web(200, keyed(enforcing)), signed(enforcing, 0, flip(28)), vrrp.DropAuthMalformed},
	{"a clock that is 6 s ahead", web(200, keyed(enforcing)), signed(enforcing, 6*time.Second, nil), vrrp.DropAuthStale},
	{"a clock that is 6 s behind", web(200, keyed(permissive)), signed(enforcing, -6*time.Second, nil), vrrp.DropAuthStale},
	{"a clock that is 5 s behind", web(200, keyed(enforcing)), signed(enforcing, -5*time.Second, nil), vrrp.DropNone},
	{"a key that we do not have", web(200, keyed(permissive)), signed(thirdKey, 0, nil), vrrp.DropAuthKey},
	{"another key of that number", web(200, keyed(receiving)), signed(otherKey, 0, nil), vrrp.DropAuthDigest},
	{"an altered digest", web(200, keyed(permissive)), signed(enforcing, 0, flip(1)), vrrp.DropAuthDigest},
	{"replayed", web(200, keyed(permissive)), signed(enforcing, 0, nil), vrrp.DropAuthReplay},
}

// preludes is what comes before the datagram of a reason.
var preludes = map[vrrp.DropReason]func(*wire.Datagram, *vrrp.Packet){
	vrrp.DropOlder:      plain,
	vrrp.DropAuthReplay: signed(enforcing, 0, nil),
}

// What is refused has moved nothing, not even what is remembered of its sender.
func TestAForgedAdvertIsNoReasonToIgnoreVersion2(t *testing.T) {
	simulate(t, func(t *testing.T, n *lan) {
		a := n.host("a", 1)
		a.engine.haveLink, a.engine.links = true, a.links
		a.engine.wanted = []config.Instance{web(200, speaking(vrrp.Version2And3), keyed(permissive))}
		a.engine.converge(time.Now())
		a.engine.receive(time.Now(), datagram(signed(otherKey, 0, nil)))
		if _, _, drop := a.engine.classify(time.Now(), datagram(of2(""))); drop != vrrp.DropNone {
			t.Errorf("version 2 is dropped as %v", drop)
		}
	})
}

// After a pause of this machine the queue tells who is alive: what waited in it was not stale when it came.
func TestWhatWaitedInTheSocketIsNotStale(t *testing.T) {
	simulate(t, func(t *testing.T, n *lan) {
		a := n.host("a", 1)
		a.engine.haveLink, a.engine.links = true, a.links
		a.engine.wanted = []config.Instance{web(200, keyed(enforcing))}
		a.engine.converge(time.Now())
		waited := datagram(signed(enforcing, 0, nil))
		n.pass(time.Minute)
		if _, _, drop := a.engine.classify(time.Now(), waited); drop != vrrp.DropNone {
			t.Errorf("it is dropped as %v", drop)
		}
		wantEqual(t, "warnings of a clock that is right", len(a.log.entries("clocks drift apart")), 0)
		late := datagram(signed(enforcing, 0, nil))
		late.At = late.At.Add(6 * time.Second)
		if _, _, drop := a.engine.classify(late.At, late); drop != vrrp.DropAuthStale {
			t.Errorf("what came too late is dropped as %v", drop)
		}
	})
}

func TestVersion2CountsAgainWhenVersion3HasFallenSilent(t *testing.T) {
	simulate(t, func(t *testing.T, n *lan) {
		a := n.host("a", 1)
		a.engine.haveLink, a.engine.links = true, a.links
		a.engine.wanted = []config.Instance{web(200, speaking(vrrp.Version2And3))}
		a.engine.converge(time.Now())
		hear := func(spoil func(*wire.Datagram, *vrrp.Packet)) vrrp.DropReason {
			d := datagram(spoil)
			d.At = time.Now()
			_, _, drop := a.engine.classify(d.At, d)
			if drop == vrrp.DropNone {
				a.engine.receive(d.At, d)
			}
			return drop
		}
		wantEqual(t, "version 3", hear(plain), vrrp.DropNone)
		n.pass(1490 * time.Millisecond)
		wantEqual(t, "version 2 before an advert is missing", hear(of2("")), vrrp.DropOlder)
		n.pass(20 * time.Millisecond)
		wantEqual(t, "version 2 after it", hear(of2("")), vrrp.DropNone)
		quicker := func(_ *wire.Datagram, p *vrrp.Packet) { p.Interval = 50 }
		wantEqual(t, "version 3 at half the interval", hear(quicker), vrrp.DropNone)
		n.pass(760 * time.Millisecond)
		wantEqual(t, "version 2 when one of those is missing", hear(of2("")), vrrp.DropNone)
	})
}

// versionsOf is which versions a host's adverts have for a while, and how many of them there are of each in a second.
func (n *lan) versionsOf(h *host) map[vrrp.Version]int {
	since := time.Now()
	n.pass(10 * time.Second)
	count := make(map[vrrp.Version]int)
	for _, adv := range n.sent(since, from(h)) {
		count[adv.Version]++
	}
	for v := range count {
		count[v] /= 10
	}
	return count
}

func TestVersionsThatAreSent(t *testing.T) {
	for v, want := range map[vrrp.Version]map[vrrp.Version]int{
		vrrp.Version3:     {vrrp.Version3: 1},
		vrrp.Version2:     {vrrp.Version2: 1},
		vrrp.Version2And3: {vrrp.Version2: 1, vrrp.Version3: 1},
	} {
		simulate(t, func(t *testing.T, n *lan) {
			a := n.alone(web(200, speaking(v)))
			wantEqual(t, v.String(), n.versionsOf(a), want)
		})
	}
}

// Version 2 knows IPv4 alone, so the other family of such a router speaks version 3.
func TestTheIPv6FamilyOfARouterOfBothVersionsSpeaksVersion3(t *testing.T) {
	simulate(t, func(t *testing.T, n *lan) {
		a := n.alone(web(200, speaking(vrrp.Version2And3), dual))
		since := time.Now()
		n.pass(5 * time.Second)
		seen := make(map[bool][]vrrp.Version)
		for _, adv := range n.sent(since, from(a)) {
			if six := adv.src.Is6(); !slices.Contains(seen[six], adv.Version) {
				seen[six] = append(seen[six], adv.Version)
			}
		}
		wantEqual(t, "IPv4, version 3 first", seen[false], []vrrp.Version{vrrp.Version3, vrrp.Version2})
		wantEqual(t, "IPv6", seen[true], []vrrp.Version{vrrp.Version3})
	})
}

func TestAPairOfVersion2(t *testing.T) {
	for name, options := range map[string][]func(*config.Instance){
		"without a password": {speaking(vrrp.Version2)},
		"with one":           {password("secret")},
		"of both versions":   {speaking(vrrp.Version2And3)},
	} {
		t.Run(name, func(t *testing.T) {
			simulate(t, func(t *testing.T, n *lan) {
				a, b := n.pair(options...)
				n.wantHolders("the better one serves", "192.0.2.100", a)
				n.wantSilence("the other one hears it", 10*time.Second, from(b))
				stopped := time.Now()
				a.engine.Stop()
				taken := n.wantSend("it takes over", time.Second, fromWith(b, 190))
				if took := taken.at.Sub(stopped); took < 257*time.Millisecond || took > 260*time.Millisecond {
					t.Errorf("after %s, want Skew_Time, 66/256 s", took)
				}
				n.pass(3 * time.Second)
				n.wantHolders("and serves, alone", "192.0.2.100", b)
			})
		})
	}
}

func TestAnotherIntervalInVersion2MakesTwoActivesAndIsNamed(t *testing.T) {
	simulate(t, func(t *testing.T, n *lan) {
		a, b := n.host("a", 1), n.host("b", 2)
		a.start(web(200, speaking(vrrp.Version2)))
		b.start(web(190, speaking(vrrp.Version2), func(i *config.Instance) { i.Interval = 200 }))
		n.pass(12 * time.Second)
		n.wantHolders("neither hears the other", "192.0.2.100", a, b)
		for _, h := range []*host{a, b} {
			h.wantLog("once", 1, "peer advertises another interval")
			h.wantLog("and that they are dropped", 1, "adverts dropped", "reason=interval-mismatch")
		}
	})
}

// A cluster is led from version 2 to version 3 node by node, and nobody is Active beside another on the way.
func TestNodesOfDifferentVersions(t *testing.T) {
	versions := []vrrp.Version{vrrp.Version2, vrrp.Version2And3, vrrp.Version3}
	for _, va := range versions {
		for _, vb := range versions {
			t.Run(va.String()+" and "+vb.String(), func(t *testing.T) {
				simulate(t, func(t *testing.T, n *lan) {
					a, b := n.host("a", 1), n.host("b", 2)
					a.start(web(200, speaking(va)))
					b.start(web(190, speaking(vb)))
					n.pass(10 * time.Second)
					if va != vb && va != vrrp.Version2And3 && vb != vrrp.Version2And3 {
						n.wantHolders("they do not hear each other", "192.0.2.100", a, b)
						b.wantLog("and say why", 1, "adverts dropped", "reason=version")
						return
					}
					n.wantHolders("the better one serves", "192.0.2.100", a)
					a.setCut(true)
					n.pass(10 * time.Second)
					a.setCut(false)
					n.pass(10 * time.Second)
					n.wantHolders("and again when it is back", "192.0.2.100", a)
				})
			})
		}
	}
}

func TestAPairThatSigns(t *testing.T) {
	for name, options := range map[string][]func(*config.Instance){
		"version 3":         {keyed(enforcing)},
		"version 2":         {keyed(enforcing), speaking(vrrp.Version2)},
		"both":              {keyed(enforcing), speaking(vrrp.Version2And3)},
		"both families":     {keyed(enforcing), dual},
		"with growing only": {keyed(&vrrp.Keyring{Keys: enforcing.Keys, Active: 1, Replay: vrrp.ReplayMonotonic, Window: time.Second})},
	} {
		t.Run(name, func(t *testing.T) {
			simulate(t, func(t *testing.T, n *lan) {
				a, b := n.pair(options...)
				n.wantHolders("the better one serves", "192.0.2.100", a)
				n.wantSilence("the other one believes it", 10*time.Second, from(b))
				for _, adv := range n.sent(time.Time{}, func(advert) bool { return true }) {
					if !adv.Signed {
						t.Fatalf("%+v is not signed", adv.Packet)
					}
				}
				a.engine.Stop()
				n.wantSend("the other one believes the farewell", time.Second, fromWith(b, 190))
			})
		})
	}
}

// An advert of both versions in both checksum forms is three datagrams, each with a number of its own: who takes all of them
// counts none as replayed.
func TestEachDatagramOfASignedAdvertHasItsOwnNumber(t *testing.T) {
	simulate(t, func(t *testing.T, n *lan) {
		a, b := n.pair(keyed(enforcing), speaking(vrrp.Version2And3))
		a.idle(func(e *Engine) { e.routers[0].members[0].heard = vrrp.ChecksumForms{true, true} })
		n.wantSilence("the other one believes it", 10*time.Second, from(b))
		wantEqual(t, "datagrams a second", n.versionsOf(a), map[vrrp.Version]int{vrrp.Version3: 2, vrrp.Version2: 1})
		b.idle(func(e *Engine) {
			for reason, count := range e.counters.drops {
				if reason := vrrp.DropReason(reason); count > 0 && reason != vrrp.DropOlder {
					t.Errorf("%d adverts are dropped as %v", count, reason)
				}
			}
		})
	})
}

func TestWhoDoesNotSignIsNotHeard(t *testing.T) {
	simulate(t, func(t *testing.T, n *lan) {
		a, b := n.host("a", 1), n.host("b", 2)
		a.start(web(200))
		b.start(web(190, keyed(enforcing)))
		n.pass(12 * time.Second)
		n.wantHolders("neither hears the other", "192.0.2.100", a, b)
		a.wantLog("and one says why", 1, "adverts dropped", "reason=auth-unasked", "peer=192.0.2.2")
		b.wantLog("and so does the other", 1, "adverts dropped", "reason=auth-missing", "peer=192.0.2.1")
	})
}

// The three sweeps, a rotation of the key, and back: each node takes each step while the other is one behind or one ahead,
// and nothing moves.
func TestTheSweepsMoveNothing(t *testing.T) {
	simulate(t, func(t *testing.T, n *lan) {
		a, b := n.pair()
		since := time.Now()
		for _, k := range []*vrrp.Keyring{
			receiving, permissive, enforcing, added, rotating, removed,
			ring(vrrp.AuthPermissive, key(2, 'b')), ring(vrrp.AuthReceiveOnly, key(2, 'b')), nil,
		} {
			for _, h := range []*host{b, a} {
				priority := uint8(200)
				if h == b {
					priority = 190
				}
				h.apply(web(priority, keyed(k)))
				n.pass(7 * time.Second)
			}
		}
		if sent := n.sent(since, from(b)); len(sent) > 0 {
			t.Errorf("b sent %d adverts, the first %s after the beginning", len(sent), sent[0].at.Sub(since))
		}
		b.wantLog("nothing was refused", 0, "adverts dropped")
	})
}

func TestAnAdvertFromBeforeAReloadIsNotGoodAfterIt(t *testing.T) {
	simulate(t, func(t *testing.T, n *lan) {
		_, b := n.pair(keyed(enforcing))
		var recorded wire.Datagram
		n.lossOf(func(f frame) bool {
			recorded = wire.Datagram{Key: f.key(eth0), Src: f.src, Dst: f.dst, HopLimit: f.hopLimit, At: time.Now(), Payload: f.payload}
			return false
		})
		n.pass(time.Second)
		n.lossOf(nil)
		b.apply(web(190, keyed(rotating)))
		n.pass(10 * time.Millisecond)
		b.push(recorded)
		n.pass(time.Second)
		b.wantLog("it is a replay", 1, "adverts dropped", "reason=auth-replay", "peer=192.0.2.1")
	})
}

// The clock of the sender is nearly out of the window: somebody should know before its adverts are refused.
func TestAClockThatDriftsIsNamed(t *testing.T) {
	simulate(t, func(t *testing.T, n *lan) {
		b := n.host("b", 2)
		b.start(web(190, keyed(enforcing)))
		speak := func(ahead time.Duration) {
			d := datagram(func(d *wire.Datagram, p *vrrp.Packet) {
				d.Src = netip.MustParseAddr("192.0.2.1")
				signed(enforcing, ahead, nil)(d, p)
			})
			d.At = time.Now()
			b.push(*d)
			n.pass(time.Second)
		}
		speak(2 * time.Second)
		b.wantLog("not yet", 0, "clocks drift apart")
		speak(3 * time.Second)
		speak(3 * time.Second)
		b.wantLog("once", 1, "clocks drift apart", "peer=192.0.2.1")
	})
}
