package vip

import (
	"net/netip"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func own(w Want) Want { w.Own = true; return w }

// assured is a demand that was answered, with a lease that ends that long from now.
func assured(w Want, left time.Duration) demand {
	return demand{owner: "web", want: w, assured: planNow.Add(left)}
}

func TestPlanForTheHostsOwnAddresses(t *testing.T) {
	const vip, vip2 = "192.0.2.100/32", "192.0.2.101/32"
	hosts := []Key{key("192.0.2.100")}
	tests := []struct {
		name     string
		present  []Present
		noMarks  bool
		records  map[Key]record
		demand   demand
		want     []string
		renewals []string
		verdict  verdict
	}{
		{
			name: "what is there is left alone, what is not is put up", present: []Present{there(vip)},
			demand: fresh(own(want(vip, vip2))), want: []string{"add 192.0.2.101/32 dev 2 lease 3s"}, verdict: verdict{hosts: hosts},
		},
		{
			name: "with any prefix length", present: []Present{there("192.0.2.100/24")},
			demand: fresh(own(want(vip))), verdict: verdict{hosts: hosts},
		},
		{
			name: "without marks too", present: []Present{there(vip)}, noMarks: true,
			demand: fresh(own(want(vip))), verdict: verdict{hosts: hosts},
		},
		{
			name: "only ours is renewed", present: []Present{there(vip), marked(vip2)}, records: records(leased(vip2, time.Second)),
			demand: demand{
				owner: "web", want: own(want(vip, vip2)), renewLease: 3 * time.Second,
				renewing: map[Key]bool{key("192.0.2.100"): true, key("192.0.2.101"): true},
			},
			renewals: []string{"renew 192.0.2.101/32 dev 2 lease 3s"}, verdict: verdict{hosts: hosts},
		},
		{
			name: "ours goes when the host has it too", present: []Present{there("192.0.2.100/24"), marked(vip)},
			records: records(leased(vip, time.Second)), demand: assured(own(want(vip)), time.Second),
			want: []string{"remove 192.0.2.100/32 dev 2"}, verdict: verdict{hosts: hosts},
		},
		{
			name: "the host's is put back as ours within the lease", demand: assured(own(want(vip)), 2*time.Second),
			want: []string{"add 192.0.2.100/32 dev 2 lease 2s restore"},
		},
		{
			name: "but not after it", demand: assured(own(want(vip)), -time.Second), verdict: verdict{lapsed: key("192.0.2.100").Addr},
		},
		{
			name: "at the end only ours is removed", present: []Present{there(vip), marked(vip2)},
			records: records(leased(vip2, time.Second)), demand: fresh(own(Want{})), want: []string{"remove 192.0.2.101/32 dev 2"},
		},
		{
			name: "before the claim it is not foreign", present: []Present{there(vip)}, demand: fresh(own(Want{Keep: true})),
		},
		{
			name: "and a leftover of ours is adopted", present: []Present{marked(vip)}, demand: fresh(own(Want{Keep: true})),
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := plan(input{
				now: planNow, world: newWorld(tt.present), marks: !tt.noMarks, configured: configured("web", vip, vip2),
				records: tt.records, demands: []demand{tt.demand},
			})
			if diff := cmp.Diff(tt.want, opStrings(got.ops)); diff != "" {
				t.Errorf("operations (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.renewals, opStrings(got.renewals)); diff != "" {
				t.Errorf("renewals (-want +got):\n%s", diff)
			}
			compare := cmp.Options{cmp.AllowUnexported(verdict{}), cmp.Comparer(func(a, b netip.Addr) bool { return a == b })}
			if diff := cmp.Diff(tt.verdict, got.verdicts["web"], compare); diff != "" {
				t.Errorf("verdict (-want +got):\n%s", diff)
			}
		})
	}
}

func TestHostsOwnAddressIsPutBackAsOurs(t *testing.T) {
	managed(t, func(b *bench) { b.kernel.host(2, "192.0.2.100/24") }, func(_ *testing.T, b *bench) {
		b.configure("web", "192.0.2.100/24")
		b.m.Set("web", own(want("192.0.2.100/24")))
		b.m.Announce("web")
		b.wantResults("there", "web#0 held")
		b.wantAnnounced("there", "192.0.2.100")
		time.Sleep(time.Second)
		b.m.Renew("web", 3*time.Second, 2)
		b.wantResults("nothing to renew", "web#2 held")
		b.wantOps("never touched")

		b.kernel.del(2, "192.0.2.100/24")
		b.m.Nudge()
		time.Sleep(nudgeGap)
		b.wantResults("gone", "web#2 restored 192.0.2.100")
		b.wantAnnounced("gone", "192.0.2.100")
		b.wantOps("gone", "add 192.0.2.100/24 dev 2 lease 2s restore")
		b.m.Renew("web", 3*time.Second, 3)
		b.wantResults("ours is renewed", "web#3 held until 3.96s")
		b.wantOps("ours is renewed", "renew 192.0.2.100/24 dev 2 lease 3s")

		b.m.Set("web", own(Want{}))
		b.wantKernel("ours is removed", "")
		b.forget()
	})
}

// A daemon that was stopped must not take the place of somebody who has the address by now.
func TestHostsOwnAddressIsNotPutBackAfterTheLease(t *testing.T) {
	managed(t, func(b *bench) { b.kernel.host(2, "192.0.2.100/24") }, func(_ *testing.T, b *bench) {
		b.configure("web", "192.0.2.100/24")
		b.m.Set("web", own(want("192.0.2.100/24")))
		b.wantResults("there", "web#0 held")
		time.Sleep(3 * time.Second)
		b.kernel.del(2, "192.0.2.100/24")
		b.m.Nudge()
		time.Sleep(nudgeGap)
		b.wantOps("gone after the lease")
		b.m.Renew("web", 3*time.Second, 2)
		b.wantOps("a renewal is a new lease", "add 192.0.2.100/24 dev 2 lease 3s restore", "renew 192.0.2.100/24 dev 2 lease 3s")
		b.forget()
		b.m.Set("web", own(Want{}))
		b.forget()
	})
}
