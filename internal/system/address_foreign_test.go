//go:build privileged

package system_test

import (
	"slices"
	"testing"
	"time"

	"github.com/aloft-ha/aloft/internal/lab"
)

// Somebody put the floating address on the host before the daemon started. It is not ours to use or to remove; the router
// is in fault until it is gone, and the other node serves.
func TestForeignAddressBeforeTheStart(t *testing.T) {
	t.Parallel()
	entries := dual()
	s := setScene(t, floating(2, entries))
	faulty, other := s.Nodes[0], s.Nodes[1]
	for _, e := range entries {
		s.put(faulty.Host, e.prefix)
	}
	time.Sleep(2500 * time.Millisecond) // the IPv6 one passes duplicate address detection
	began := time.Now()
	s.ok(s.Start())
	s.awaitHolds(other, entries, 4*time.Second)
	s.steady(other)
	time.Sleep(2500 * time.Millisecond) // longer than a lease
	s.wantForeign(faulty.Host, entries, began)
	if got := s.advertsOf(faulty, began, time.Now(), nil); len(got) > 0 {
		t.Errorf("the faulty node sent %d adverts, the first %s", len(got), got[0].String())
	}

	// One of the two is not enough for a router of both families.
	s.takeDown(faulty.Host, entries[0].prefix)
	s.steady(other)
	s.takeDown(faulty.Host, entries[1].prefix)
	cured := time.Now()
	s.awaitAlone(cured, faulty, 4*time.Second)
	t.Logf("serving %s after the cure", time.Since(cured).Round(time.Millisecond))
	s.steady(faulty)
}

// The address appears on the Backup: it must not take over while it lasts, and does when it is gone.
func TestForeignAddressOnABackup(t *testing.T) {
	t.Parallel()
	entries := bare("192.0.2.100/24")
	s := setScene(t, floating(2, entries))
	active, faulty := s.serveWithBackup()
	began := time.Now()
	s.put(faulty.Host, entries[0].prefix)
	s.steady(active)
	s.ok(active.Kill())
	s.steady() // nobody serves, and nobody pretends
	s.steady()
	s.wantForeign(faulty.Host, entries, began)
	s.gone(active.Host, entries[0].address(), time.Now().Add(2*time.Second+kernelSlack))
	s.takeDown(faulty.Host, entries[0].prefix)
	s.awaitAlone(time.Now(), faulty, 3*time.Second)
	s.steady(faulty)
	s.leave(faulty)
	s.wantHostAddress(faulty.Host)
}

// The address appears on the Active, with another prefix length: it hands over to the other node and leaves both alone.
func TestForeignAddressOnTheActive(t *testing.T) {
	t.Parallel()
	entries := bare("192.0.2.100/32")
	s := setScene(t, floating(2, entries))
	active, other := s.serveWithBackup()
	began := time.Now()
	s.put(active.Host, "192.0.2.100/24")
	s.awaitHolds(other, entries, 2*time.Second)
	s.steady(other)
	all, err := active.Addresses()
	s.ok(err)
	all = slices.DeleteFunc(all, func(x lab.Address) bool { return x.Prefix.Addr() != entries[0].address() })
	if len(all) != 1 || all[0].Prefix.Bits() != 24 || all[0].Proto == ifaProto {
		t.Errorf("there is %v, want what somebody put there and nothing else", all)
	}
	t.Logf("tenures: %s", s.tenures(entries[0].address(), began))
	s.takeDown(active.Host, "192.0.2.100/24")
	s.awaitAlone(time.Now(), active, 3*time.Second)
	s.steady(active)
}

// awaitHolds waits until the node holds all addresses as ours.
func (s *scene) awaitHolds(n *lab.Node, entries []entry, within time.Duration) {
	s.t.Helper()
	began := time.Now()
	for _, e := range entries {
		for {
			if x, there := s.look(n.Host, e.address()); there && x.Proto == ifaProto {
				break
			}
			if time.Since(began) > within {
				s.t.Fatalf("%s does not hold %s", n.Name, e.prefix)
			}
			time.Sleep(5 * time.Millisecond)
		}
	}
}

// wantForeign asserts that nobody touched what an administrator put on a host.
func (s *scene) wantForeign(h *lab.Host, entries []entry, since time.Time) {
	s.t.Helper()
	for _, e := range entries {
		x, there := s.look(h, e.address())
		if !there || x.Proto == ifaProto || x.Valid != 0 || x.Prefix.String() != e.prefix {
			s.t.Errorf("there is %s with the mark %d, want %s as it was put there", x, x.Proto, e.prefix)
		}
		for _, c := range s.changesOf(h, e.address(), since.Add(onTheWay)) {
			s.t.Errorf("%s was %s", e.prefix, c.Change)
		}
	}
}
