//go:build privileged

package system_test

import (
	"fmt"
	"net/netip"
	"slices"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/aloft-ha/aloft/internal/lab"
	"github.com/aloft-ha/aloft/internal/lab/labtest"
	"github.com/aloft-ha/aloft/vrrp"
)

// goneLimit is how soon after the successor's first advert our IPv6 addresses are gone.
const goneLimit = 10 * time.Millisecond

// A successor that runs duplicate address detection asks the link whether anybody has the address, after a random delay of
// up to a second. If we still have it then, our kernel answers, and the address is dead at the successor until somebody
// repairs it. Each address draws its own delay, so each is a repetition.
func TestSuccessorThatRunsDADEndsWithUsableAddresses(t *testing.T) {
	t.Parallel()
	addresses, rounds := 5, 2
	if long {
		addresses, rounds = 10, 10
	}
	entries := bare("fe80::51/128")
	for i := range addresses {
		entries = append(entries, entry{prefix: fmt.Sprintf("2001:db8::1:%x/128", i+1)})
	}
	s := setScene(t, floating(2, entries)) // the other node is never started: the client is in its place
	everything := labtest.Tap(t, s.LAN, lab.TapOptions{Everything: true})
	var gone []time.Duration
	for range rounds {
		s.serve(s.Nodes[0])
		said := s.handOver(s.Nodes[0], s.Client, entries)
		for _, e := range entries {
			for _, x := range s.watcher.Tenures(e.address()) {
				if x.Host == s.Nodes[0].Name && x.To.After(said) {
					gone = append(gone, x.To.Sub(said))
				}
			}
		}
		s.awaitDAD(s.Client)
		s.wantUsable(s.Client, said, everything)
		for _, e := range entries {
			s.takeDown(s.Client, e.prefix)
		}
	}
	t.Logf("ours are gone %s (median) and %s (last) after the successor's advert", median(gone), slices.Max(gone))
	if median(gone) > goneLimit {
		t.Errorf("that is later than %s", goneLimit)
	}
}

// handOver makes a node leave, and another host take its addresses as a router that runs duplicate address detection. It
// returns when that one said so.
func (s *scene) handOver(n *lab.Node, to *lab.Host, entries []entry) time.Time {
	s.t.Helper()
	asked := time.Now()
	s.ok(n.Signal(unix.SIGTERM))
	ctx := labtest.Within(s.t, 3*time.Second)
	_, err := s.tap.Await(ctx, asked, func(f *lab.Frame) bool { return f.Port == n.Name && f.Advert.Priority == 0 && f.Kind == lab.KindAdvert })
	s.ok(err)
	s.ok(s.succeed(to, 190))
	for _, e := range entries {
		s.put(to, e.prefix)
	}
	said, err := s.tap.Await(ctx, asked, lab.ActiveAdvert(to.Name, lab.DefaultVRID))
	s.ok(err)
	s.exitCode(n)
	return said.At
}

// awaitDAD waits for the end of duplicate address detection on a host.
func (s *scene) awaitDAD(h *lab.Host) {
	s.t.Helper()
	began := time.Now()
	for running := true; running; time.Sleep(10 * time.Millisecond) {
		if running = false; time.Since(began) > 5*time.Second {
			s.t.Fatal("duplicate address detection does not end")
		}
		all, err := h.Addresses()
		s.ok(err)
		for _, x := range all {
			running = running || x.Tentative && !x.DADFailed
		}
	}
}

// wantUsable asserts that no address of a host was found to be another's. Who draws no delay at all asks in the moment of
// its advert, and nobody who serves until then can be gone: that draw says nothing.
func (s *scene) wantUsable(h *lab.Host, said time.Time, tap *lab.Tap) {
	s.t.Helper()
	all, err := h.Addresses()
	s.ok(err)
	for _, x := range all {
		if !x.DADFailed {
			continue
		}
		asked := tap.Frames(func(f *lab.Frame) bool { return f.Port == h.Name && asksFor(f, x.Prefix.Addr()) && f.At.After(said) })
		if len(asked) > 0 && asked[0].At.Sub(said) < goneLimit {
			s.t.Logf("%s asked %s after its advert, too soon for anybody", x, asked[0].At.Sub(said))
			continue
		}
		s.t.Errorf("%s has %s, which it asked for in %d frames", h.Name, x, len(asked))
	}
}

// asksFor says whether a frame is the neighbour solicitation of duplicate address detection for an address, RFC 4862
// section 5.4.2: from nowhere.
func asksFor(f *lab.Frame, a netip.Addr) bool {
	const icmp, target, solicitation = 14 + 40, 14 + 40 + 8, 135
	return f.Src == netip.IPv6Unspecified() && len(f.Bytes) >= target+16 && f.Bytes[icmp] == solicitation &&
		netip.AddrFrom16([16]byte(f.Bytes[target:target+16])) == a
}

// succeed sends the advert of a router that takes over.
func (s *scene) succeed(h *lab.Host, priority uint8) error {
	source := s.linkLocal(h)
	p := vrrp.Packet{VRID: lab.DefaultVRID, Priority: priority, Interval: s.Setup.Interval, Addresses: s.Setup.Addresses}
	payload := p.AppendTo(nil, source, vrrp.Group6, vrrp.FormPseudo)
	index := s.eth0(h).Attrs().Index
	return h.Do(func() error { return multicast6(index, vrrp.Protocol, vrrp.Group6.String(), payload) })
}

// linkLocal returns a host's own link-local address.
func (s *scene) linkLocal(h *lab.Host) netip.Addr {
	s.t.Helper()
	all, err := h.Addresses()
	s.ok(err)
	for _, x := range all {
		if a := x.Prefix.Addr(); a.Is6() && a.IsLinkLocalUnicast() {
			return a
		}
	}
	s.t.Fatalf("%s has no link-local address", h.Name)
	return netip.Addr{}
}
