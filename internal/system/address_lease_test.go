//go:build privileged

package system_test

import (
	"fmt"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/aloft-ha/aloft/internal/lab"
	"github.com/aloft-ha/aloft/internal/lab/labtest"
)

// kernelSlack is how much later than its lease the kernel may remove an address: it looks every second or so, and the
// machine may be busy.
const kernelSlack = 1500 * time.Millisecond

// The whole life of leases: they are finite, renewed, outlive no daemon, and follow the configuration's word.
func TestLeaseIsFiniteRenewedAndEndsWithTheDaemon(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		lease time.Duration
		lines []string
	}{
		{name: "derived", lease: 2 * time.Second},
		{name: "configured", lease: 3 * time.Second, lines: []string{"lease: 3s"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			entries := dual()
			s := setScene(t, floating(1, entries, c.lines...))
			n := s.Nodes[0]
			s.serve(n)
			began := time.Now()
			for time.Since(began) < 2*c.lease {
				for _, e := range entries {
					s.wantLease(n.Host, e.address(), c.lease)
				}
				time.Sleep(50 * time.Millisecond) // twenty looks a second catch a lease that is too long or too short
			}
			s.ok(n.Kill())
			killed := time.Now()
			for _, e := range entries {
				s.wantRenewals(n.Host, e.address(), began, killed, c.lease)
				at := s.gone(n.Host, e.address(), killed.Add(c.lease+kernelSlack))
				t.Logf("%s: gone %s after kill -9, with a lease of %s", e.prefix, at.Sub(killed).Round(time.Millisecond), c.lease)
			}
		})
	}
}

// wantLease asserts that the kernel has the address as ours, for not longer than the lease.
func (s *scene) wantLease(h *lab.Host, a netip.Addr, lease time.Duration) {
	s.t.Helper()
	x, there := s.look(h, a)
	switch {
	case !there:
		s.t.Fatalf("%s is not there", a)
	case x.Valid <= 0 || x.Valid > lease:
		s.t.Fatalf("%s is valid for %s, want more than 0 and at most %s", a, x.Valid, lease)
	case x.Proto != ifaProto:
		s.t.Fatalf("%s has the mark %d, want %d", a, x.Proto, ifaProto)
	case x.Deprecated != a.Is6():
		s.t.Fatalf("%s: deprecated is %v", a, x.Deprecated)
	}
}

// wantRenewals asserts that the address was renewed about three times in each lease, and never removed.
func (s *scene) wantRenewals(h *lab.Host, a netip.Addr, from, to time.Time, lease time.Duration) {
	s.t.Helper()
	n := 0
	for _, c := range s.changesOf(h, a, from) {
		if c.At.After(to) {
			continue
		}
		if c.Change != lab.Renewed {
			s.t.Errorf("%s was %s meanwhile", a, c.Change)
		}
		n++
	}
	if most := 3*int(to.Sub(from)/lease) + 3; n < 3 || n > most {
		s.t.Errorf("%s was renewed %d times in %s, want 3 to %d", a, n, to.Sub(from), most)
	}
}

// Without a lease an address outlives its daemon, as it does everywhere else. The next start cleans up: at once, because
// such a leftover never ends by itself.
func TestLeaseOffLeavesNothingBehindAfterTheNextStart(t *testing.T) {
	t.Parallel()
	entries := dual()
	s := setScene(t, floating(2, entries, "lease: off", "auto_failback: false"))
	first, second := s.serveWithBackup()
	for _, e := range entries {
		x, there := s.look(first.Host, e.address())
		if !there || x.Valid != 0 || x.Proto != ifaProto {
			t.Errorf("there is %s with the mark %d, want it without an end and with our mark", x, x.Proto)
		}
	}
	s.ok(first.Kill())
	killed := time.Now()
	time.Sleep(3 * time.Second) // longer than the shortest lease: what is still there has none
	for _, e := range entries {
		if holders, _ := s.Holders(e.address()); !slices.Equal(holders, []string{"www1", "www2"}) {
			t.Errorf("%s is held by %v, want both: that is what lease: off means", e.prefix, holders)
		}
	}
	restarted := time.Now()
	s.ok(first.Start())
	s.awaitAlone(restarted, second, 2*time.Second)
	t.Logf("removed %s after the restart, %s after the crash", time.Since(restarted).Round(time.Millisecond), time.Since(killed).Round(time.Millisecond))
	s.steady(second)
	s.leave(second)
	s.awaitAlone(time.Now(), first, 3*time.Second)
	s.leave(first)
	s.wantAbsent(first.Host, "after a planned stop")
}

// A restart after a crash takes up its own leftovers: as long as nobody else serves they stay until their lease ends, so
// that clients notice nothing.
func TestLeftoversAreAdoptedWhileNobodyServes(t *testing.T) {
	t.Parallel()
	entries := dual()
	s := setScene(t, floating(1, entries, "lease: 6s", "startup_delay: 2s"))
	n := s.Nodes[0]
	s.serve(n)
	time.Sleep(2500 * time.Millisecond) // at least one renewal
	began := time.Now()
	s.ok(n.Kill())
	s.ok(n.Start())
	restarted := time.Now()
	advert, err := s.tap.Await(labtest.Within(t, 10*time.Second), restarted, (*lab.Frame).Advertises)
	s.ok(err)
	if d := advert.At.Sub(restarted); d < 2*time.Second {
		t.Errorf("it became Active after %s, which is too early to show anything", d)
	}
	time.Sleep(7 * time.Second) // longer than a lease: the leftovers are renewed
	for _, e := range entries {
		s.wantLease(n.Host, e.address(), 6*time.Second)
	}
	s.heldAlone(n, began, time.Now())
}

// And when nobody takes them up again they end with their lease, also while the restarted daemon waits.
func TestLeftoversOfACrashEndWithTheirLease(t *testing.T) {
	t.Parallel()
	entries := dual()
	s := setScene(t, floating(1, entries))
	n := s.Nodes[0]
	s.serve(n)
	s.ok(n.Kill())
	killed := time.Now()
	s.rewriteFile(floating(1, entries, "startup_delay: 20s").File)
	s.ok(n.Start())
	for _, e := range entries {
		at := s.gone(n.Host, e.address(), killed.Add(2*time.Second+kernelSlack))
		if d := at.Sub(killed); d < 500*time.Millisecond {
			t.Errorf("%s went after %s, before its lease", e.prefix, d)
		}
	}
	time.Sleep(time.Second) // the restarted daemon has had time to put them back
	s.wantAbsent(n.Host, "where nobody may serve")
}

// When another serves, a leftover is a second owner: it goes as soon as the other is heard, however long its lease.
func TestLeftoversGoWhenAnotherIsHeard(t *testing.T) {
	t.Parallel()
	entries := dual()
	s := setScene(t, floating(2, entries, "lease: 20s", "auto_failback: false"))
	first, second := s.serveWithBackup()
	s.ok(first.Kill())
	time.Sleep(1500 * time.Millisecond) // the second takes over after a down interval, and the lease is far from its end
	for _, e := range entries {
		if holders, _ := s.Holders(e.address()); !slices.Equal(holders, []string{"www1", "www2"}) {
			t.Fatalf("%s is held by %v, want both until the lease ends", e.prefix, holders)
		}
	}
	restarted := time.Now()
	s.ok(first.Start())
	s.awaitAlone(restarted, second, 1500*time.Millisecond)
	t.Logf("removed %s after the restart", time.Since(restarted).Round(time.Millisecond))
	s.steady(second)
}

// What the configuration does not have any more goes at the start, by the state file.
func TestLeftoversThatAreNotConfiguredAreRemovedAtStart(t *testing.T) {
	t.Parallel()
	before, after := bare("192.0.2.100/32", "192.0.2.150/24", "2001:db8::100/128"), bare("192.0.2.101/32", "2001:db8::101/128")
	s := setScene(t, floating(1, before, "lease: 20s"))
	n := s.Nodes[0]
	s.serve(n)
	s.awaitRecorded(n, "192.0.2.100/32", "192.0.2.150/24", "2001:db8::100/128")
	s.ok(n.Kill())
	s.rewriteFile(floating(1, after, "lease: 20s").File)
	restarted := time.Now()
	s.ok(n.Start())
	for _, e := range before {
		at := s.gone(n.Host, e.address(), restarted.Add(2*time.Second))
		t.Logf("%s: removed %s after the restart", e.prefix, at.Sub(restarted).Round(time.Millisecond))
	}
	for _, e := range after {
		if _, err := s.watcher.Await(labtest.Within(t, 3*time.Second), restarted, func(c lab.AddressChange) bool {
			return c.Address == e.address() && c.Change == lab.Added
		}); err != nil {
			t.Errorf("%s is not served: %v", e.prefix, err)
		}
	}
	s.wantHostAddress(n.Host)
}

// wantHostAddress asserts that the host has its own addresses, the IPv4 one before all others of the subnet, and its route
// to the subnet from there.
func (s *scene) wantHostAddress(h *lab.Host) {
	s.t.Helper()
	for _, p := range lab.DefaultAddresses(h.Number, s.Setup.Addresses[len(s.Setup.Addresses)-1].Is6()) {
		x, there := s.look(h, p.Addr())
		if !there || x.Prefix != p || x.Secondary || x.Deprecated || x.Valid != 0 {
			s.t.Errorf("the host's own address is %s, there %v, secondary %v, want %s", x, there, x.Secondary, p)
		}
		routes := s.onLink(h, p.Masked().String())
		if len(routes) != 1 || p.Addr().Is4() && !slices.Equal(routes[0].Src.To4(), p.Addr().AsSlice()) {
			s.t.Errorf("the routes to the subnet are %s, want one from %s", fmt.Sprint(routes), p.Addr())
		}
	}
}
