package tracker

import (
	"encoding/binary"
	"errors"
	"net/netip"
	"testing"

	"golang.org/x/net/bpf"
	"golang.org/x/net/icmp"
	"golang.org/x/net/ipv4"
)

func addresses(list ...string) []netip.Addr {
	var all []netip.Addr
	for _, s := range list {
		all = append(all, netip.MustParseAddr(s))
	}
	return all
}

func TestPingTally(t *testing.T) {
	one, three := addresses("192.0.2.1"), addresses("192.0.2.1", "2001:db8::2", "192.0.2.3")
	eight := addresses("192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.4", "192.0.2.5", "192.0.2.6", "192.0.2.7", "192.0.2.8")
	answer := func(i int) finding { return finding{target: i} }
	failure := func(i int) finding { return finding{target: i, err: errors.New("no route to " + three[i].String())} }
	for _, c := range []struct {
		name     string
		targets  []netip.Addr
		need     int
		findings []finding
		decided  bool
		ok       bool
		text     string
	}{
		{"one answers", one, 1, []finding{answer(0)}, true, true, "192.0.2.1 answers"},
		{"one is silent", one, 1, nil, false, false, "no answer from 192.0.2.1"},
		{"one cannot be asked", one, 1, []finding{failure(0)}, true, false, "no route to 192.0.2.1"},
		{"all answer", three, 3, []finding{answer(2), answer(0), answer(1)}, true, true, "all 3 answer"},
		{"one of all is silent", three, 3, []finding{answer(2), answer(0)}, false, false, "2 of 3 answer, 3 are needed: none from 2001:db8::2"},
		{"one is enough", three, 1, []finding{answer(1)}, true, true, "1 of 3 answer, 1 are needed"},
		{"one is not enough", three, 2, []finding{answer(1)}, false, false, "1 of 3 answer, 2 are needed: none from 192.0.2.1, 192.0.2.3"},
		{"the same one twice", three, 2, []finding{answer(1), answer(1)}, false, false, "1 of 3 answer, 2 are needed: none from 192.0.2.1, 192.0.2.3"},
		{"one of all cannot be asked", three, 3, []finding{failure(1)}, true, false, "no route to 2001:db8::2, and 3 of 3 have to answer"},
		{"one cannot be asked, two are enough", three, 2, []finding{failure(1), answer(0)}, false, false, "1 of 3 answer, 2 are needed: none from 2001:db8::2, 192.0.2.3"},
		{"one cannot be asked, two answer", three, 2, []finding{failure(1), answer(0), answer(2)}, true, true, "2 of 3 answer, 2 are needed"},
		{"the first reason is said", three, 2, []finding{failure(2), failure(1)}, true, false, "no route to 192.0.2.3, and 2 of 3 have to answer"},
		{"a failure twice", three, 2, []finding{failure(2), failure(2)}, false, false, "0 of 3 answer, 2 are needed: none from 192.0.2.1, 2001:db8::2, 192.0.2.3"},
		{"many are silent", eight, 8, []finding{answer(1)}, false, false, "1 of 8 answer, 8 are needed: none from 192.0.2.1, 192.0.2.3, 192.0.2.4, 192.0.2.5, 192.0.2.6, 2 more"},
		{"more are needed than there are", one, 2, nil, true, false, "no answer from 192.0.2.1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			y := newTally(c.targets, c.need)
			for _, f := range c.findings {
				y.add(f)
			}
			if y.decided() != c.decided {
				t.Errorf("decided: %t", y.decided())
			}
			y.result().judge(t, c.ok, c.text)
		})
	}
}

func TestPingOfNoAddress(t *testing.T) {
	p := newPingProbe(Ping{Targets: []string{"192.0.2.1", "gateway"}})
	defer p.close()
	p.check(t.Context()).judge(t, false, `"gateway" is not a numeric address`)
}

// reply is what a target makes of a request: another type, RFC 792 and RFC 4443.
func reply(t *testing.T, e *echo, f *icmpFamily, target int) []byte {
	t.Helper()
	b, err := e.message(f, target)
	if err != nil {
		t.Fatal(err)
	}
	b[0] = 0
	if f.is6 {
		b[0] = 129
	}
	return b
}

func TestEchoRequests(t *testing.T) {
	e := newEcho(addresses("192.0.2.1", "2001:db8::1"))
	for target, f := range []*icmpFamily{icmp4, icmp6} {
		b, err := e.message(f, target)
		if err != nil {
			t.Fatal(err)
		}
		m, err := icmp.ParseMessage(f.protocol, b)
		if err != nil || m.Type != f.request || m.Code != 0 {
			t.Fatalf("%x is %+v, %v", b, m, err)
		}
		body := m.Body.(*icmp.Echo)
		if body.ID != int(e.id) || body.Seq != target || string(body.Data) != string(e.token[:]) {
			t.Errorf("%+v", body)
		}
	}
	if other := newEcho(nil); other.token == e.token {
		t.Error("two checks have the same token")
	}
}

func TestEchoReplies(t *testing.T) {
	e := newEcho(addresses("192.0.2.1", "2001:db8::1", "fe80::1%eth0", "192.0.2.4"))
	for _, c := range []struct {
		name   string
		family *icmpFamily
		target int
		from   string
		change func([]byte)
		ok     bool
	}{
		{"IPv4", icmp4, 0, "192.0.2.1", nil, true},
		{"IPv4 as package net has it", icmp4, 0, "::ffff:192.0.2.1", nil, true},
		{"another target", icmp4, 3, "192.0.2.4", nil, true},
		{"IPv6", icmp6, 1, "2001:db8::1", nil, true},
		{"with the zone as a number", icmp6, 2, "fe80::1%2", nil, true},
		{"of somebody else", icmp4, 0, "192.0.2.9", nil, false},
		{"of another target", icmp4, 0, "192.0.2.4", nil, false},
		{"a request", icmp4, 0, "192.0.2.1", func(b []byte) { b[0] = 8 }, false},
		{"unreachable", icmp4, 0, "192.0.2.1", func(b []byte) { b[0] = 3 }, false},
		{"another identifier", icmp4, 0, "192.0.2.1", func(b []byte) { b[5]++ }, false},
		{"a target that was not asked", icmp4, 0, "192.0.2.1", func(b []byte) { b[6] = 0xff }, false},
		{"another token", icmp4, 0, "192.0.2.1", func(b []byte) { b[8]++ }, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := reply(t, e, c.family, c.target)
			if c.change != nil {
				c.change(b)
			}
			target, ok := e.answered(c.family, b, netip.MustParseAddr(c.from))
			if ok != c.ok || (ok && target != c.target) {
				t.Errorf("answers target %d: %t", target, ok)
			}
		})
	}
	whole := reply(t, e, icmp4, 0)
	for n := range len(whole) {
		if _, ok := e.answered(icmp4, whole[:n], e.targets[0]); ok {
			t.Errorf("%d of %d bytes are an answer", n, len(whole))
		}
	}
	if _, ok := e.answered(icmp4, append(whole, 0), e.targets[0]); ok {
		t.Error("a byte too many is an answer")
	}
}

func TestEchoFilter(t *testing.T) {
	e := newEcho(addresses("192.0.2.1", "2001:db8::1"))
	for target, f := range []*icmpFamily{icmp4, icmp6} {
		vm, err := bpf.NewVM(e.filter(f))
		if err != nil {
			t.Fatal(err)
		}
		for _, options := range []int{0, 40} {
			ours := reply(t, e, f, target)
			others := reply(t, e, f, target)
			binary.BigEndian.PutUint16(others[4:], e.id+1)
			if !f.is6 {
				ours, others = behindHeader(ours, options), behindHeader(others, options)
			}
			if n, err := vm.Run(ours); err != nil || n < len(ours) {
				t.Errorf("of ours %d bytes pass, %v", n, err)
			}
			if n, err := vm.Run(others); err != nil || n != 0 {
				t.Errorf("of others %d bytes pass, %v", n, err)
			}
			if n, err := vm.Run(ours[:len(ours)-12]); err != nil || n != 0 {
				t.Errorf("of half of it %d bytes pass, %v", n, err)
			}
		}
	}
}

// behindHeader puts an IPv4 header with options, of a number of bytes, before a message.
func behindHeader(b []byte, options int) []byte {
	header := make([]byte, ipv4.HeaderLen+options)
	header[0] = byte(4<<4 | len(header)/4)
	return append(header, b...)
}
