//go:build privileged

package system_test

import (
	"bytes"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/aloft-ha/aloft/internal/lab"
	"github.com/aloft-ha/aloft/internal/lab/labtest"
)

// leaseMargin is how much longer than the lease two machines may hold an address.
const leaseMargin = 1500 * time.Millisecond

// lease is the lifetime of the addresses as the engine derives it: a whole number of seconds that covers
// Active_Down_Interval of the most preferred node, two at least.
func (s *scene) lease() time.Duration {
	return max(2*time.Second, (s.down(0) + time.Second - 1).Truncate(time.Second))
}

// After kill -9 the kernel takes the addresses away; the daemon's return is one failback.
func TestKill(t *testing.T) {
	t.Parallel()
	s := setScene(t, pair(100)).withClient()
	s.raise()
	dead, heir := s.Nodes[0], s.Nodes[1]
	deed := time.Now()
	s.ok(dead.Kill())
	alone := s.awaitAlone(deed, heir, patience)
	time.Sleep(time.Until(deed.Add(5 * time.Second))) // longer than the lease of the dead one
	s.heldAlone(heir, alone, time.Now())
	shared := lab.LongestShared(s.watcher.Tenures(s.Address()), deed, time.Now())
	t.Logf("alone %s after the kill, two owners for %s", alone.Sub(deed), shared)
	if shared > s.lease()+leaseMargin {
		t.Errorf("two owners for %s", shared)
	}
	s.failback(dead, heir)
}

// sameMoment is how long an advert may take to the other node. Two who find the silence within it both become Active, and
// the better one stays.
const sameMoment = 10 * time.Millisecond

// A start after a crash deposes nobody without auto_failback, whether the other has taken over already or not. A daemon
// that is back before the other stands in may be Active again, since nobody else is.
func TestStartAfterCrash(t *testing.T) {
	t.Parallel()
	for name, wait := range map[string]time.Duration{
		"at once": 0, "before the takeover": 500 * time.Millisecond, "after it": 4 * time.Second,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := pair(100)
			o.NoFailback = true
			s := setScene(t, o).withClient()
			s.raise()
			dead, heir := s.Nodes[0], s.Nodes[1]
			s.awaitAdvert(dead)
			deed := time.Now()
			s.ok(dead.Kill())
			time.Sleep(wait) // how long the daemon is down, which is what the cases differ in
			s.ok(dead.Start())
			first, err := s.tap.Await(labtest.Within(t, 10*time.Second), deed.Add(time.Millisecond), (*lab.Frame).Advertises)
			s.ok(err)
			if first.Port != heir.Name && wait > 0 {
				t.Errorf("%s was Active first, not %s", first.Port, heir.Name)
			}
			active, since := s.Nodes[slices.IndexFunc(s.Nodes, func(n *lab.Node) bool { return n.Name == first.Port })], first.At
			if wait == 0 { // a start takes about as long as the two are apart
				time.Sleep(time.Until(first.At.Add(sameMoment + onTheWay))) // until the tap has read whether both began
				since = first.At.Add(sameMoment)
				if len(s.advertisers(first.At, since)) > 1 {
					active = dead
				}
			}
			s.quiet(active, s.awaitAlone(deed, active, s.down(1)+patience))
			s.stays(active, func() {})
			s.advertised(since, time.Now(), active)
			t.Logf("%s advertises %s after the kill", first.Port, first.At.Sub(deed))
		})
	}
}

// A crash and an immediate start, with auto_failback: at most the other stands in once.
func TestRestartAfterCrashIsOneFailback(t *testing.T) {
	t.Parallel()
	s := setScene(t, pair(50))
	s.raise()
	s.awaitAdvert(s.Nodes[0])
	deed := time.Now()
	s.ok(s.Nodes[0].Kill())
	time.Sleep(s.Setup.Interval.Duration()) // down for less than the other waits
	s.ok(s.Nodes[0].Start())
	time.Sleep(3 * s.longestDown()) // whoever was to become Active again and again had the time to
	s.quiet(s.Nodes[0], s.awaitAlone(time.Now(), s.Nodes[0], time.Second))
	var turns []string
	for _, f := range s.tap.Frames((*lab.Frame).Advertises) {
		if f.At.After(deed) && (len(turns) == 0 || turns[len(turns)-1] != f.Port) {
			turns = append(turns, f.Port)
		}
	}
	// The one that gives way concedes with a last advert, which the winner answers.
	ends := []string{"www2", "www1", "www2", "www1"}
	if !slices.Equal(turns, ends) && !slices.Equal(turns, ends[2:]) {
		t.Errorf("after the crash the adverts came from %v", turns)
	}
}

// A daemon that hangs loses its addresses to the kernel, and when it runs again it is Backup before it says or takes
// anything.
func TestHang(t *testing.T) {
	t.Parallel()
	for name, o := range map[string]struct {
		noFailback bool
		hang       time.Duration
	}{
		"longer than the lease":                {false, 4 * time.Second},
		"longer than the lease, no failback":   {true, 4 * time.Second},
		"shorter than the lease":               {false, 1200 * time.Millisecond},
		"shorter than the lease, no failback":  {true, 1200 * time.Millisecond},
		"shorter than Active_Down_Interval":    {false, 300 * time.Millisecond},
		"as long as the release asks, at 1 s":  {false, 10 * time.Second},
		"as long as that, at 1 s, no failback": {true, 10 * time.Second},
	} {
		if o.hang >= 10*time.Second && !long {
			continue
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			opts := pair(20)
			if o.hang >= 10*time.Second {
				opts = pair(100)
			}
			opts.NoFailback = o.noFailback
			s := setScene(t, opts)
			s.raise()
			s.hang(o.hang)
		})
	}
}

// hang stops the Active's daemon for a time and looks at what it does when it runs again.
func (s *scene) hang(d time.Duration) {
	s.t.Helper()
	hung, heir := s.Nodes[0], s.Nodes[1]
	s.awaitAdvert(hung)
	deed := time.Now()
	s.ok(hung.Signal(syscall.SIGSTOP))
	time.Sleep(d) // how long it hangs
	if d > s.lease()+leaseMargin {
		if got := s.holders(); !slices.Equal(got, []string{heir.Name}) {
			s.t.Errorf("%s after the daemon hung %v hold the address", d, got)
		}
	}
	woken := time.Now()
	s.ok(hung.Signal(syscall.SIGCONT))
	switch {
	case d < s.down(1):
		s.stays(hung, func() {})
	case s.Setup.NoFailback:
		s.quiet(heir, s.awaitAlone(woken, heir, time.Second))
		s.silentSince(hung, woken, time.Now())
	default:
		s.awaitAlone(woken.Add(s.down(0)), hung, s.down(0)+patience)
		first, ok := s.firstAdvert(hung, woken)
		if !ok {
			s.t.Fatalf("%s holds the address and does not advertise", hung.Name)
		}
		s.t.Logf("Active again %s after it ran again", first.At.Sub(woken))
		if early := s.down(0) - first.At.Sub(woken); early > 0 {
			s.t.Errorf("it was Active again %s before a whole Active_Down_Interval had passed", early)
		}
		s.silentSince(hung, woken, first.At.Add(-time.Nanosecond))
		s.quiet(hung, s.awaitAlone(first.At, hung, 2*time.Second))
	}
	shared := lab.LongestShared(s.watcher.Tenures(s.Address()), deed, time.Now())
	s.t.Logf("two owners for %s", shared)
	if shared > s.lease()+leaseMargin {
		s.t.Errorf("two owners for %s, more than the lease of %s and %s", shared, s.lease(), leaseMargin)
	}
}

// silentSince asserts that a node sent no advert, announced the address nowhere at itself, and did not put it up, from from
// until to. That it tells the link who has the address now is no claim.
func (s *scene) silentSince(n *lab.Node, from, to time.Time) {
	s.t.Helper()
	for _, f := range s.tap.Frames(func(f *lab.Frame) bool {
		mine := f.Port == n.Name && !f.At.Before(from) && !f.At.After(to)
		return mine && (f.Kind == lab.KindAdvert || f.Announces(s.Address()) && bytes.Equal(f.HolderMAC, n.MAC))
	}) {
		s.t.Errorf("%s after it ran again it sent: %s", f.At.Sub(from), f.String())
	}
	for _, c := range s.watcher.Changes(s.Address()) {
		if c.Host == n.Name && c.Change != lab.Removed && c.At.After(from) && c.At.Before(to) {
			s.t.Errorf("%s after it ran again the address was %s", c.At.Sub(from), c.Change)
		}
	}
}
