package vip

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/netip"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"
)

var sightingCmp = cmp.Comparer(func(a, b netip.Addr) bool { return a == b })

// fakeEar is an ear in a synctest bubble.
type fakeEar struct {
	frames chan frameHeard
	closed chan struct{}
	dead   bool // the interface was deleted, and nobody said so
}

type frameHeard struct {
	announcement announcement
	why          Ignored
	err          error
}

func (e *fakeEar) hear() (announcement, Ignored, error) {
	select {
	case f := <-e.frames:
		return f.announcement, f.why, f.err
	case <-e.closed:
		return announcement{}, 0, os.ErrClosed
	}
}

func (e *fakeEar) alive() bool { return !e.dead }
func (e *fakeEar) close()      { close(e.closed) }

// listening is a running Listener on fake ears.
type listening struct {
	*Listener
	t    *testing.T
	stop context.CancelFunc

	mu       sync.Mutex
	absent   map[int]bool // interfaces that cannot be listened on
	ears     map[int][]*fakeEar
	opened   []int
	sighted  []Sighting
	ownMAC   [6]byte
	ownReads int
	ownErr   error
	err      error
}

func listen(t *testing.T, f func(l *listening)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		l := &listening{t: t, absent: map[int]bool{}, ears: map[int][]*fakeEar{}, ownMAC: [6]byte{2, 0, 0, 0, 0, 0xff}}
		l.Listener = NewListener(func(s Sighting) { l.locked(func() { l.sighted = append(l.sighted, s) }) }, slog.New(slog.DiscardHandler))
		l.open = l.openFake
		l.ownMACs = func() (macs map[[6]byte]bool, err error) {
			l.locked(func() {
				l.ownReads++
				macs, err = map[[6]byte]bool{l.ownMAC: true}, l.ownErr
			})
			return macs, err
		}
		ctx, cancel := context.WithCancel(t.Context())
		l.stop = cancel
		done := make(chan struct{})
		go func() {
			defer close(done)
			l.err = l.Run(ctx)
		}()
		synctest.Wait()
		f(l)
		cancel()
		<-done
		// The bubble itself fails the test if a goroutine is left.
		if l.err != nil {
			t.Errorf("want Run to end without an error, got %v", l.err)
		}
	})
}

func (l *listening) locked(f func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	f()
}

func (l *listening) openFake(ifindex int) (ears []ear, err error) {
	l.locked(func() {
		if l.absent[ifindex] {
			err = unix.ENODEV
			return
		}
		l.opened = append(l.opened, ifindex)
		l.ears[ifindex] = nil
		for range 2 {
			e := &fakeEar{frames: make(chan frameHeard), closed: make(chan struct{})}
			l.ears[ifindex] = append(l.ears[ifindex], e)
			ears = append(ears, e)
		}
	})
	return ears, err
}

// watch sets the interfaces and lets the Listener settle.
func (l *listening) watch(ifindexes ...int) {
	l.Watch(ifindexes)
	synctest.Wait()
}

func (l *listening) hears(ifindex, which int, f frameHeard) {
	l.ears[ifindex][which].frames <- f
	synctest.Wait()
}

func (l *listening) wantOpened(why string, want ...int) {
	l.t.Helper()
	l.locked(func() {
		if diff := cmp.Diff(want, l.opened); diff != "" {
			l.t.Errorf("%s: interfaces opened (-want +got):\n%s", why, diff)
		}
		l.opened = nil
	})
}

func (l *listening) wantSighted(why string, want ...Sighting) {
	l.t.Helper()
	l.locked(func() {
		if diff := cmp.Diff(want, l.sighted, sightingCmp); diff != "" {
			l.t.Errorf("%s: sightings (-want +got):\n%s", why, diff)
		}
		l.sighted = nil
	})
}

func (l *listening) isClosed(ifindex int) bool {
	return slices.ContainsFunc(l.ears[ifindex], func(e *fakeEar) bool {
		select {
		case <-e.closed:
			return true
		default:
			return false
		}
	})
}

var (
	addr100 = netip.MustParseAddr("192.0.2.100")
	foreign = frameHeard{announcement: announcement{addr100, [6]byte{2, 0, 0, 0, 0, 1}}}
)

func sightingOn(ifindex int) Sighting {
	return Sighting{Ifindex: ifindex, Address: addr100, MAC: [6]byte{2, 0, 0, 0, 0, 1}}
}

func TestListenerReportsWhatOthersAnnounce(t *testing.T) {
	listen(t, func(l *listening) {
		l.wantOpened("nothing is watched yet")
		l.watch(2, 3)
		l.wantOpened("two interfaces", 2, 3)
		l.hears(2, 0, foreign)
		l.hears(3, 1, foreign)
		l.wantSighted("one on each", sightingOn(2), sightingOn(3))
		time.Sleep(time.Hour)
		l.wantSighted("silence")
	})
}

func TestListenerReportsWithoutDelay(t *testing.T) {
	listen(t, func(l *listening) {
		l.watch(2)
		before := time.Now()
		time.Sleep(10 * ownMACsAge) // so that it looks up its own addresses too
		l.hears(2, 0, foreign)
		l.wantSighted("no time has passed", sightingOn(2))
		if took := time.Since(before) - 10*ownMACsAge; took != 0 {
			t.Errorf("want no waiting, got %v", took)
		}
	})
}

func TestListenerCountsWhatItIgnores(t *testing.T) {
	listen(t, func(l *listening) {
		l.watch(2)
		for range 3 {
			l.hears(2, 0, frameHeard{why: IgnoredNotGratuitous})
		}
		l.hears(2, 1, frameHeard{why: IgnoredHopLimit})
		l.hears(2, 1, frameHeard{announcement: announcement{addr100, l.ownMAC}})
		l.wantSighted("nothing to report")
		want := map[Ignored]uint64{IgnoredNotGratuitous: 3, IgnoredHopLimit: 1, IgnoredOwn: 1}
		if diff := cmp.Diff(want, l.Ignored()); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

func TestListenerNeedsNoLog(t *testing.T) {
	l := NewListener(func(Sighting) {}, nil)
	l.open = func(int) ([]ear, error) { return nil, unix.ENODEV }
	l.ownMACs = func() (map[[6]byte]bool, error) { return nil, unix.EMFILE }
	l.Watch([]int{9})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := l.Run(ctx); err != nil {
		t.Errorf("Run: %v", err)
	}
}

func TestListenerSaysAtTheEndWhatItIgnored(t *testing.T) {
	var log bytes.Buffer
	listen(t, func(l *listening) {
		l.log = slog.New(slog.NewTextHandler(&log, nil))
		l.watch(2)
		l.hears(2, 0, frameHeard{why: IgnoredNotGratuitous})
		l.hears(2, 1, frameHeard{why: IgnoredHopLimit})
		synctest.Wait()
	})
	if want := "ignored_not-gratuitous=1 ignored_hop-limit=1"; !strings.Contains(log.String(), want) {
		t.Errorf("want %s, got %s", want, log.String())
	}
}

func TestListenerKnowsItsOwnNewAddressWithinASecond(t *testing.T) {
	listen(t, func(l *listening) {
		l.watch(2)
		own := frameHeard{announcement: announcement{addr100, [6]byte{2, 0, 0, 0, 0, 9}}}
		l.locked(func() { l.ownMAC = own.announcement.mac })
		time.Sleep(ownMACsAge)
		l.hears(2, 0, own)
		l.wantSighted("an interface of ours has it by now")
	})
	listen(t, func(l *listening) {
		l.watch(2)
		own := frameHeard{announcement: announcement{addr100, [6]byte{2, 0, 0, 0, 0, 9}}}
		l.locked(func() { l.ownMAC = own.announcement.mac })
		l.watch(2)
		l.hears(2, 0, own)
		l.wantSighted("Watch says that the links have changed")
	})
}

func TestListenerBoundsTheCostOfAFlood(t *testing.T) {
	listen(t, func(l *listening) {
		l.watch(2)
		l.locked(func() { l.ownReads = 0 })
		for range 1000 {
			l.hears(2, 0, foreign)
			time.Sleep(time.Millisecond)
		}
		l.locked(func() {
			if l.ownReads > 1 || len(l.sighted) != 1000 {
				t.Errorf("1000 announcements in a second: want one look-up and all reported, got %d and %d", l.ownReads, len(l.sighted))
			}
		})
	})
}

func TestListenerKeepsWhatItKnewWhenALookUpFails(t *testing.T) {
	listen(t, func(l *listening) {
		l.watch(2)
		l.locked(func() { l.ownErr = errors.New("no memory") })
		time.Sleep(ownMACsAge)
		l.hears(2, 0, foreign)
		l.hears(2, 0, frameHeard{announcement: announcement{addr100, l.ownMAC}})
		l.wantSighted("only the foreign one", sightingOn(2))
	})
}

func TestWatchIsALevel(t *testing.T) {
	listen(t, func(l *listening) {
		l.watch(2, 3)
		l.wantOpened("two", 2, 3)
		l.watch(3, 4)
		l.wantOpened("one more", 4)
		if !l.isClosed(2) || l.isClosed(3) {
			t.Errorf("want 2 left and 3 kept, got %v, %v", l.isClosed(2), l.isClosed(3))
		}
		l.watch(3, 4)
		l.wantOpened("the same again")
		l.hears(3, 0, foreign)
		l.wantSighted("still heard", sightingOn(3))
		l.watch()
		if !l.isClosed(3) || !l.isClosed(4) {
			t.Error("want all left")
		}
		l.watch(2)
		l.wantOpened("back again", 2)
	})
}

func TestWatchBeforeRunAndOfTheCallersSlice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		opened := make(chan int, 10)
		l := NewListener(func(Sighting) {}, slog.New(slog.DiscardHandler))
		l.ownMACs = func() (map[[6]byte]bool, error) { return nil, nil }
		l.open = func(ifindex int) ([]ear, error) { opened <- ifindex; return nil, nil }
		indexes := []int{5}
		l.Watch(indexes)
		l.Watch(indexes) // does not wait for anybody
		indexes[0] = 6

		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- l.Run(ctx) }()
		if got := <-opened; got != 5 {
			t.Errorf("want interface 5, got %d", got)
		}
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		if len(opened) != 0 {
			t.Errorf("want it opened once, got %d more", len(opened))
		}
	})
}

func TestAnInterfaceThatVanishesComesBackByWatch(t *testing.T) {
	listen(t, func(l *listening) {
		l.watch(2)
		l.hears(2, 0, frameHeard{err: errGone})
		if !l.isClosed(2) {
			t.Error("want the other ear closed too")
		}
		time.Sleep(time.Hour)
		l.wantOpened("once, and quiet since", 2)
		l.watch(2)
		l.wantOpened("Watch", 2)
		l.hears(2, 1, foreign)
		l.wantSighted("heard again", sightingOn(2))
	})
}

// That an interface is gone others report already; any other end of an ear nobody else would ever tell.
func TestAnEarThatFailsOnAnInterfaceThatIsThereIsTold(t *testing.T) {
	for err, want := range map[error]string{unix.ENOMEM: "level=WARN", errGone: ""} {
		var log bytes.Buffer
		listen(t, func(l *listening) {
			l.log = slog.New(slog.NewTextHandler(&log, nil))
			l.watch(2)
			l.hears(2, 0, frameHeard{err: err})
			l.watch(2)
			l.wantOpened("at first and by Watch", 2, 2)
			l.stop()
			synctest.Wait()
			if got := log.String(); want == "" && got != "" || !strings.Contains(got, want) {
				t.Errorf("%v: want %q in the log, got %q", err, want, got)
			}
		})
	}
}

func TestAnInterfaceCreatedAnewUnnoticedIsOpenedByWatch(t *testing.T) {
	listen(t, func(l *listening) {
		l.watch(2)
		l.wantOpened("first", 2)
		l.ears[2][0].dead = true
		l.watch(2)
		l.wantOpened("again", 2)
		l.hears(2, 0, foreign)
		l.wantSighted("heard", sightingOn(2))
	})
}

func TestAnAbsentInterfaceDoesNotKeepOthersFromBeingWatched(t *testing.T) {
	listen(t, func(l *listening) {
		l.locked(func() { l.absent[2] = true })
		l.watch(2, 3)
		l.wantOpened("the one that is there", 3)
		l.locked(func() { delete(l.absent, 2) })
		time.Sleep(time.Hour)
		l.wantOpened("not by itself")
		l.watch(2, 3)
		l.wantOpened("by Watch", 2)
	})
}

func TestListenerEndsWhileAnEarHasSomethingToSay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		blocked := make(chan struct{})
		l := NewListener(func(Sighting) { <-blocked }, slog.New(slog.DiscardHandler))
		l.ownMACs = func() (map[[6]byte]bool, error) { return nil, nil }
		e := &fakeEar{frames: make(chan frameHeard), closed: make(chan struct{})}
		l.open = func(int) ([]ear, error) { return []ear{e}, nil }
		l.Watch([]int{2})
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- l.Run(ctx) }()
		for range 600 { // more than Run's queue holds while the callback blocks
			select {
			case e.frames <- foreign:
			case <-time.After(time.Second):
			}
		}
		cancel()
		close(blocked)
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}
