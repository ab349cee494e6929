//go:build privileged

package system_test

import (
	"slices"
	"testing"
	"time"

	"github.com/aloft-ha/aloft/internal/lab"
	"github.com/aloft-ha/aloft/internal/lab/labtest"
)

// owner is the priority that makes www1 the owner of the addresses, in RFC 9568's sense.
const owner = "priority: {www1: 255, www2: 190}"

// The owner serves its own address from the first moment, and neither adds nor removes it.
func TestOwnerServesItsOwnAddressAtOnce(t *testing.T) {
	t.Parallel()
	entries := bare("192.0.2.1/24", "2001:db8::1/64") // www1's own
	o := floating(2, entries, owner)
	o.Interval = interval(100)
	o.File = fileOf(o, entries, owner)
	s := setScene(t, o)
	n := s.Nodes[0]
	began := time.Now()
	s.ok(n.Start())
	advert, err := s.tap.Await(labtest.Within(t, 5*time.Second), began, lab.ActiveAdvert(n.Name, lab.DefaultVRID))
	s.ok(err)
	t.Logf("Active %s after its start, with adverts every second", advert.At.Sub(began).Round(time.Millisecond))
	if d := advert.At.Sub(began); d > s.down(0)/2 || advert.Advert.Priority != 255 {
		t.Errorf("it advertises priority %d after %s, want 255 at once", advert.Advert.Priority, d)
	}
	for _, e := range entries {
		if _, err := s.tap.Await(labtest.Within(t, time.Second), advert.At, func(f *lab.Frame) bool { return f.Announces(e.address()) }); err != nil {
			t.Errorf("%s is not announced: %v", e.prefix, err)
		}
	}
	s.ok(s.Nodes[1].Start())
	time.Sleep(6 * time.Second) // longer than the lease that a floating address would have
	s.steady(n)
	s.leave(n)
	for _, e := range entries {
		x, there := s.look(n.Host, e.address())
		if !there || x.Proto == ifaProto || x.Valid != 0 {
			t.Errorf("there is %s, want the host's own %s as it was", x, e.prefix)
		}
		if got := s.changesOf(n.Host, e.address(), began); len(got) > 0 {
			t.Errorf("%s was touched: %v", e.prefix, got)
		}
	}
}

// What the owner's host does not have is put up like any other floating address; and what somebody deletes too.
func TestOwnerPutsUpWhatItsHostLacks(t *testing.T) {
	t.Parallel()
	entries := bare("192.0.2.1/24", "192.0.2.101/32", "192.0.2.102/32")
	s := setScene(t, floating(2, entries, owner)) // www2 never runs
	n := s.Nodes[0]
	s.put(n.Host, "192.0.2.102/32")
	time.Sleep(onTheWay) // until the watcher has read of it, so that it is before what is judged
	began := time.Now()
	s.ok(n.Start())
	s.awaitHolds(n, entries[1:2], time.Second)
	time.Sleep(3 * time.Second) // longer than the lease
	s.wantLease(n.Host, entries[1].address(), 2*time.Second)
	if got := s.changesOf(n.Host, entries[2].address(), began); len(got) > 0 {
		t.Errorf("the host's own %s was touched: %v", entries[2].prefix, got)
	}
	s.takeDown(n.Host, entries[2].prefix)
	deleted := time.Now()
	s.awaitHolds(n, entries[2:], time.Second)
	t.Logf("put up %s after it was deleted", time.Since(deleted).Round(100*time.Microsecond))
	time.Sleep(3 * time.Second) // longer than the lease
	s.wantLease(n.Host, entries[2].address(), 2*time.Second)
	if got := s.advertisers(began, time.Now()); !slices.Equal(got, []string{"www1"}) {
		t.Errorf("%v advertised themselves", got)
	}
	if zeros := s.advertsOf(n, began, time.Now(), func(f *lab.Frame) bool { return f.Advert.Priority == 0 }); len(zeros) > 0 {
		t.Errorf("it yielded %d times", len(zeros))
	}
	s.leave(n)
	for i, want := range []bool{true, false, false} {
		if _, there := s.look(n.Host, entries[i].address()); there != want {
			t.Errorf("after the stop %s is there: %v, want %v", entries[i].prefix, there, want)
		}
	}
}
