package vip

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/sys/unix"
	"pgregory.net/rapid"
)

// The wants of two owners on one link, with what the kernel must show for each in `ip addr` order of text. The host
// itself has 192.0.2.1/24 and 2001:db8::1/64.
var states = map[Owner][]struct {
	want   Want
	kernel []string
}{
	"web": {
		{},
		{want("192.0.2.100/32"), []string{"eth0 192.0.2.100/32 proto 112"}},
		{want("192.0.2.100/24"), []string{"eth0 192.0.2.100/24 proto 112 secondary"}},
		{want("192.0.2.100/24", "192.0.2.101/24"), []string{
			"eth0 192.0.2.100/24 proto 112 secondary", "eth0 192.0.2.101/24 proto 112 secondary",
		}},
		{label(want("192.0.2.101/24"), "eth0:w"), []string{"eth0 192.0.2.101/24 label eth0:w proto 112 secondary"}},
		{forever(want("198.51.100.1/24")), []string{"eth0 198.51.100.1/24 proto 112"}},
		{Want{Keep: true}, nil}, // checked separately: it changes nothing
	},
	"db": {
		{},
		{want("198.51.100.2/24"), []string{"eth0 198.51.100.2/24 proto 112"}},
		{want("2001:db8::100/128"), []string{"eth0 2001:db8::100/128 proto 112 deprecated"}},
		{want("2001:db8::100/64", "2001:db8::101/128"), []string{
			"eth0 2001:db8::100/64 proto 112 deprecated", "eth0 2001:db8::101/128 proto 112 deprecated",
		}},
		{source(want("2001:db8::101/128")), []string{"eth0 2001:db8::101/128 proto 112"}},
	},
}

const hostText = "eth0 192.0.2.1/24\neth0 2001:db8::1/64\n"

// randomRun is the system under random orders: what is wanted now, and a living or dead Manager.
type randomRun struct {
	b       *bench
	current map[Owner]int
	drawn   []string
}

func TestRandomOrders(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		steps := rapid.SliceOfN(rapid.IntRange(0, 1<<20), 1, 40).Draw(rt, "steps")
		var failure error
		var trace []string
		synctest.Test(t, func(t *testing.T) {
			k := newFakeKernel()
			k.host(2, "192.0.2.1/24")
			k.host(2, "2001:db8::1/64")
			k.host(3, "203.0.113.1/24") // shows at once that this kernel keeps marks
			k.addrs[2].Proto = 3
			r := &randomRun{b: newBench(t, k, t.TempDir()+"/state"), current: map[Owner]int{}}
			r.boot()
			for _, n := range steps {
				if failure = r.step(n); failure != nil {
					break
				}
			}
			trace = r.drawn
			if err := errors.Join(failure, r.shutdown()); failure == nil {
				failure = err
			}
		})
		if failure != nil {
			rt.Fatalf("%v\nafter:\n%s", failure, strings.Join(trace, "\n"))
		}
	})
}

func (r *randomRun) boot() {
	r.b.run()
	all := make(map[Owner][]Address)
	for owner, list := range states {
		for _, s := range list {
			all[owner] = append(all[owner], s.want.Addresses...)
		}
	}
	r.b.m.Configure(all)
	r.setAll()
}

func (r *randomRun) setAll() {
	for owner := range states {
		r.b.m.Set(owner, states[owner][r.current[owner]].want)
		r.b.m.Announce(owner)
	}
}

// step does something drawn by n, then renews as an engine would, and checks that the kernel has converged.
func (r *randomRun) step(n int) error {
	k := r.b.kernel
	pick := n >> 3
	switch n & 7 {
	case 0, 1:
		r.choose("web", pick)
	case 2, 3:
		r.choose("db", pick)
	case 4:
		r.note("somebody deletes an address of ours")
		if ours := r.ours(); len(ours) > 0 {
			a := ours[pick%len(ours)]
			k.del(a.Ifindex, a.Prefix.String())
		}
	case 5:
		r.note("somebody deletes the host's address and puts it back")
		k.del(2, "192.0.2.1/24")
		k.host(2, "192.0.2.1/24")
	case 6:
		r.note("the kernel refuses a while")
		k.change(func() { k.refuse[[]string{"add", "remove", "renew"}[pick%3]] = unix.ENOBUFS })
		r.choose([]Owner{"web", "db"}[pick%2], pick>>2)
		synctest.Wait()
		time.Sleep(20 * time.Millisecond)
		k.change(func() { clear(k.refuse) })
		r.setAll()
	case 7:
		r.note("killed and started again")
		r.kill()
	}
	return r.check()
}

func (r *randomRun) note(s string) { r.drawn = append(r.drawn, s) }

func (r *randomRun) choose(owner Owner, pick int) {
	r.current[owner] = pick % len(states[owner])
	s := states[owner][r.current[owner]]
	r.note(fmt.Sprintf("%s wants %v keep=%v", owner, s.want.Addresses, s.want.Keep))
	r.b.m.Set(owner, s.want)
	r.b.m.Announce(owner)
}

func (r *randomRun) ours() (ours []fakeAddress) {
	for _, a := range r.b.kernel.addrs {
		if a.Proto == Proto {
			ours = append(ours, a)
		}
	}
	return ours
}

// kill replaces the Manager by a new one. The old one ends without a reading of the kernel, so it can clean up nothing.
func (r *randomRun) kill() {
	synctest.Wait()
	r.b.kernel.change(func() { r.b.kernel.unread = errors.New("killed") })
	_ = r.b.stop()
	r.b.kernel.change(func() { r.b.kernel.unread = nil })
	r.b = newBench(r.b.t, r.b.kernel, r.b.file)
	r.boot()
}

// check lets everything settle, back-off included, and compares the kernel with what is wanted.
func (r *randomRun) check() error {
	for range 12 {
		time.Sleep(500 * time.Millisecond)
		r.b.m.Nudge()
		r.b.m.Renew("web", 3*time.Second, 0)
		r.b.m.Renew("db", 3*time.Second, 0)
		synctest.Wait()
	}
	want := r.wantText()
	if got := r.text(); got != want {
		return fmt.Errorf("the kernel has\n%swant\n%s", got, want)
	}
	for _, s := range r.b.announced {
		if strings.Contains(s, "not there") {
			return fmt.Errorf("announced %s", s)
		}
	}
	return nil
}

// text is the kernel's text of eth0 without lifetimes, sorted, and with the order within the shared subnet left out
// except that the host's own address comes first.
func (r *randomRun) text() string {
	var lines []string
	for line := range strings.Lines(r.b.kernel.String()) {
		line, _, _ = strings.Cut(strings.TrimSpace(line), " valid")
		if strings.HasPrefix(line, "eth0 198.51.100.") {
			line = strings.TrimSuffix(line, " secondary") // of two routers, whoever came first is primary
		}
		if strings.HasPrefix(line, "eth0") {
			lines = append(lines, line+"\n")
		}
	}
	slices.Sort(lines)
	return strings.Join(lines, "")
}

func (r *randomRun) wantText() string {
	lines := strings.SplitAfter(hostText, "\n")
	for owner, i := range r.current {
		for _, line := range states[owner][i].kernel {
			lines = append(lines, line+"\n")
		}
	}
	slices.Sort(lines)
	return strings.Join(lines, "")
}

// shutdown releases everything and expects the kernel as it was at first.
func (r *randomRun) shutdown() error {
	for owner := range states {
		r.b.m.Set(owner, Want{})
	}
	if err := r.b.stop(); err != nil {
		return err
	}
	synctest.Wait()
	if got := r.text(); got != hostText {
		return fmt.Errorf("at the end the kernel has\n%swant\n%s", got, hostText)
	}
	if r.b.kernel.promote[2] {
		return errors.New("promote_secondaries is not restored")
	}
	return nil
}
