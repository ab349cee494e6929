package engine

import (
	"encoding/binary"
	"math/rand/v2"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/aloft-ha/aloft/internal/config"
	"github.com/aloft-ha/aloft/internal/wire"
	"github.com/aloft-ha/aloft/vrrp"
)

// datagram is an advert that is taken, before it is spoilt.
func datagram(spoil func(*wire.Datagram, *vrrp.Packet)) *wire.Datagram {
	d := wire.Datagram{
		Key: wire.Key{Ifindex: eth0}, Src: netip.MustParseAddr("192.0.2.2"), Dst: vrrp.Group4, HopLimit: vrrp.HopLimit, At: time.Now(),
	}
	p := vrrp.Packet{VRID: 51, Priority: 100, Interval: 100, Addresses: addrs("192.0.2.100")}
	spoil(&d, &p)
	if d.Payload == nil {
		d.Payload = p.AppendTo(nil, d.Src, d.Dst, vrrp.FormPseudo)
	}
	return &d
}

// raw spoils the bytes of the message.
func raw(spoil func([]byte) []byte) func(*wire.Datagram, *vrrp.Packet) {
	return func(d *wire.Datagram, p *vrrp.Packet) {
		d.Payload = spoil(p.AppendTo(nil, d.Src, d.Dst, vrrp.FormPseudo))
	}
}

// sentBy sends it from another address.
func sentBy(addr string) func(*wire.Datagram, *vrrp.Packet) {
	return func(d *wire.Datagram, _ *vrrp.Packet) { d.Src = netip.MustParseAddr(addr) }
}

// sentBy6 sends it from an IPv6 address, to the group of that family.
func sentBy6(addr string) func(*wire.Datagram, *vrrp.Packet) {
	return func(d *wire.Datagram, p *vrrp.Packet) {
		d.Key.IPv6, d.Src, d.Dst = true, netip.MustParseAddr(addr), vrrp.Group6
		p.Addresses = addrs("2001:db8::100")
	}
}

// dropCase is a datagram, and why it is dropped.
type dropCase struct {
	name  string
	inst  config.Instance
	spoil func(*wire.Datagram, *vrrp.Packet)
	want  vrrp.DropReason
}

// drops is a datagram for each reason to drop one that does not depend on its sender, for a multicast and for a unicast
// router.
var drops = []dropCase{
	{"good", web(200), func(*wire.Datagram, *vrrp.Packet) {}, vrrp.DropNone},
	{"good unicast", web(200, unicast("192.0.2.2")), func(d *wire.Datagram, _ *vrrp.Packet) { d.Dst = netip.MustParseAddr("192.0.2.1") }, vrrp.DropNone},
	{"empty", web(200), raw(func([]byte) []byte { return []byte{} }), vrrp.DropTruncated},
	{"half a header", web(200), raw(func(b []byte) []byte { return b[:7] }), vrrp.DropTruncated},
	{"cut by the socket", web(200), func(d *wire.Datagram, _ *vrrp.Packet) { d.Truncated = true }, vrrp.DropTruncated},
	{"TTL 254", web(200), func(d *wire.Datagram, _ *vrrp.Packet) { d.HopLimit = 254 }, vrrp.DropTTL},
	{"unicast TTL 254 on the link", web(200, unicast("192.0.2.2")), func(d *wire.Datagram, _ *vrrp.Packet) {
		d.Dst, d.HopLimit = netip.MustParseAddr("192.0.2.1"), 254
	}, vrrp.DropTTL},
	{"unicast TTL 64 from behind a router", web(200, unicast("203.0.113.2")), func(d *wire.Datagram, _ *vrrp.Packet) {
		d.Src, d.Dst, d.HopLimit = netip.MustParseAddr("203.0.113.2"), netip.MustParseAddr("192.0.2.1"), 64
	}, vrrp.DropNone},
	{"unicast TTL 99, min_ttl 100", web(200, unicast("203.0.113.2"), func(i *config.Instance) { i.MinTTL = 100 }), func(d *wire.Datagram, _ *vrrp.Packet) {
		d.Src, d.Dst, d.HopLimit = netip.MustParseAddr("203.0.113.2"), netip.MustParseAddr("192.0.2.1"), 99
	}, vrrp.DropTTL},
	{"version 1", web(200), raw(func(b []byte) []byte { b[0] = 0x11; return b }), vrrp.DropVersion},
	{"type 2", web(200), raw(func(b []byte) []byte { b[0] = 0x32; return b }), vrrp.DropType},
	{"no address", web(200), raw(func(b []byte) []byte { b[3] = 0; return b }), vrrp.DropCount},
	{"one address too few", web(200), raw(func(b []byte) []byte { return b[:8] }), vrrp.DropLength},
	{"a byte more", web(200), raw(func(b []byte) []byte { return append(b, 0) }), vrrp.DropLength},
	{"a flipped bit", web(200), raw(func(b []byte) []byte { b[2] ^= 1; return b }), vrrp.DropChecksum},
	{"interval 0", web(200), func(_ *wire.Datagram, p *vrrp.Packet) { p.Interval = 0 }, vrrp.DropInterval},
	{"VRID 0", web(200), func(_ *wire.Datagram, p *vrrp.Packet) { p.VRID = 0 }, vrrp.DropVRID},
	{"a VRID of others", web(200), func(_ *wire.Datagram, p *vrrp.Packet) { p.VRID = 52 }, vrrp.DropVRID},
	{"our VRID on another interface", web(200), func(d *wire.Datagram, _ *vrrp.Packet) { d.Key.Ifindex = 3 }, vrrp.DropVRID},
	{"unicast from a stranger", web(200, unicast("192.0.2.3")), func(d *wire.Datagram, _ *vrrp.Packet) { d.Dst = netip.MustParseAddr("192.0.2.1") }, vrrp.DropPeer},
	{"from no address", web(200), sentBy("0.0.0.0"), vrrp.DropPeer},
	{"from the loopback address", web(200), sentBy("127.0.0.1"), vrrp.DropPeer},
	{"from a group", web(200), sentBy("224.0.0.18"), vrrp.DropPeer},
	{"from the broadcast address", web(200), sentBy("255.255.255.255"), vrrp.DropPeer},
	{"from no IPv6 address", web(200, dual), sentBy6("::"), vrrp.DropPeer},
	{"from the IPv6 loopback address", web(200, dual), sentBy6("::1"), vrrp.DropPeer},
	{"from an IPv6 group", web(200, dual), sentBy6("ff02::12"), vrrp.DropPeer},
	{"from our own IPv6 address", web(200, dual), sentBy6("fe80::1"), vrrp.DropOwn},
	{"from another IPv6 address", web(200, dual), sentBy6("fe80::2"), vrrp.DropNone},
	{"from the floating address, as an owner's are", web(200), sentBy("192.0.2.100"), vrrp.DropNone},
	{"from elsewhere, by somebody on the link", web(200), sentBy("198.51.100.7"), vrrp.DropNone},
	{"our own address", web(200), func(d *wire.Datagram, _ *vrrp.Packet) { d.Src = netip.MustParseAddr("192.0.2.1") }, vrrp.DropOwn},
	{"multicast for a unicast router", web(200, unicast("192.0.2.2")), func(*wire.Datagram, *vrrp.Packet) {}, vrrp.DropTransport},
	{"unicast for a multicast router", web(200), func(d *wire.Datagram, _ *vrrp.Packet) { d.Dst = netip.MustParseAddr("192.0.2.1") }, vrrp.DropTransport},
}

func TestEveryReasonToDropHasACase(t *testing.T) {
	seen := make(map[vrrp.DropReason]bool)
	for _, c := range slices.Concat(drops, strangers) {
		seen[c.want] = true
	}
	for reason := range vrrp.DropReason(vrrp.DropReasons) {
		if !seen[reason] {
			t.Errorf("no datagram is dropped for %v", reason)
		}
	}
}

func TestClassify(t *testing.T) {
	for _, c := range slices.Concat(drops, strangers) {
		t.Run(c.name, func(t *testing.T) {
			simulate(t, func(t *testing.T, n *lan) {
				a := n.host("a", 1) // its engine does not run, so the test may use it
				a.engine.haveLink, a.engine.links, a.engine.wanted = true, a.links, []config.Instance{c.inst}
				a.engine.converge(time.Now())
				if before := preludes[c.want]; before != nil {
					a.engine.receive(time.Now(), datagram(before))
				}
				m, _, got := a.engine.classify(time.Now(), datagram(c.spoil))
				wantEqual(t, "reason", got.String(), c.want.String())
				if c.want == vrrp.DropNone && m == nil {
					t.Error("taken, and for nobody")
				}
			})
		})
	}
}

func TestGarbageIsCountedAndMovesNothing(t *testing.T) {
	simulate(t, func(t *testing.T, n *lan) {
		a, b := n.pair()
		rng := rand.New(rand.NewPCG(1, 2))
		const milliseconds, each = 3000, 10 // 10,000 a second
		began := time.Now()
		var want [vrrp.DropReasons]uint64
		for range milliseconds {
			for range each {
				c := drops[rng.IntN(len(drops))]
				if c.inst.Transport == config.Unicast || c.want == vrrp.DropNone || c.name == "our own address" ||
					c.name == "our VRID on another interface" || len(families(&c.inst)) > 1 {
					continue
				}
				for _, h := range []*host{a, b} {
					d := datagram(c.spoil)
					d.At = time.Now()
					h.push(*d)
				}
				want[c.want]++
			}
			for _, h := range []*host{a, b} {
				h.push(noise(rng))
			}
			n.pass(time.Millisecond)
		}
		a.wantState("nothing moved", "web", vrrp.Active, vrrp.ReasonSilence)
		b.wantState("nothing moved", "web", vrrp.Backup, vrrp.ReasonStartup)
		for _, adv := range n.sent(began, anything) {
			if adv.from != a || adv.at.Sub(a.engine.epoch)%time.Second != 0 {
				t.Fatalf("an advert of %s off the grid: %v", adv.from.name, adv.at)
			}
		}
		wantEqual(t, "adverts", len(n.sent(began, from(a))), 3)
		if lines := len(a.log.entries("adverts dropped")); lines > 2*vrrp.DropReasons {
			t.Errorf("%d log lines in 3 s", lines)
		}
		a.stop()
		for reason, count := range want {
			if got := a.engine.counters.drops[reason]; got < count {
				t.Errorf("%v: %d counted, want %d at least", vrrp.DropReason(reason), got, count)
			}
		}
		total := uint64(0)
		for _, count := range a.engine.counters.drops {
			total += count
		}
		sum := uint64(milliseconds)
		for _, count := range want {
			sum += count
		}
		wantEqual(t, "all that came", total, sum)
		a.wantLog("told at the end", 1, "stopped")
	})
}

// noise is a datagram of random bytes and length. It is never an advert: its first byte is no version.
func noise(rng *rand.Rand) wire.Datagram {
	b := make([]byte, rng.IntN(100))
	for i := range b {
		b[i] = byte(rng.Uint32())
	}
	if len(b) > 0 {
		b[0] &= 0x0f
	}
	var src [4]byte
	binary.BigEndian.PutUint32(src[:], rng.Uint32())
	return wire.Datagram{
		Key: wire.Key{Ifindex: eth0}, Src: netip.AddrFrom4(src), Dst: vrrp.Group4, HopLimit: vrrp.HopLimit,
		At: time.Now(), Payload: b,
	}
}

func TestDropsAreLoggedEveryTenSeconds(t *testing.T) {
	simulate(t, func(_ *testing.T, n *lan) {
		a := n.host("a", 1)
		a.start(web(200))
		spoilt := datagram(func(d *wire.Datagram, _ *vrrp.Packet) { d.HopLimit = 1 })
		a.push(*spoilt)
		n.pass(time.Second)
		a.wantLog("the first at once", 1, "adverts dropped", "reason=ttl", "count=1", "total=1")
		for range 5 {
			a.push(*spoilt)
			n.pass(time.Second)
		}
		a.wantLog("the next later", 1, "adverts dropped")
		n.pass(logPause)
		a.wantLog("together", 1, "adverts dropped", "reason=ttl", "count=5", "total=6")
		n.pass(time.Hour)
		a.wantLog("and then nothing", 2, "adverts dropped")
	})
}

func TestSenderTableIsBounded(t *testing.T) {
	simulate(t, func(t *testing.T, n *lan) {
		a := n.alone(web(200))
		for i := range 4 * mostSenders {
			a.push(*datagram(func(d *wire.Datagram, _ *vrrp.Packet) {
				d.Src = netip.AddrFrom4([4]byte{198, 18, byte(i >> 8), byte(i)})
			}))
			n.pass(time.Millisecond)
		}
		m := a.engine.owners[webOwner]
		a.stop()
		wantEqual(t, "remembered", len(m.senders), mostSenders)
	})
}

func TestOtherAddressesAreAcceptedAndLoggedOnce(t *testing.T) {
	simulate(t, func(_ *testing.T, n *lan) {
		a, b := n.host("a", 1), n.host("b", 2)
		b.start(web(200, with("192.0.2.100/32", "192.0.2.150/32")))
		a.start(web(190, with("192.0.2.100/32", "192.0.2.151/32")))
		n.pass(20 * time.Second)
		a.wantState("it is the same virtual router", "web", vrrp.Backup, vrrp.ReasonStartup)
		const message = "peer advertises other addresses"
		a.wantLog("once", 1, message, "peer=192.0.2.2", "theirs=[192.0.2.100 192.0.2.150]", "ours=[192.0.2.100 192.0.2.151]")
		b.apply(web(200, with("192.0.2.151/32", "192.0.2.100/32")))
		n.pass(2 * time.Second)
		a.wantLog("their order says nothing", 1, "peer advertises our addresses again", "peer=192.0.2.2")
		a.wantLog("what was logged is still what it was", 1, message, "theirs=[192.0.2.100 192.0.2.150]")
	})
}
