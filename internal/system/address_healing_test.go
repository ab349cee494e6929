//go:build privileged

package system_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/vishvananda/netlink"

	"github.com/aloft-ha/aloft/internal/lab"
	"github.com/aloft-ha/aloft/internal/lab/labtest"
)

// backLimit is how soon an address that somebody deleted is back and announced.
const backLimit = 50 * time.Millisecond

// Ten addresses are deleted once each, for the second time in a row may mean a program that does it for ever.
func TestDeletedAddressIsBack(t *testing.T) {
	t.Parallel()
	var entries []entry
	for i := range 5 {
		entries = append(entries, entry{prefix: fmt.Sprintf("192.0.2.%d/32", 100+i)}, entry{prefix: fmt.Sprintf("2001:db8::1:%d/128", i)})
	}
	s := setScene(t, floating(2, entries))
	s.serve(s.Nodes[0])
	s.ok(s.Nodes[1].Start())
	time.Sleep(2500 * time.Millisecond) // the announcements of the promotion are over
	began := time.Now()
	var back, announced []time.Duration
	for _, e := range entries {
		b, a := s.deleteAndHeal(s.Nodes[0].Host, e)
		back, announced = append(back, b), append(announced, a)
	}
	t.Logf("back after %v, announced after %v", back, announced)
	if m := max(median(back), median(announced)); m > backLimit {
		t.Errorf("the median is %s, to be under %s", m, backLimit)
	}
	s.steady(s.Nodes[0])
	if got := s.advertisers(began, time.Now()); !slices.Equal(got, []string{"www1"}) {
		t.Errorf("%v advertised themselves, want www1 alone", got)
	}
}

// deleteAndHeal deletes an address by hand and measures when it was back, and when it was announced.
func (s *scene) deleteAndHeal(h *lab.Host, e entry) (back, announced time.Duration) {
	s.t.Helper()
	ctx := labtest.Within(s.t, 2*time.Second)
	began := time.Now()
	s.takeDown(h, e.prefix)
	is := func(c lab.Change) func(lab.AddressChange) bool {
		return func(x lab.AddressChange) bool { return x.Address == e.address() && x.Host == h.Name && x.Change == c }
	}
	_, err := s.watcher.Await(ctx, began, is(lab.Removed))
	s.ok(err)
	there, err := s.watcher.Await(ctx, began, is(lab.Added))
	s.ok(err)
	frame, err := s.tap.Await(ctx, began, func(f *lab.Frame) bool { return f.Port == h.Name && f.Announces(e.address()) })
	if err != nil {
		s.t.Fatalf("%s is not announced again: %v", e.prefix, err)
	}
	return there.At.Sub(began), frame.At.Sub(began)
}

// A program that removes the address again and again, as some network managers do, is answered less and less often, until
// the lease would end before the next answer: then the router yields to the other node, while its last advert is fresh. The
// other keeps the address, for only a takeover shows whether it would last; but when that one goes the first serves again.
func TestRemoverInALoopIsAnsweredWithBackOff(t *testing.T) {
	t.Parallel()
	s := setScene(t, floating(2, bare("192.0.2.100/32")))
	beset, other := s.serveWithBackup()

	began := time.Now()
	ctx, stop := context.WithCancel(t.Context())
	removed := make(chan int)
	go func() { removed <- removeForever(ctx, s.eth0(beset.Host), beset.Host, "192.0.2.100/32") }()
	time.Sleep(4 * time.Second) // long enough that the back-off ends in yielding
	stop()
	t.Logf("the remover removed it %d times; tenures in s since it began: %s", <-removed, s.tenures(s.Address(), began))
	added := 0
	for _, c := range s.changesOf(beset.Host, s.Address(), began) {
		if c.Change == lab.Added {
			added++
		}
	}
	if added < 4 || added > 30 {
		t.Errorf("it was put back %d times in 4 s, want a few", added)
	}
	s.awaitAlone(time.Now(), other, time.Second)
	s.steady(other)
	if shared := lab.LongestShared(s.watcher.Tenures(s.Address()), began, time.Now()); shared > onTheWay {
		t.Errorf("two nodes had it for %s", shared)
	}

	s.leave(other)
	s.awaitAlone(time.Now(), beset, 2*time.Second)
	s.steady(beset)
}

// removeForever removes an address whenever it is there, and counts.
func removeForever(ctx context.Context, eth0 netlink.Link, h *lab.Host, prefix string) (n int) {
	for ctx.Err() == nil {
		if h.Route().AddrDel(eth0, addressOf(prefix)) == nil {
			n++
		}
		time.Sleep(time.Millisecond) // a program that looks about a thousand times a second
	}
	return n
}
