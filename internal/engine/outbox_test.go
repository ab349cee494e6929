package engine

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/aloft-ha/aloft/internal/config"
	"github.com/aloft-ha/aloft/vrrp"
)

// members makes n members with a socket on one interface.
func members(n, ifindex int, options ...func(*config.Instance)) (list []*member) {
	for i := range n {
		m := newRouter(web(200, append(options, vrid(uint8(i+1)))...), testConfig).members[0]
		m.place = place{ifindex: ifindex, ifname: fmt.Sprintf("eth%d", ifindex), source: addrs("192.0.2.1")[0]}
		m.unicast = nil
		for _, p := range m.router.inst.Peers {
			m.unicast = append(m.unicast, p.Addresses...)
		}
		list = append(list, m)
	}
	return list
}

// admitted returns the VRIDs of what an outbox lets go.
func admitted(o *outbox, now time.Time) (vrids []uint8) {
	o.admit(now, func(q outgoing) { vrids = append(vrids, q.member.given.VRID) })
	return vrids
}

// count makes 1, 2, 3 to n.
func count(from, to int) (list []uint8) {
	for i := from; i <= to; i++ {
		list = append(list, uint8(i))
	}
	return list
}

var bye = vrrp.Send{Priority: 0, Interval: 100}

func TestOutboxLets64GoIn5Milliseconds(t *testing.T) {
	var o outbox
	now := time.Unix(1, 0)
	for _, m := range members(150, 2) {
		o.push(time.Time{}, m, bye, false)
	}
	wantEqual(t, "the first window", admitted(&o, now), count(1, 64))
	wantEqual(t, "goes on with the next", o.resumeAt, now.Add(window))
	wantEqual(t, "too early", admitted(&o, now.Add(window-1)), nil)
	wantEqual(t, "still the next", o.resumeAt, now.Add(window))
	wantEqual(t, "the second", admitted(&o, now.Add(window)), count(65, 128))
	wantEqual(t, "the rest", admitted(&o, now.Add(3*window)), count(129, 150))
	wantEqual(t, "nothing waits", o.resumeAt.IsZero() && o.empty(), true)
}

func TestOutboxWindowsAreBySocket(t *testing.T) {
	var o outbox
	for _, m := range slices.Concat(members(70, 2), members(70, 3)) {
		o.push(time.Time{}, m, bye, false)
	}
	wantEqual(t, "64 each", admitted(&o, time.Unix(1, 0)), slices.Concat(count(1, 64), count(1, 64)))
}

func TestOutboxCountsDatagramsNotAdverts(t *testing.T) {
	both := func(list []*member) []*member {
		for _, m := range list {
			m.heard = [2]bool{true, true}
		}
		return list
	}
	for name, c := range map[string]struct {
		members []*member
		want    int
	}{
		"three unicast peers":        {members(100, 2, unicast("192.0.2.2", "192.0.2.3", "192.0.2.4")), 21},
		"both checksum forms":        {both(members(100, 2)), 32},
		"no peer, nothing is sent":   {members(100, 2, unicast()), 100},
		"more peers than the window": {members(3, 2, unicast(slices.Repeat([]string{"192.0.2.2"}, 70)...)), 1},
	} {
		t.Run(name, func(t *testing.T) {
			var o outbox
			for _, m := range c.members {
				o.push(time.Time{}, m, bye, false)
			}
			wantEqual(t, "adverts in a window", len(admitted(&o, time.Unix(1, 0))), c.want)
		})
	}
}

func TestOutboxRegularAdvertsDoNotWait(t *testing.T) {
	var o outbox
	regular := vrrp.Send{Priority: 200, Interval: 100}
	all := members(200, 2)
	for _, m := range all[:100] {
		o.push(time.Time{}, m, bye, false)
	}
	for _, m := range all[100:] {
		o.push(time.Time{}, m, regular, true)
	}
	o.push(time.Time{}, all[90], regular, true) // which would overtake what the member said before
	wantEqual(t, "now", admitted(&o, time.Unix(1, 0)), slices.Concat(count(1, 64), count(101, 200)))
	wantEqual(t, "later", admitted(&o, time.Unix(2, 0)), append(count(65, 100), 91))
}

// Answers that wait are not piled up; a regular one makes what says the same go at once, and nothing overtakes.
func TestOutboxSaysWhatWaitsNoMoreThanTwice(t *testing.T) {
	var o outbox
	said, other := vrrp.Send{Priority: 200, Interval: 100}, vrrp.Send{Priority: 190, Interval: 100}
	all := members(66, 2)
	for _, m := range all[:64] {
		o.push(time.Time{}, m, bye, false)
	}
	late, mixed := all[64], all[65]
	for range 10 {
		o.push(time.Time{}, late, said, false)
	}
	wantEqual(t, "of ten the same", late.queued, mostRepeats)
	o.push(time.Time{}, mixed, said, false)
	for range 3 {
		o.push(time.Time{}, mixed, other, false)
	}
	wantEqual(t, "of what differs, all", mixed.queued, 4)
	o.push(time.Time{}, late, said, true)
	wantEqual(t, "a regular one", late.queued, mostRepeats)
	o.push(time.Time{}, mixed, other, true)
	wantEqual(t, "a regular one after something else", mixed.queued, 5)
	wantEqual(t, "the regular one goes, and nothing overtakes", admitted(&o, time.Unix(1, 0)), append(count(1, 64), 65))
	wantEqual(t, "the rest", admitted(&o, time.Unix(2, 0)), []uint8{65, 66, 66, 66, 66, 66})
	wantEqual(t, "and nothing more", o.empty() && late.queued == 0 && mixed.queued == 0, true)
}

func TestOutboxForgetsAMember(t *testing.T) {
	var o outbox
	all := members(3, 2)
	for _, m := range append(all, all...) {
		o.push(time.Time{}, m, bye, false)
	}
	o.forget(all[1])
	wantEqual(t, "queued of it", all[1].queued, 0)
	wantEqual(t, "the others stay", admitted(&o, time.Unix(1, 0)), []uint8{1, 3, 1, 3})
	wantEqual(t, "queued of another", all[0].queued, 0)
}

func TestOutboxKeepsTheOrderOfEachMember(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var o outbox
		all := members(5, 2, unicast(slices.Repeat([]string{"192.0.2.2"}, rapid.IntRange(1, 20).Draw(t, "peers"))...))
		pushed, took := make(map[*member][]vrrp.Centiseconds), make(map[*member][]vrrp.Centiseconds)
		now, serial := time.Unix(1, 0), vrrp.Centiseconds(0)
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			if rapid.Bool().Draw(t, "push") {
				m := rapid.SampledFrom(all).Draw(t, "member")
				serial++
				o.push(time.Time{}, m, vrrp.Send{Interval: serial}, rapid.Bool().Draw(t, "regular"))
				pushed[m] = append(pushed[m], serial)
				continue
			}
			now = now.Add(time.Duration(rapid.IntRange(0, 7).Draw(t, "ms")) * time.Millisecond)
			o.admit(now, func(q outgoing) { took[q.member] = append(took[q.member], q.send.Interval) })
			if !o.empty() && !o.resumeAt.After(now) {
				t.Fatalf("what waits goes on at %v, which is not after %v", o.resumeAt, now)
			}
		}
		o.admit(now.Add(time.Hour), func(q outgoing) { took[q.member] = append(took[q.member], q.send.Interval) })
		for !o.empty() {
			now = now.Add(2 * time.Hour)
			o.admit(now, func(q outgoing) { took[q.member] = append(took[q.member], q.send.Interval) })
		}
		for _, m := range all {
			if !slices.Equal(pushed[m], took[m]) || m.queued != 0 {
				t.Fatalf("pushed %v, took %v, %d queued", pushed[m], took[m], m.queued)
			}
		}
	})
}

func TestPreparedAdvertsAreKept(t *testing.T) {
	m := members(1, 2)[0]
	s := vrrp.Send{Priority: 200, Interval: 100}
	first := m.prepare(s, vrrp.Group4, encoding{form: vrrp.FormPseudo})
	if again := m.prepare(s, vrrp.Group4, encoding{form: vrrp.FormPseudo}); &again[0] != &first[0] {
		t.Error("it was encoded again")
	}
	for name, other := range map[string][]byte{
		"priority": m.prepare(bye, vrrp.Group4, encoding{form: vrrp.FormPseudo}),
		"form":     m.prepare(s, vrrp.Group4, encoding{form: vrrp.FormMessage}),
		"peer":     m.prepare(s, addrs("192.0.2.2")[0], encoding{form: vrrp.FormPseudo}),
	} {
		if slices.Equal(first, other) {
			t.Errorf("another %s gives the same advert", name)
		}
	}
	for i := range 10 * mostPrepared {
		m.prepare(vrrp.Send{Priority: uint8(i), Interval: vrrp.Centiseconds(i + 1)}, vrrp.Group4, encoding{form: vrrp.FormPseudo})
	}
	if len(m.packets) > mostPrepared {
		t.Errorf("%d are kept", len(m.packets))
	}
}

// An outbox that was emptied does not wait for its window: the engine once woke for it again and again, for ever.
func TestOutboxThatIsForgottenWaitsForNothing(t *testing.T) {
	var o outbox
	list := members(70, 2)
	for _, m := range list {
		o.push(time.Time{}, m, bye, false)
	}
	admitted(&o, time.Unix(1, 0))
	for _, m := range list[:69] {
		o.forget(m)
	}
	wantEqual(t, "one waits", o.resumeAt, time.Unix(1, 0).Add(window))
	o.forget(list[69])
	wantEqual(t, "none", o.resumeAt.IsZero() && o.empty(), true)
}

func TestOutboxPutsWhatLeavesByOneSocketTogether(t *testing.T) {
	var o outbox
	four, six := members(3, 2), members(3, 2)
	for i := range four {
		six[i].ipv6 = true
		o.push(time.Time{}, six[i], bye, false)
		o.push(time.Time{}, four[i], bye, false)
		o.push(time.Time{}, four[i], vrrp.Send{Priority: 1, Interval: 100}, false)
	}
	o.order()
	var got []string
	for _, q := range o.queue {
		got = append(got, fmt.Sprint(familyName(q.member.ipv6), " ", q.member.given.VRID, " ", q.send.Priority))
	}
	wantEqual(t, "by socket, and each member's in order", got, []string{
		"ipv4 1 0", "ipv4 1 1", "ipv4 2 0", "ipv4 2 1", "ipv4 3 0", "ipv4 3 1", "ipv6 1 0", "ipv6 2 0", "ipv6 3 0",
	})
}
