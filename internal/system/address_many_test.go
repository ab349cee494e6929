//go:build privileged

package system_test

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aloft-ha/aloft/internal/lab"
)

// manyAddresses is how many addresses one router has here: about what one advert carries.
const manyAddresses = 200

// renewalRate is how many renewals a second there are at most, on average, and renewalBurst how many of them at once: each
// is a netlink message to every listener on the host.
const (
	renewalRate  = 200
	renewalBurst = 20
)

// crowdWindow is the time in which renewals are a crowd. In it there are a burst and what the rate allows at most, and not
// more than twice that where a busy machine lets them wait and come together.
const (
	crowdWindow = 100 * time.Millisecond
	crowdLimit  = 2 * (renewalBurst + renewalRate*int(crowdWindow/time.Millisecond)/1000)
)

// Two hundred addresses are claimed and announced in no time, renewed without a storm, and none outlives its daemon.
func TestTwoHundredAddresses(t *testing.T) {
	t.Parallel()
	var entries []entry
	for i := range manyAddresses {
		entries = append(entries, entry{prefix: fmt.Sprintf("198.51.100.%d/32", i+1)})
	}
	s := setScene(t, floating(1, entries))
	n := s.Nodes[0]
	s.serve(n)
	time.Sleep(onTheWay) // until the tap and the watcher have read it all
	advert := s.tap.Frames((*lab.Frame).Advertises)[0].At
	t.Logf("claimed within %s of the first advert, announced within %s", s.lastAdded(advert).Round(10*time.Microsecond), s.lastAnnounced(advert).Round(10*time.Microsecond))
	if d := max(s.lastAdded(advert), s.lastAnnounced(advert)); d > time.Second {
		t.Errorf("that took %s", d)
	}

	time.Sleep(3 * time.Second) // the announcements of the promotion are over
	const idle = 4 * time.Second
	from, before := time.Now(), s.cpu(n)
	time.Sleep(idle) // what is measured: longer than a lease
	to, used := time.Now(), s.cpu(n)-before
	s.heldAlone(n, from, to) // that is longer than a lease: they were renewed
	rate, crowd := s.messages(from, to)
	t.Logf("idle with %d addresses: %.0f netlink messages a second, at most %d in %s; %.1f %% of a processor",
		manyAddresses, rate, crowd, crowdWindow, 100*used.Seconds()/to.Sub(from).Seconds())
	if rate > renewalRate+renewalBurst/to.Sub(from).Seconds() {
		t.Errorf("%.0f netlink messages a second, want at most %d", rate, renewalRate)
	}
	if crowd > crowdLimit {
		t.Errorf("%d netlink messages in %s, want at most %d", crowd, crowdWindow, crowdLimit)
	}

	s.ok(n.Kill())
	killed := time.Now()
	lease := time.Duration(manyAddresses) * 3 * time.Second / renewalRate
	for _, e := range entries {
		s.gone(n.Host, e.address(), killed.Add(lease+kernelSlack))
	}
	t.Logf("all gone %s after kill -9, with a lease of %s", time.Since(killed).Round(time.Millisecond), lease)
}

// lastAdded returns how long after a time the last address was there.
func (s *scene) lastAdded(since time.Time) (last time.Duration) {
	for _, a := range s.Setup.Addresses {
		for _, x := range s.watcher.Tenures(a) {
			last = max(last, x.From.Sub(since))
		}
	}
	return last
}

// lastAnnounced returns how long after a time the last address was announced for the first time. An address that was not
// is a mistake.
func (s *scene) lastAnnounced(since time.Time) (last time.Duration) {
	s.t.Helper()
	announced := make(map[string]time.Duration)
	for _, f := range s.tap.Frames(func(f *lab.Frame) bool { return f.Kind == lab.KindGARP }) {
		if _, again := announced[f.Address.String()]; !again {
			announced[f.Address.String()] = f.At.Sub(since)
			last = max(last, f.At.Sub(since))
		}
	}
	if len(announced) != len(s.Setup.Addresses) {
		s.t.Errorf("%d addresses were announced, want %d", len(announced), len(s.Setup.Addresses))
	}
	return last
}

// messages returns how many changes of addresses the kernel told its listeners about, a second and at most in crowdWindow.
func (s *scene) messages(from, to time.Time) (rate float64, crowd int) {
	var at []time.Time
	for _, a := range s.Setup.Addresses {
		for _, c := range s.watcher.Changes(a) {
			if c.At.After(from) && c.At.Before(to) {
				at = append(at, c.At)
			}
		}
	}
	slices.SortFunc(at, time.Time.Compare)
	for i, j := 0, 0; j < len(at); j++ {
		for at[j].Sub(at[i]) > crowdWindow {
			i++
		}
		crowd = max(crowd, j-i+1)
	}
	return float64(len(at)) / to.Sub(from).Seconds(), crowd
}

// cpu returns the processor time that a node's daemon has used, proc_pid_stat(5).
func (s *scene) cpu(n *lab.Node) time.Duration {
	s.t.Helper()
	content, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", n.Process().PID()))
	s.ok(err)
	_, rest, _ := strings.Cut(string(content), ") ") // the name may contain spaces
	fields := strings.Fields(rest)
	ticks := 0
	for _, f := range fields[11:13] { // utime and stime
		v, err := strconv.Atoi(f)
		s.ok(err)
		ticks += v
	}
	return time.Duration(ticks) * 10 * time.Millisecond
}
