package vip

import (
	"fmt"
	"net/netip"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

var otherMAC = [6]byte{2, 0, 0, 0, 0, 0x99}

// handed is one that has claimed, announced, and whose address another machine then announces.
func handed(b *bench, ifindex int, addr string) {
	b.configure("web", vipA, vip6)
	b.claim(1, vipA, vip6)
	b.m.Announce("web")
	b.forget()
	b.m.Sighted(Sighting{Ifindex: ifindex, Address: netip.MustParseAddr(addr), MAC: otherMAC})
}

func TestReleaseTellsTheLinkWhoTookOver(t *testing.T) {
	managed(t, nil, func(_ *testing.T, b *bench) {
		handed(b, 2, "192.0.2.100")
		time.Sleep(sightingAge)
		b.m.Set("web", Want{Generation: 2})
		b.wantAnnounced("released", "192.0.2.100 at 020000000099")
		b.claim(3, vipA)
		b.forget() // it is up, whichever of the two orders would else have been read first
		b.m.Set("web", Want{Generation: 4})
		b.wantAnnounced("released again, and nobody else announced it since")
	})
}

// Two take over in one moment and both announce; the one who gives way may be the one whom a client believes, and
// keepalived announces again only 5 s later.
func TestReleaseAfterATakeoverOfBothTellsTheLinkWhoStays(t *testing.T) {
	managed(t, nil, func(_ *testing.T, b *bench) {
		b.configure("web", vipA)
		b.m.Sighted(Sighting{Ifindex: 2, Address: netip.MustParseAddr("192.0.2.100"), MAC: otherMAC})
		time.Sleep(5 * time.Millisecond)
		b.claim(1, vipA)
		b.m.Announce("web")
		b.forget()
		b.m.Set("web", Want{Generation: 2})
		b.wantAnnounced("given up", "192.0.2.100 at 020000000099")
	})
}

func TestReleaseIsSilentWhereNobodyTookOver(t *testing.T) {
	for name, release := range map[string]func(*bench){
		"announced too long ago": func(b *bench) {
			handed(b, 2, "192.0.2.100")
			time.Sleep(sightingAge + 1)
		},
		"announced on another link": func(b *bench) { handed(b, 3, "192.0.2.100") },
		"another address":           func(b *bench) { handed(b, 2, "192.0.2.101") },
		"IPv6, where the successor may still run duplicate address detection": func(b *bench) {
			handed(b, 2, "2001:db8::100")
		},
		"announced before it came to us": func(b *bench) {
			b.m.Sighted(Sighting{Ifindex: 2, Address: netip.MustParseAddr("192.0.2.100"), MAC: otherMAC})
			time.Sleep(sameMoment + 1)
			b.claim(1, vipA)
			b.forget()
		},
	} {
		t.Run(name, func(t *testing.T) {
			managed(t, nil, func(_ *testing.T, b *bench) {
				release(b)
				b.m.Set("web", Want{Generation: 2})
				b.wantKernel("released", "")
				b.wantAnnounced("released")
			})
		})
	}
}

// The address stays with us, in another form, or because the kernel keeps it: the link must not be told otherwise.
func TestWhatStaysIsNotRedirected(t *testing.T) {
	t.Run("another prefix length", func(t *testing.T) {
		managed(t, nil, func(_ *testing.T, b *bench) {
			handed(b, 2, "192.0.2.100")
			b.claim(2, "192.0.2.100/24", vip6)
			b.wantOps("replaced", "add 192.0.2.100/24 dev 2 lease 3s", "remove 192.0.2.100/32 dev 2")
			b.wantAnnounced("replaced")
			b.wantResults("replaced", "web#2 held until 2.95s")
		})
	})
	t.Run("the kernel refuses to remove it", func(t *testing.T) {
		managed(t, nil, func(_ *testing.T, b *bench) {
			handed(b, 2, "192.0.2.100")
			b.kernel.change(func() { b.kernel.refuse["remove 192.0.2.100"] = unix.EPERM })
			b.m.Set("web", Want{Generation: 2})
			b.wantAnnounced("still here")
			b.wantResults("still here", "web#2 failed 192.0.2.100: removing 192.0.2.100/32 from eth0: operation not permitted")
			b.kernel.change(func() { clear(b.kernel.refuse) })
			if err := b.stop(); err != nil {
				b.t.Error(err)
			}
			b.wantAnnounced("gone at the second try", "192.0.2.100 at 020000000099")
		})
	})
}

// Anybody on the link can announce anything: what is remembered of it is bounded.
func TestSightingsAreBounded(t *testing.T) {
	var all takers
	now := time.Now()
	for i := range 3 * mostSightings {
		addr := netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)})
		all.note(Sighting{Ifindex: 2, Address: addr, MAC: otherMAC}, now)
		if n := len(all.byKey); n > mostSightings {
			t.Fatalf("%d are remembered", n)
		}
		if _, ok := all.byKey[Key{2, addr}]; !ok {
			t.Fatalf("the latest, %v, is not", addr)
		}
	}
}

func TestRedirectNamesTheOtherMachineFromOurOwnAddress(t *testing.T) {
	w := newFakeWire()
	a := w.announcer()
	var frames [][]byte
	w.onSend = func(frame []byte) { frames = append(frames, append([]byte(nil), frame...)) }
	if err := a.Redirect([]Moved{{on(2, "192.0.2.100")[0], otherMAC}}); err != nil {
		t.Fatal(err)
	}
	if len(frames) != 2 {
		t.Fatalf("%d frames, want a request and a reply", len(frames))
	}
	for _, f := range frames {
		source, sender, addr := f[6:12], f[22:28], f[28:32]
		if got := fmt.Sprintf("%x: %x has %v", source, sender, addr); got != "020000000022: 020000000099 has [192 0 2 100]" {
			t.Error(got)
		}
	}
}

// What goes at once is told at once, so that one link which takes no frames costs its patience once.
func TestRedirectPassesOverALinkThatFailed(t *testing.T) {
	w := newFakeWire()
	w.broken[2] = unix.ENETDOWN
	err := w.announcer().Redirect([]Moved{
		{on(2, "192.0.2.100")[0], otherMAC}, {on(2, "192.0.2.101")[0], otherMAC}, {on(3, "192.0.2.103")[0], [6]byte{2, 5: 0x98}},
	})
	if want := "announcing 192.0.2.100 on interface 2: network is down"; err == nil || err.Error() != want {
		t.Errorf("want %q, got %v", want, err)
	}
	wantLog(t, "one link down", w, "open 2", "2 refused", "open 3",
		"3 ARP 1 192.0.2.103 from 33", "3 ARP 2 192.0.2.103 from 33")
}

func TestReleaseTellsTheLinkOfAllAtOnce(t *testing.T) {
	managed(t, nil, func(t *testing.T, b *bench) {
		all := many(chunkSize)
		b.configure("web", all...)
		b.claim(1, all...)
		b.forget()
		for _, addr := range bare(all) {
			b.m.Sighted(Sighting{Ifindex: 2, Address: netip.MustParseAddr(addr), MAC: otherMAC})
		}
		b.m.Set("web", Want{Generation: 2})
		b.wantKernel("released", "")
		b.mu.Lock()
		told, calls := len(b.announced), b.redirects
		b.mu.Unlock()
		if told != chunkSize || calls != 1 {
			t.Errorf("%d addresses were told of in %d calls, want %d in one", told, calls, chunkSize)
		}
		b.forget()
	})
}
