package vip

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/netip"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// bench is a Manager with a fake kernel, in a synctest bubble.
type bench struct {
	t      *testing.T
	kernel *fakeKernel
	m      *Manager
	file   string
	log    bytes.Buffer
	start  time.Time
	stop   func() error       // ends Run, waits for it, and returns its error
	cancel context.CancelFunc // ends the context of Run, and does not wait

	mu        sync.Mutex
	results   []string
	announced []string
	announces int // calls
	redirects int
}

// managed runs a test with a Manager in a bubble. Prepare may set up the kernel before Run.
func managed(t *testing.T, prepare func(*bench), test func(*testing.T, *bench)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, newFakeKernel(), filepath.Join(t.TempDir(), "addresses.json"))
		if prepare != nil {
			prepare(b)
		}
		b.run()
		synctest.Wait()
		test(t, b)
		if err := b.stop(); err != nil {
			t.Errorf("Run: %v", err)
		}
		if b.kernel.unread == nil {
			b.checkAnnounced()
		}
	})
}

func newBench(t *testing.T, k *fakeKernel, file string) *bench {
	b := &bench{t: t, kernel: k, file: file, start: time.Now()}
	b.m = New(Options{
		Kernel: k, Announce: b, Report: b.report, StateFile: file,
		Log: slog.New(slog.NewTextHandler(&b.log, nil)),
	})
	return b
}

func (b *bench) run() {
	ctx, cancel := context.WithCancel(b.t.Context())
	errC := make(chan error, 1)
	go func() { errC <- b.m.Run(ctx) }()
	b.cancel = cancel
	b.stop = sync.OnceValue(func() error {
		cancel()
		return <-errC
	})
}

func (b *bench) report(r Result) {
	b.mu.Lock()
	defer b.mu.Unlock()
	s := fmt.Sprintf("%s#%d %s", r.Owner, r.Generation, r.Outcome)
	if r.Address.IsValid() {
		s += " " + r.Address.String()
	}
	if !r.Until.IsZero() {
		s += " until " + r.Until.Sub(b.start).String()
	}
	if r.Err != nil {
		s += ": " + r.Err.Error()
	}
	b.results = append(b.results, s)
}

// Announce implements Announcing.
func (b *bench) Announce(addrs []Address) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.announces++
	for _, a := range addrs {
		s := a.Prefix.Addr().String()
		b.kernel.mu.Lock()
		if b.kernel.find(a) < 0 {
			s += " which is not there"
		}
		b.kernel.mu.Unlock()
		b.announced = append(b.announced, s)
	}
	return nil
}

// Redirect implements Announcing.
func (b *bench) Redirect(moved []Moved) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.redirects++
	for _, m := range moved {
		s := fmt.Sprintf("%s at %x", m.Address.Prefix.Addr(), m.MAC)
		b.kernel.mu.Lock()
		if b.kernel.find(m.Address) >= 0 {
			s += " which is still here"
		}
		b.kernel.mu.Unlock()
		b.announced = append(b.announced, s)
	}
	return nil
}

// checkAnnounced fails if there were announcements that no want* call took, or results.
func (b *bench) checkAnnounced() {
	b.t.Helper()
	b.wantAnnounced("after the end")
	b.wantResults("after the end")
}

func (b *bench) wantKernel(why, want string) {
	b.t.Helper()
	synctest.Wait()
	if diff := cmp.Diff(want, b.kernel.String()); diff != "" {
		b.t.Errorf("%s: kernel (-want +got):\n%s", why, diff)
	}
}

// wantResults expects exactly these results since it was last asked.
func (b *bench) wantResults(why string, want ...string) {
	b.t.Helper()
	synctest.Wait()
	b.mu.Lock()
	defer b.mu.Unlock()
	if diff := cmp.Diff(want, b.results); diff != "" {
		b.t.Errorf("%s: results (-want +got):\n%s", why, diff)
	}
	b.results = nil
}

// wantAnnounced expects exactly these announcements since it was last asked.
func (b *bench) wantAnnounced(why string, want ...string) {
	b.t.Helper()
	synctest.Wait()
	b.mu.Lock()
	defer b.mu.Unlock()
	if diff := cmp.Diff(want, b.announced); diff != "" {
		b.t.Errorf("%s: announcements (-want +got):\n%s", why, diff)
	}
	b.announced = nil
}

// wantOps expects exactly these operations since it was last asked.
func (b *bench) wantOps(why string, want ...string) {
	b.t.Helper()
	synctest.Wait()
	if diff := cmp.Diff(want, b.kernel.took()); diff != "" {
		b.t.Errorf("%s: operations (-want +got):\n%s", why, diff)
	}
}

// forget drops what was seen so far.
func (b *bench) forget() {
	synctest.Wait()
	b.mu.Lock()
	defer b.mu.Unlock()
	b.results, b.announced = nil, nil
	b.kernel.took()
}

func (b *bench) configure(owner Owner, prefixes ...string) {
	b.m.Configure(map[Owner][]Address{owner: addrs(prefixes...)})
}

// claim makes the owner "web" want these addresses for 3 s.
func (b *bench) claim(generation uint64, prefixes ...string) {
	w := want(prefixes...)
	w.Generation = generation
	b.m.Set("web", w)
}

// many returns n addresses of 10.0.0.0/8.
func many(n int) (prefixes []string) {
	for i := range n {
		a := netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)})
		prefixes = append(prefixes, netip.PrefixFrom(a, 32).String())
	}
	return prefixes
}

func bare(prefixes []string) (all []string) {
	for _, p := range prefixes {
		all = append(all, netip.MustParsePrefix(p).Addr().String())
	}
	return all
}

func sorted(s []string) []string {
	s = slices.Clone(s)
	slices.Sort(s)
	return s
}
