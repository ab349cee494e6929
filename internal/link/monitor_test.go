package link

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/sys/unix"
)

// fakeKernel is a kernel in a synctest bubble. Each value sent on the channel is what one receive finds pending.
type fakeKernel struct {
	pending     chan delivery
	interrupted chan struct{}
	closed      bool
	readCost    time.Duration

	mu      sync.Mutex // the passing of time is no order to the race detector
	reads   int
	state   Snapshot
	readErr error
}

type delivery struct {
	datagrams [][]byte
	err       error
}

func newFakeKernel() *fakeKernel {
	return &fakeKernel{state: sample()}
}

// enter makes the channels, which have to belong to the bubble.
func (k *fakeKernel) enter() *fakeKernel {
	k.pending, k.interrupted = make(chan delivery), make(chan struct{})
	return k
}

func (k *fakeKernel) receive(until time.Time, each func([]byte)) error {
	var expired <-chan time.Time
	if !until.IsZero() {
		expired = time.After(time.Until(until))
	}
	select {
	case d := <-k.pending:
		for _, b := range d.datagrams {
			each(b)
		}
		return d.err
	case <-expired:
		return os.ErrDeadlineExceeded
	case <-k.interrupted:
		return os.ErrClosed
	}
}

func (k *fakeKernel) read() (Snapshot, error) {
	k.count(&k.reads)
	time.Sleep(k.readCost)
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.state, k.readErr
}

func (k *fakeKernel) interrupt() { close(k.interrupted) }

func (k *fakeKernel) close() { k.closed = true }

// watched is a running Monitor on a fake kernel.
type watched struct {
	*fakeKernel
	t         *testing.T
	published []Snapshot
	hints     int
	err       error
	ended     bool
}

// watch runs a Monitor in a bubble and calls f once the first snapshot is out.
func watch(t *testing.T, k *fakeKernel, f func(w *watched)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := &watched{fakeKernel: k.enter(), t: t}
		m := NewMonitor(
			func(s Snapshot) {
				k.mu.Lock()
				defer k.mu.Unlock()
				w.published = append(w.published, s)
			},
			func() { k.count(&w.hints) },
			slog.New(slog.DiscardHandler))
		m.open = func() (kernel, error) { return k, nil }

		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() {
			defer close(done)
			w.err = m.Run(ctx)
			w.ended = true
		}()
		synctest.Wait()
		f(w)
		cancel()
		<-done
		if !k.closed {
			t.Error("want the socket closed when Run has returned")
		}
	})
}

// deliver makes notifications pending and lets the Monitor settle, without time passing.
func (w *watched) deliver(d delivery) {
	w.t.Helper()
	w.pending <- d
	synctest.Wait()
}

func (w *watched) want(why string, reads, published, hints int) {
	w.t.Helper()
	synctest.Wait()
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.reads != reads || len(w.published) != published || w.hints != hints {
		w.t.Errorf("%s: want %d readings, %d snapshots, %d hints; got %d, %d, %d",
			why, reads, published, hints, w.reads, len(w.published), w.hints)
	}
}

func addrMessage(t *testing.T, typ uint16, body string) []byte {
	return notification(typ, unhex(t, body))
}

func (k *fakeKernel) count(n *int) {
	k.mu.Lock()
	defer k.mu.Unlock()
	*n++
}

// set changes what readings return.
func (k *fakeKernel) set(s Snapshot, err error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.state, k.readErr = s, err
}

// with is the sample with another address on eth0.
func with(a Address) Snapshot {
	s := sample()
	s.Links[1].Addresses = append(s.Links[1].Addresses, a)
	return s
}

func TestMonitorPublishesOnceAtStart(t *testing.T) {
	watch(t, newFakeKernel(), func(w *watched) {
		w.want("start", 1, 1, 0)
		if !w.published[0].Equal(sample()) {
			t.Errorf("want the kernel's state, got %+v", w.published[0])
		}
		time.Sleep(time.Hour)
		w.want("an hour of silence", 1, 1, 0)
	})
}

func TestMonitorPublishesOnlyWhatDiffers(t *testing.T) {
	watch(t, newFakeKernel(), func(w *watched) {
		link := delivery{datagrams: [][]byte{notification(unix.RTM_NEWLINK, nil)}}
		w.deliver(link)
		w.want("a notification without a change", 2, 1, 0)
		w.set(Snapshot{Links: sample().Links[:3]}, nil)
		w.deliver(link)
		w.want("a link went", 3, 2, 0)
	})
}

func TestMonitorReadsOnceForManyNotifications(t *testing.T) {
	watch(t, newFakeKernel(), func(w *watched) {
		w.set(with(address("198.51.100.7/24")), nil)
		var d delivery
		for range 1000 {
			d.datagrams = append(d.datagrams, addrMessage(t, unix.RTM_NEWADDR, foreignBody))
		}
		w.deliver(d)
		w.want("a thousand notifications", 2, 2, 1)
	})
}

func TestMonitorRestsAfterAnExpensiveReading(t *testing.T) {
	k := newFakeKernel()
	k.readCost = 10 * time.Millisecond
	watch(t, k, func(w *watched) {
		time.Sleep(10 * time.Millisecond)
		w.want("start", 1, 1, 0)
		d := delivery{datagrams: [][]byte{addrMessage(t, unix.RTM_DELADDR, foreignBody)}}
		for range 39 {
			w.deliver(d)
			time.Sleep(time.Millisecond)
		}
		w.want("changes while it rests: the hints go out at once", 1, 1, 39)
		time.Sleep(time.Millisecond)
		w.want("the rest is over", 2, 1, 39)
		time.Sleep(time.Hour)
		w.want("one reading for all", 2, 1, 39)
	})
}

func TestMonitorHintsAtOnce(t *testing.T) {
	tests := []struct {
		name         string
		message      func(t *testing.T) []byte
		reads, hints int // more, without time passing
	}{
		{"a deleted address", func(t *testing.T) []byte { return addrMessage(t, unix.RTM_DELADDR, foreignBody) }, 1, 1},
		{"a deleted address of ours", func(t *testing.T) []byte { return addrMessage(t, unix.RTM_DELADDR, ownBody) }, 1, 1},
		{"a new address of somebody's", func(t *testing.T) []byte { return addrMessage(t, unix.RTM_NEWADDR, foreignBody) }, 1, 1},
		{"a new address of ours", func(t *testing.T) []byte { return addrMessage(t, unix.RTM_NEWADDR, ownBody) }, 0, 0},
		{"a link", func(*testing.T) []byte { return notification(unix.RTM_DELLINK, nil) }, 1, 0},
		{"a route", func(*testing.T) []byte { return notification(unix.RTM_NEWROUTE, nil) }, 0, 0},
	}
	for _, tt := range tests {
		watch(t, newFakeKernel(), func(w *watched) {
			w.deliver(delivery{datagrams: [][]byte{tt.message(t)}})
			w.want(tt.name, 1+tt.reads, 1, tt.hints)
		})
	}
}

func TestMonitorIgnoresRenewals(t *testing.T) {
	k := newFakeKernel()
	own := Address{Prefix: address("192.0.2.100/32").Prefix, Proto: 112}
	k.state.Links[2].Index = 3 // the link of ownBody
	k.state.Links[2].Addresses = append(k.state.Links[2].Addresses, own)
	watch(t, k, func(w *watched) {
		d := delivery{datagrams: [][]byte{addrMessage(t, unix.RTM_NEWADDR, ownBody)}}
		for range 200 {
			w.deliver(d)
			time.Sleep(5 * time.Millisecond)
		}
		time.Sleep(time.Hour)
		w.want("200 renewals", 1, 1, 0)
		w.deliver(delivery{datagrams: [][]byte{addrMessage(t, unix.RTM_DELADDR, ownBody)}})
		w.want("and it was deleted", 2, 1, 1)
	})
}

func TestMonitorShowsOurOwnNewAddressLater(t *testing.T) {
	watch(t, newFakeKernel(), func(w *watched) {
		w.set(with(Address{Prefix: address("192.0.2.100/32").Prefix, Proto: 112}), nil)
		w.deliver(delivery{datagrams: [][]byte{addrMessage(t, unix.RTM_NEWADDR, ownBody)}})
		time.Sleep(lazyDelay - 1)
		w.want("not yet", 1, 1, 0)
		time.Sleep(time.Nanosecond)
		w.want("after the delay", 2, 2, 0)
	})
}

func TestMonitorReadsAllWhenNotificationsAreLost(t *testing.T) {
	watch(t, newFakeKernel(), func(w *watched) {
		w.set(with(address("198.51.100.7/24")), nil)
		w.deliver(delivery{err: unix.ENOBUFS})
		w.want("lost notifications", 2, 2, 1)
		w.deliver(delivery{datagrams: [][]byte{notification(unix.RTM_NEWLINK, nil)}})
		w.want("it goes on", 3, 2, 1)
	})
}

func TestMonitorRepeatsAFailedReading(t *testing.T) {
	watch(t, newFakeKernel(), func(w *watched) {
		changed := with(address("198.51.100.7/24"))
		w.set(changed, errors.New("no memory"))
		w.deliver(delivery{datagrams: [][]byte{notification(unix.RTM_NEWLINK, nil)}})
		w.want("failed", 2, 1, 0)
		time.Sleep(time.Second)
		w.want("failed again", 3, 1, 0)
		w.set(changed, nil)
		time.Sleep(time.Second)
		w.want("read", 4, 2, 0)
	})
}

func TestMonitorEnds(t *testing.T) {
	broken := errors.New("broken socket")
	t.Run("when its context is done", func(t *testing.T) {
		k := newFakeKernel()
		var w *watched
		watch(t, k, func(running *watched) {
			w = running
			if w.ended {
				t.Error("want it running")
			}
		})
		if !w.ended || w.err != nil {
			t.Errorf("want it ended without an error, got %v, %v", w.ended, w.err)
		}
	})
	t.Run("when the socket breaks", func(t *testing.T) {
		watch(t, newFakeKernel(), func(w *watched) {
			w.deliver(delivery{err: broken})
			if !w.ended || !errors.Is(w.err, broken) {
				t.Errorf("want it ended with %v, got %v, %v", broken, w.ended, w.err)
			}
		})
	})
	t.Run("when the first reading fails", func(t *testing.T) {
		k := newFakeKernel()
		k.readErr = broken
		watch(t, k, func(w *watched) {
			if !w.ended || !errors.Is(w.err, broken) {
				t.Errorf("want it ended with %v, got %v, %v", broken, w.ended, w.err)
			}
			w.want("nothing is published", 1, 0, 0)
		})
	})
	t.Run("when there is no socket", func(t *testing.T) {
		m := NewMonitor(func(Snapshot) { t.Error("want nothing published") }, nil, slog.New(slog.DiscardHandler))
		m.open = func() (kernel, error) { return nil, broken }
		if err := m.Run(t.Context()); !errors.Is(err, broken) {
			t.Errorf("want %v, got %v", broken, err)
		}
	})
}

func TestMonitorWithoutAHintCallback(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newFakeKernel().enter()
		m := NewMonitor(func(Snapshot) {}, nil, slog.New(slog.DiscardHandler))
		m.open = func() (kernel, error) { return k, nil }
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- m.Run(ctx) }()
		k.pending <- delivery{datagrams: [][]byte{addrMessage(t, unix.RTM_DELADDR, foreignBody)}}
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}
