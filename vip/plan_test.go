package vip

import (
	"net/netip"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var planNow = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// addr returns an address of eth0, link 2.
func addr(prefix string) Address { return Address{Prefix: netip.MustParsePrefix(prefix), Ifindex: 2} }

func addrs(prefixes ...string) (all []Address) {
	for _, p := range prefixes {
		all = append(all, addr(p))
	}
	return all
}

func key(a string) Key { return Key{2, netip.MustParseAddr(a)} }

// there returns an address of eth0 that somebody else put up.
func there(prefix string) Present {
	return Present{Prefix: netip.MustParsePrefix(prefix), Ifindex: 2, Permanent: true, Label: "eth0"}
}

func secondary(p Present) Present { p.Secondary = true; return p }

// marked returns an address of eth0 that carries our mark and a lease of 3 s.
func marked(prefix string) Present {
	p := there(prefix)
	p.Proto, p.Permanent, p.Valid = Proto, false, 3*time.Second
	p.Deprecated = p.Prefix.Addr().Is6()
	return p
}

func permanent(p Present) Present { p.Permanent, p.Valid = true, 0; return p }

// leased returns the record of an address of ours whose lease ends that long from now.
func leased(prefix string, left time.Duration) record {
	return record{prefix: netip.MustParsePrefix(prefix), until: planNow.Add(left)}
}

func records(all ...record) map[Key]record {
	m := make(map[Key]record)
	for _, r := range all {
		m[Key{2, r.prefix.Addr()}] = r
	}
	return m
}

func want(prefixes ...string) Want {
	return Want{Addresses: addrs(prefixes...), Lease: 3 * time.Second}
}

func fresh(w Want) demand { return demand{owner: "web", want: w, fresh: true, orderedAt: planNow} }

func settled(w Want) demand { return demand{owner: "web", want: w} }

func keep(w Want) Want { w.Keep = true; return w }

func label(w Want, l string) Want { w.Addresses[0].Label = l; return w }

func source(w Want) Want { w.Addresses[0].Source = true; return w }

func forever(w Want) Want { w.Lease = 0; return w }

func configured(owner Owner, prefixes ...string) map[Key]Owner {
	m := make(map[Key]Owner)
	for _, a := range addrs(prefixes...) {
		m[a.Key()] = owner
	}
	return m
}

func opStrings(ops []Op) (s []string) {
	for _, op := range ops {
		s = append(s, op.String())
	}
	return s
}

func TestPlan(t *testing.T) {
	const vip, vip2, vip6 = "192.0.2.100/32", "192.0.2.101/32", "2001:db8::100/128"
	struck := leased(vip, 2*time.Second)
	struck.strikes, struck.restoredAt = freeRestores, planNow.Add(-20*time.Millisecond)
	beaten := leased(vip, 380*time.Millisecond)
	beaten.strikes, beaten.restoredAt = freeRestores+3, planNow.Add(-20*time.Millisecond)

	tests := []struct {
		name       string
		present    []Present
		noMarks    bool
		configured map[Key]Owner
		records    map[Key]record
		stuck      map[Key]bool
		demand     demand
		want       []string
		verdict    verdict
		wakeIn     time.Duration
		forget     []Key
	}{
		{
			name: "a claim adds what is missing", demand: fresh(want(vip, vip6)),
			want: []string{"add 192.0.2.100/32 dev 2 lease 3s", "add 2001:db8::100/128 dev 2 lease 3s noprefixroute"},
		},
		{name: "a claim without a lease", demand: fresh(forever(want(vip))), want: []string{"add 192.0.2.100/32 dev 2"}},
		{
			name: "a claim does not touch what has most of its lease", demand: fresh(want(vip, vip2)),
			present: []Present{marked(vip)}, records: records(leased(vip, 2*time.Second)),
			want: []string{"add 192.0.2.101/32 dev 2 lease 3s"},
		},
		{
			name: "a claim renews what has little of its lease", demand: fresh(want(vip)),
			present: []Present{marked(vip)}, records: records(leased(vip, time.Second)),
			want: []string{"renew 192.0.2.100/32 dev 2 lease 3s"},
		},
		{
			name: "a claim renews a leftover of an earlier run", demand: fresh(want(vip)), present: []Present{marked(vip)},
			records: records(record{prefix: netip.MustParsePrefix(vip), adopted: true}),
			want:    []string{"renew 192.0.2.100/32 dev 2 lease 3s"},
		},
		{
			name: "a claim gives a permanent address its lease", demand: fresh(want(vip)),
			present: []Present{permanent(marked(vip))}, records: records(record{prefix: netip.MustParsePrefix(vip)}),
			want: []string{"renew 192.0.2.100/32 dev 2 lease 3s"},
		},
		{
			name: "a claim makes an IPv6 address a source address", demand: fresh(source(want(vip6))),
			present: []Present{marked(vip6)}, records: records(leased(vip6, 3*time.Second)),
			want: []string{"renew 2001:db8::100/128 dev 2 lease 3s noprefixroute"},
		},
		{
			name: "a claim that lay about for its lease is stale", verdict: verdict{stale: true, lapsed: key("192.0.2.100").Addr},
			demand: demand{owner: "web", want: want(vip), fresh: true, orderedAt: planNow.Add(-3 * time.Second)},
		},
		{
			name: "a release without a lease is never stale", present: []Present{marked(vip)}, configured: configured("web", vip),
			demand: demand{owner: "web", want: Want{}, fresh: true, orderedAt: planNow.Add(-time.Hour)},
			want:   []string{"remove 192.0.2.100/32 dev 2"},
		},
		{
			name: "a stale want still releases the rest", present: []Present{marked(vip)}, configured: configured("web", vip, vip2),
			demand: demand{owner: "web", want: want(vip2), fresh: true, orderedAt: planNow.Add(-time.Hour)},
			want:   []string{"remove 192.0.2.100/32 dev 2"}, verdict: verdict{stale: true, lapsed: key("192.0.2.101").Addr},
		},
		{
			name: "a smaller want releases the difference only", demand: fresh(want(vip)),
			present: []Present{marked(vip), marked(vip2)}, configured: configured("web", vip, vip2),
			records: records(leased(vip, 3*time.Second), leased(vip2, 3*time.Second)),
			want:    []string{"remove 192.0.2.101/32 dev 2"},
		},
		{
			name: "secondary addresses go before the primary one", demand: fresh(Want{}),
			configured: configured("web", "192.0.2.7/24", "192.0.2.8/24", "192.0.2.9/24"),
			present:    []Present{marked("192.0.2.7/24"), secondary(marked("192.0.2.9/24")), secondary(marked("192.0.2.8/24"))},
			want:       []string{"remove 192.0.2.8/24 dev 2", "remove 192.0.2.9/24 dev 2", "remove 192.0.2.7/24 dev 2"},
		},
		{
			name: "a removed address is put back with the rest of its lease", demand: settled(want(vip)),
			records: records(leased(vip, 2200*time.Millisecond)),
			want:    []string{"add 192.0.2.100/32 dev 2 lease 2s restore"},
		},
		{
			name: "a removed address without a lease is put back", demand: settled(forever(want(vip))),
			records: records(record{prefix: netip.MustParsePrefix(vip)}), want: []string{"add 192.0.2.100/32 dev 2 restore"},
		},
		{
			name: "an address gone with its lease is not put back", demand: settled(want(vip)),
			records: records(leased(vip, 0)), verdict: verdict{lapsed: key("192.0.2.100").Addr},
			forget: []Key{key("192.0.2.100")},
		},
		{
			name: "a renewal does not put back what is gone with its lease", records: records(leased(vip, -time.Second)),
			demand: demand{
				owner: "web", want: want(vip), renewing: map[Key]bool{key("192.0.2.100"): true},
				renewLease: 3 * time.Second,
			},
			verdict: verdict{lapsed: key("192.0.2.100").Addr}, forget: []Key{key("192.0.2.100")},
		},
		{
			name: "a leftover that is gone is not put back", demand: settled(want(vip)),
			records: records(record{prefix: netip.MustParsePrefix(vip), adopted: true}),
			verdict: verdict{lapsed: key("192.0.2.100").Addr}, forget: []Key{key("192.0.2.100")},
		},
		{
			name: "a remover in a loop is answered with back-off", demand: settled(want(vip)), records: records(struck),
			verdict: verdict{waiting: []Key{key("192.0.2.100")}}, wakeIn: 30 * time.Millisecond,
		},
		{
			name: "a back-off that outlasts the lease", demand: settled(want(vip)), records: records(beaten),
			verdict: verdict{waiting: []Key{key("192.0.2.100")}, beaten: key("192.0.2.100").Addr}, wakeIn: 380 * time.Millisecond,
		},
		{
			name: "a claim does not wait for the back-off", demand: fresh(want(vip)), records: records(struck),
			want: []string{"add 192.0.2.100/32 dev 2 lease 3s"},
		},
		{
			name: "an address that was refused is not tried again", records: records(leased(vip, time.Second)),
			demand:  demand{owner: "web", want: want(vip), refused: true},
			verdict: verdict{lapsed: key("192.0.2.100").Addr},
		},
		{
			name: "an unmarked address is foreign, and nothing is added beside it", demand: fresh(want(vip, vip2)),
			present: []Present{there(vip)}, verdict: verdict{foreign: key("192.0.2.100").Addr},
		},
		{
			name: "foreign with another prefix length", demand: fresh(want(vip)), present: []Present{there("192.0.2.100/24")},
			verdict: verdict{foreign: key("192.0.2.100").Addr},
		},
		{
			name: "foreign beside ours", demand: settled(want(vip)), present: []Present{marked(vip), there("192.0.2.100/24")},
			records: records(leased(vip, time.Second)), verdict: verdict{foreign: key("192.0.2.100").Addr},
		},
		{
			name: "foreign while only configured", demand: settled(Want{}), configured: configured("web", vip),
			present: []Present{there(vip)}, verdict: verdict{foreign: key("192.0.2.100").Addr},
		},
		{
			name: "another program's mark is foreign", demand: settled(Want{}), configured: configured("web", vip),
			present: []Present{{Prefix: netip.MustParsePrefix(vip), Ifindex: 2, Proto: 18}},
			verdict: verdict{foreign: key("192.0.2.100").Addr},
		},
		{
			name: "the same address on another link is nobody's business", demand: fresh(want(vip)),
			present: []Present{{Prefix: netip.MustParsePrefix(vip), Ifindex: 1, Permanent: true}},
			want:    []string{"add 192.0.2.100/32 dev 2 lease 3s"},
		},
		{
			name: "our mark on what is neither configured nor recorded is not enough", configured: configured("web", vip2),
			demand: settled(Want{}), present: []Present{marked(vip)},
		},
		{
			name: "a recorded leftover that is not configured goes", configured: configured("web", vip2),
			demand: settled(keep(want(vip2))), present: []Present{marked(vip)},
			records: records(record{prefix: netip.MustParsePrefix(vip), adopted: true}),
			want:    []string{"remove 192.0.2.100/32 dev 2"},
		},
		{
			name: "nothing is a leftover before the first configuration", demand: settled(keep(want(vip2))),
			present: []Present{marked(vip)}, records: records(record{prefix: netip.MustParsePrefix(vip), adopted: true}),
		},
		{
			name: "a removal that failed waits", configured: configured("web", vip), demand: settled(Want{}),
			present: []Present{marked(vip)}, stuck: map[Key]bool{key("192.0.2.100"): true},
		},
		{
			name: "keep leaves a leased leftover", configured: configured("web", vip), demand: fresh(keep(want(vip))),
			present: []Present{marked(vip)},
		},
		{
			name: "keep adds nothing", configured: configured("web", vip), demand: fresh(keep(want(vip))),
		},
		{
			name: "keep removes a leftover without end", configured: configured("web", vip), demand: fresh(keep(want(vip))),
			present: []Present{permanent(marked(vip))}, want: []string{"remove 192.0.2.100/32 dev 2"},
		},
		{
			name: "keep removes a leftover without end that it does not name", configured: configured("web", vip),
			demand: fresh(Want{Keep: true}), present: []Present{permanent(marked(vip))},
			want: []string{"remove 192.0.2.100/32 dev 2"},
		},
		{
			name: "a new prefix length in IPv4: the new one first", demand: fresh(want("192.0.2.100/24")),
			present: []Present{marked(vip)}, records: records(leased(vip, 2*time.Second)),
			want: []string{"add 192.0.2.100/24 dev 2 lease 3s", "remove 192.0.2.100/32 dev 2"},
		},
		{
			name: "a new prefix length in IPv6: the old one first", demand: fresh(want("2001:db8::100/64")),
			present: []Present{marked(vip6)}, records: records(leased(vip6, 2*time.Second)),
			want: []string{"remove 2001:db8::100/128 dev 2", "add 2001:db8::100/64 dev 2 lease 3s noprefixroute"},
		},
		{
			name: "a new label", demand: fresh(label(want(vip), "eth0:v")), present: []Present{marked(vip)},
			records: records(leased(vip, 2*time.Second)),
			want:    []string{"remove 192.0.2.100/32 dev 2", "add 192.0.2.100/32 dev 2 label eth0:v lease 3s"},
		},
		{
			name: "in the host's own subnet the kernel decides about the route", demand: fresh(want("192.0.2.100/24")),
			present: []Present{there("192.0.2.1/24")}, want: []string{"add 192.0.2.100/24 dev 2 lease 3s"},
		},
		{
			name: "inside a wider subnet of the host no route", demand: fresh(want("192.0.2.100/25")),
			present: []Present{there("192.0.2.1/24")}, want: []string{"add 192.0.2.100/25 dev 2 lease 3s noprefixroute"},
		},
		{
			name: "around a narrower subnet of the host a route", demand: fresh(want("192.0.2.100/24")),
			present: []Present{there("192.0.2.1/25")}, want: []string{"add 192.0.2.100/24 dev 2 lease 3s"},
		},
		{
			name: "the host's address behind ours comes before it again", demand: settled(want("192.0.2.100/24", "192.0.2.101/24")),
			records: records(leased("192.0.2.100/24", 2500*time.Millisecond), leased("192.0.2.101/24", 2500*time.Millisecond)),
			present: []Present{marked("192.0.2.100/24"), secondary(marked("192.0.2.101/24")), secondary(there("192.0.2.1/24"))},
			want: []string{
				"remove 192.0.2.101/24 dev 2", "remove 192.0.2.100/24 dev 2",
				"add 192.0.2.101/24 dev 2 lease 2s", "add 192.0.2.100/24 dev 2 lease 2s",
			},
		},
		{
			name: "the host's address before ours stays", demand: settled(want("192.0.2.100/24")),
			records: records(leased("192.0.2.100/24", 3*time.Second)),
			present: []Present{there("192.0.2.1/24"), secondary(marked("192.0.2.100/24"))},
		},
		{
			name: "ours behind ours is no reason to change the order", demand: settled(want("192.0.2.100/24", "192.0.2.101/24")),
			records: records(leased("192.0.2.100/24", 3*time.Second), leased("192.0.2.101/24", 3*time.Second)),
			present: []Present{marked("192.0.2.100/24"), secondary(marked("192.0.2.101/24"))},
		},
		{
			name: "without marks the record decides", noMarks: true, configured: configured("web", vip, vip2),
			demand: settled(Want{}), present: []Present{there(vip), there(vip2)},
			records: records(record{prefix: netip.MustParsePrefix(vip), adopted: true}),
			want:    []string{"remove 192.0.2.100/32 dev 2"}, verdict: verdict{foreign: key("192.0.2.101").Addr},
		},
		{
			name: "without marks another prefix length is not ours", noMarks: true, configured: configured("web", vip),
			demand: settled(Want{}), present: []Present{there("192.0.2.100/24")},
			records: records(record{prefix: netip.MustParsePrefix(vip), adopted: true}),
			verdict: verdict{foreign: key("192.0.2.100").Addr}, forget: []Key{key("192.0.2.100")},
		},
		{
			name: "with marks a record does not make an unmarked address ours", configured: configured("web", vip),
			demand: settled(Want{}), present: []Present{there(vip)},
			records: records(record{prefix: netip.MustParsePrefix(vip), adopted: true}),
			verdict: verdict{foreign: key("192.0.2.100").Addr}, forget: []Key{key("192.0.2.100")},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := plan(input{
				now: planNow, world: newWorld(tt.present), marks: !tt.noMarks, configured: tt.configured,
				records: tt.records, stuck: tt.stuck, demands: []demand{tt.demand},
			})
			if diff := cmp.Diff(tt.want, opStrings(got.ops)); diff != "" {
				t.Errorf("operations (-want +got):\n%s", diff)
			}
			compare := cmp.Options{cmp.AllowUnexported(verdict{}), cmp.Comparer(func(a, b netip.Addr) bool { return a == b })}
			if diff := cmp.Diff(tt.verdict, got.verdicts["web"], compare); diff != "" {
				t.Errorf("verdict (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.forget, got.forget, compare); diff != "" {
				t.Errorf("forgotten records (-want +got):\n%s", diff)
			}
			var wakeAt time.Time
			if tt.wakeIn > 0 {
				wakeAt = planNow.Add(tt.wakeIn)
			}
			if !got.wakeAt.Equal(wakeAt) {
				t.Errorf("wakes at %v, want %v", got.wakeAt, wakeAt)
			}
		})
	}
}

func TestPlanServesOwnersInTheirOrder(t *testing.T) {
	got := plan(input{
		now: planNow, marks: true,
		world:      newWorld([]Present{marked("192.0.2.9/32"), marked("192.0.2.2/32"), marked("192.0.2.8/32")}),
		configured: configured("b", "192.0.2.2/32", "192.0.2.3/32"),
		records:    records(record{prefix: netip.MustParsePrefix("192.0.2.9/32"), adopted: true}),
		demands: []demand{
			{owner: "b", want: want("192.0.2.3/32"), fresh: true, orderedAt: planNow},
			{owner: "a", want: want("192.0.2.4/32"), fresh: true, orderedAt: planNow},
		},
	})
	want := []string{
		"remove 192.0.2.2/32 dev 2", "add 192.0.2.3/32 dev 2 lease 3s",
		"add 192.0.2.4/32 dev 2 lease 3s",
		"remove 192.0.2.9/32 dev 2",
	}
	if diff := cmp.Diff(want, opStrings(got.ops)); diff != "" {
		t.Errorf("operations (-want +got):\n%s", diff)
	}
}

func TestPlanRemovesTheFirstOfASubnetLast(t *testing.T) {
	got := plan(input{
		now: planNow, marks: true,
		world: newWorld([]Present{
			marked("192.0.2.2/24"), secondary(marked("192.0.2.3/24")), secondary(marked("192.0.2.4/24")), marked("198.51.100.1/24"),
		}),
		configured: map[Key]Owner{key("192.0.2.2"): "a", key("192.0.2.3"): "a", key("192.0.2.4"): "b", key("198.51.100.1"): "a"},
		demands:    []demand{{owner: "a", fresh: true}, {owner: "b", fresh: true}},
	})
	want := []string{
		"remove 192.0.2.3/24 dev 2", "remove 198.51.100.1/24 dev 2", "remove 192.0.2.4/24 dev 2", "remove 192.0.2.2/24 dev 2",
	}
	if diff := cmp.Diff(want, opStrings(got.ops)); diff != "" {
		t.Errorf("operations (-want +got):\n%s", diff)
	}
}

func TestPlanKeepsRenewalsApart(t *testing.T) {
	got := plan(input{
		now: planNow, marks: true, world: newWorld([]Present{marked("192.0.2.100/32")}),
		records: records(leased("192.0.2.100/32", time.Second), leased("192.0.2.101/32", time.Second)),
		demands: []demand{{
			owner: "web", want: want("192.0.2.100/32", "192.0.2.101/32"), renewLease: 5 * time.Second,
			renewing: map[Key]bool{key("192.0.2.100"): true, key("192.0.2.101"): true},
		}},
	})
	if diff := cmp.Diff([]string{"add 192.0.2.101/32 dev 2 lease 1s restore"}, opStrings(got.ops)); diff != "" {
		t.Errorf("operations (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"renew 192.0.2.100/32 dev 2 lease 5s"}, opStrings(got.renewals)); diff != "" {
		t.Errorf("renewals (-want +got):\n%s", diff)
	}
}

func TestRestoreBackoff(t *testing.T) {
	for _, tt := range []struct {
		strikes int
		ago     time.Duration // since the last restore
		want    time.Duration // from the last restore; 0: at once
	}{
		{strikes: 0, want: 0},
		{strikes: 2, want: 0},
		{strikes: 3, want: 50 * time.Millisecond},
		{strikes: 4, want: 100 * time.Millisecond},
		{strikes: 5, want: 200 * time.Millisecond},
		{strikes: 9, want: 3200 * time.Millisecond},
		{strikes: 10, want: 5 * time.Second},
		{strikes: 1000, want: 5 * time.Second},
		{strikes: 1000, ago: 10*time.Second - 1, want: 5 * time.Second},
		{strikes: 1000, ago: 10 * time.Second, want: 0},
	} {
		rec := record{strikes: tt.strikes, restoredAt: planNow.Add(-tt.ago)}
		want := planNow
		if tt.want > 0 {
			want = rec.restoredAt.Add(tt.want)
		}
		if got := rec.restoreAt(planNow); !got.Equal(want) {
			t.Errorf("after %d strikes, %v ago: %v, want %v", tt.strikes, tt.ago, got.Sub(planNow), want.Sub(planNow))
		}
	}
}

func TestLeaseIsNeverBelievedLongerThanTheKernelKeepsIt(t *testing.T) {
	for _, tt := range []struct{ lease, want time.Duration }{
		{3 * time.Second, 3*time.Second - leaseSlack},
		{3900 * time.Millisecond, 3*time.Second - leaseSlack}, // the kernel counts seconds
		{time.Millisecond, time.Second - leaseSlack},          // and has none below one
	} {
		if got := leaseEnd(planNow, tt.lease).Sub(planNow); got != tt.want {
			t.Errorf("lease %v ends after %v, want %v", tt.lease, got, tt.want)
		}
	}
	if got := leaseEnd(planNow, 0); !got.IsZero() {
		t.Errorf("no lease ends at %v, want never", got)
	}
}
