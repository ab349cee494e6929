//go:build privileged

package vip

import (
	"fmt"
	"net/netip"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func TestRealClaimReadsBackAsOurs(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	h := newRealHost(t)
	h.claim(3*time.Second, "192.0.2.100/32", "2001:db8::100/128")
	for _, prefix := range []string{"192.0.2.100/32", "2001:db8::100/128"} {
		p, ok := h.find(prefix)
		if !ok || p.Proto != Proto || p.Permanent || p.Valid < 2*time.Second || p.Valid > 3*time.Second {
			t.Errorf("%s: %+v, want IFA_PROTO %d and a lease of 3 s", prefix, p, Proto)
		}
		if p.Prefix.Addr().Is6() != p.Deprecated {
			t.Errorf("%s: deprecated is %v", prefix, p.Deprecated)
		}
	}
	if !h.kernel.Marks() {
		t.Error("the kernel is said to have no IFA_PROTO")
	}
	h.m.Set("web", Want{Addresses: h.addresses("192.0.2.100/32", "2001:db8::100/128")})
	h.flush()
	for _, p := range h.present() {
		if !p.Permanent {
			t.Errorf("without a lease: %+v", p)
		}
	}
	h.release()
	h.wantText("released")
}

func TestRealLeaseEndsByItself(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	h := newRealHost(t)
	began := time.Now()
	held := h.claim(2*time.Second, "192.0.2.100/24", "192.0.2.101/32", "2001:db8::100/128")
	h.stop()
	for _, prefix := range []string{"192.0.2.100/24", "192.0.2.101/32", "2001:db8::100/128"} {
		at := h.gone(prefix, 4*time.Second)
		t.Logf("%s was gone after %v", prefix, at.Sub(began).Round(time.Millisecond))
		if at.Before(held.Until) {
			t.Errorf("%s was gone %v before we believed so", prefix, held.Until.Sub(at))
		}
	}
}

func TestRealRenewalKeepsAnAddress(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	h := newRealHost(t)
	h.claim(time.Second, "192.0.2.100/24", "2001:db8::100/128")
	for range 8 {
		time.Sleep(300 * time.Millisecond) // a third of the lease, as the engine renews
		h.m.Nudge()
		h.m.Renew("web", time.Second, 1)
		if r := h.next(); r.Outcome != OutcomeHeld {
			t.Fatalf("renewal: %v %v", r.Outcome, r.Err)
		}
	}
	h.wantText("after 2.4 s", "192.0.2.100/24 ours", "2001:db8::100/128 ours")
}

// The host's own address is deleted and put back while ours, in the same subnet, is held.
func TestRealHostKeepsItsAddressAndRoute(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	h := newRealHost(t)
	h.hostAddress("192.0.2.1/24", 0)
	route := h.routes("-4")
	if !strings.Contains(route, "192.0.2.0/24") {
		t.Fatalf("no route at first: %q", route)
	}
	flip := func(nudge bool) {
		t.Helper()
		h.claim(2*time.Second, "192.0.2.100/24", "192.0.2.101/24")
		h.wantText("claimed", "192.0.2.1/24", "192.0.2.100/24 secondary ours", "192.0.2.101/24 secondary ours")
		h.deleteAddress("192.0.2.1/24")
		h.wantText("ours outlive the host's", "192.0.2.100/24 ours", "192.0.2.101/24 secondary ours")
		if !strings.Contains(h.routes("-4"), "192.0.2.0/24") {
			t.Error("the subnet cannot be reached in between")
		}
		h.hostAddress("192.0.2.1/24", 0)
		if nudge {
			h.m.Nudge()
			h.flush()
			time.Sleep(2 * nudgeGap) // the nudge has been read, and what it asks for done
			h.wantText("the host's first again", "192.0.2.1/24", "192.0.2.101/24 secondary ours", "192.0.2.100/24 secondary ours")
			if got := h.routes("-4"); got != route {
				t.Errorf("route %q while held, want %q", got, route)
			}
		}
	}
	wantHost := func(why string) {
		t.Helper()
		h.wantText(why, "192.0.2.1/24")
		if got := h.routes("-4"); got != route {
			t.Errorf("%s: route %q, want %q", why, got, route)
		}
	}

	flip(true)
	h.release()
	wantHost("released")

	flip(false)
	h.release()
	wantHost("released before the order was set right")

	flip(true)
	h.stop()
	h.gone("192.0.2.100/24", 4*time.Second)
	h.gone("192.0.2.101/24", time.Second)
	wantHost("expired")

	h.start()
	flip(false)
	h.stop()
	h.gone("192.0.2.100/24", 4*time.Second)
	h.gone("192.0.2.101/24", time.Second)
	wantHost("expired before the order was set right")
}

func TestRealPromoteSecondariesIsRestored(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	read := func() string {
		content, err := os.ReadFile("/proc/sys/net/ipv4/conf/v0/promote_secondaries")
		must(t, err)
		return strings.TrimSpace(string(content))
	}
	h := newRealHost(t)
	h.claim(2*time.Second, "192.0.2.100/24")
	if read() != "1" {
		t.Error("not switched on")
	}
	h.stop() // with the address held: the next run has to do it
	h.start()
	h.claim(2*time.Second, "192.0.2.100/24")
	h.release()
	h.stop()
	if read() != "0" {
		t.Error("not restored")
	}
}

func TestRealIPv6RouteIsUntouched(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	h := newRealHost(t)
	h.hostAddress("2001:db8::1/64", 1800) // as a router advertisement makes it, route with a lifetime and all
	before := h.routes("-6")
	if !strings.Contains(before, "2001:db8::/64") || !strings.Contains(before, "expires") {
		t.Fatalf("no route with a lifetime at first: %q", before)
	}
	h.claim(2*time.Second, "2001:db8::100/64", "2001:db8::101/128")
	same := func(why string) {
		t.Helper()
		// The /128 has a local route only; our addresses add nothing to the main table but their own host routes.
		var got []string
		for line := range strings.Lines(h.routes("-6")) {
			if !strings.HasPrefix(line, "2001:db8::10") {
				got = append(got, line)
			}
		}
		if strings.Join(got, "") != before {
			t.Errorf("%s: routes %q, want %q", why, got, before)
		}
		if p, ok := h.find("2001:db8::1/64"); !ok || p.Valid < 1700*time.Second || p.Deprecated {
			t.Errorf("%s: the host's address is %+v", why, p)
		}
	}
	same("held")
	h.m.Renew("web", 2*time.Second, 1)
	h.flush()
	same("renewed")
	h.release()
	same("released")
	h.claim(2*time.Second, "2001:db8::100/64")
	h.stop()
	h.gone("2001:db8::100/64", 4*time.Second)
	same("expired")
	h.wantText("in the end", "2001:db8::1/64")
}

func TestRealDeletedAddressIsBackWithin50ms(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	h := newRealHost(t)
	h.claim(10*time.Second, "192.0.2.100/32", "2001:db8::100/128")
	for _, prefix := range []string{"192.0.2.100/32", "2001:db8::100/128", "192.0.2.100/32"} {
		h.deleteAddress(prefix)
		began := time.Now()
		h.m.Nudge()
		r := h.next()
		took := time.Since(began)
		if _, there := h.find(prefix); r.Outcome != OutcomeRestored || !there {
			t.Fatalf("%s: %v, there %v", prefix, r.Outcome, there)
		}
		t.Logf("%s was back and announced after %v", prefix, took)
		if took > 50*time.Millisecond {
			t.Errorf("%s was back after %v", prefix, took)
		}
	}
	if want := 5; len(h.announced) != want {
		t.Errorf("announced %v, want %d announcements", h.announced, want)
	}
}

func TestRealForeignAddressIsNeverTouched(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	h := newRealHost(t)
	h.hostAddress("192.0.2.100/24", 0)
	h.hostAddress("2001:db8::100/64", 0)
	h.m.Configure(map[Owner][]Address{"web": h.addresses("192.0.2.100/24"), "db": h.addresses("2001:db8::100/128")})
	for owner, prefix := range map[Owner]string{"web": "192.0.2.100/24", "db": "2001:db8::100/128"} {
		h.m.Set(owner, Want{Addresses: h.addresses(prefix), Lease: 2 * time.Second})
		if r := h.next(); r.Outcome != OutcomeForeign || r.Owner != owner {
			t.Errorf("%s: %v, want foreign", prefix, r.Outcome)
		}
		h.m.Set(owner, Want{})
	}
	h.flush()
	h.stop()
	h.wantText("in the end", "192.0.2.100/24", "2001:db8::100/64")
	for _, p := range h.present() {
		if !p.Permanent || p.Proto == Proto {
			t.Errorf("changed: %+v", p)
		}
	}
}

func TestRealKernelAnswersEachOperation(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	h := newRealHost(t)
	h.stop() // its kernel is used here
	h.hostAddress("2001:db8::100/64", 0)
	errs := h.kernel.Apply([]Op{
		{Kind: OpAdd, Address: h.addresses("192.0.2.7/32")[0]},
		{Kind: OpAdd, Address: h.addresses("2001:db8::100/128")[0]},
		{Kind: OpAdd, Address: Address{Prefix: netip.MustParsePrefix("192.0.2.8/32"), Ifindex: 4711}},
		{Kind: OpRemove, Address: h.addresses("192.0.2.9/32")[0]},
		{Kind: OpAdd, Address: h.addresses("192.0.2.7/32")[0]},
		{Kind: OpRemove, Address: h.addresses("192.0.2.7/32")[0]},
	})
	want := []string{
		"<nil>", "file exists: IPv6: address already assigned", "no such device: IPv4: Device not found",
		"cannot assign requested address: ipv4: Address not found", "file exists: IPv4: Address already assigned", "<nil>",
	}
	for i, err := range errs {
		if !strings.EqualFold(fmt.Sprint(err), want[i]) {
			t.Errorf("operation %d: %v, want %s", i, err, want[i])
		}
	}
	if !absent(errs[2]) || !absent(errs[3]) || absent(errs[1]) {
		t.Error("what means that there is no such address is not understood")
	}
	if _, err := h.kernel.LinkName(4711); err != unix.ENODEV {
		t.Errorf("name of a link that is not there: %v", err)
	}
	if name, err := h.kernel.LinkName(h.link.Attrs().Index); name != "v0" || err != nil {
		t.Errorf("name %q, %v", name, err)
	}
	if _, err := h.kernel.Promote(4711, true); !absent(err) {
		t.Errorf("setting of a link that is not there: %v", err)
	}
}

func TestRealSecondRunAdoptsTheFirst(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	h := newRealHost(t)
	h.claim(5*time.Second, "192.0.2.100/32", "192.0.2.101/32", "2001:db8::100/128")
	h.hostAddress("192.0.2.102/32", 0)
	h.stop()
	h.start()
	h.m.Configure(map[Owner][]Address{"web": h.addresses("192.0.2.100/32", "2001:db8::100/128", "192.0.2.102/32")})
	h.flush()
	h.wantText("what is not configured is gone, the rest waits", "192.0.2.100/32 ours", "192.0.2.102/32", "2001:db8::100/128 ours")
	h.m.Set("web", Want{Addresses: h.addresses("192.0.2.100/32", "2001:db8::100/128"), Lease: 2 * time.Second, Generation: 9})
	if r := h.next(); r.Outcome != OutcomeForeign || r.Address.String() != "192.0.2.102" {
		t.Errorf("%v %v, want the configured foreign address", r.Outcome, r.Address)
	}
	h.deleteAddress("192.0.2.102/32")
	h.m.Set("web", Want{Addresses: h.addresses("192.0.2.100/32", "2001:db8::100/128"), Lease: 2 * time.Second, Generation: 10})
	var got []Outcome
	for range 2 {
		got = append(got, h.next().Outcome)
	}
	if want := []Outcome{OutcomeClear, OutcomeHeld}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	if p, _ := h.find("192.0.2.100/32"); p.Permanent {
		t.Errorf("adopted without a lease: %+v", p)
	}
	h.release()
	h.wantText("released")
}

func TestRealClaimIsFast(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	h := newRealHost(t)
	announcer := NewAnnouncer()
	defer announcer.Close()
	h.ears = announcer
	var took []time.Duration
	for range 50 {
		h.release()
		time.Sleep(2 * readingAge) // what was read of the kernel before is out of date
		began := time.Now()
		h.claim(3*time.Second, "192.0.2.100/32")
		took = append(took, time.Since(began))
	}
	slices.Sort(took)
	t.Logf("claimed, announced and answered: median %v, worst %v", took[25], took[49])
	if took[25] > 2*time.Millisecond {
		t.Errorf("median %v, want well under 1 ms on an idle machine", took[25])
	}
}

func TestRealThousandAddresses(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	h := newRealHost(t)
	announcer := NewAnnouncer()
	defer announcer.Close()
	h.ears = announcer
	for _, family := range []string{"10.0.%d.%d/32", "10.0.%d.%d/8", "2001:db8::%x:%x/128"} {
		const routers, each = 250, 4
		configured := make(map[Owner][]Address)
		for i := range routers * each {
			owner := Owner(fmt.Sprintf("r%03d", i/each))
			configured[owner] = append(configured[owner], h.addresses(fmt.Sprintf(family, i/250+1, i%250+1))...)
		}
		h.m.Configure(configured)
		h.flush()
		began := time.Now()
		for owner, addrs := range configured {
			h.m.Set(owner, Want{Addresses: addrs, Lease: 30 * time.Second})
			h.m.Announce(owner)
		}
		ordered := time.Since(began)
		var first time.Duration
		for i := range routers {
			if r := h.next(); r.Outcome != OutcomeHeld {
				t.Fatalf("%s: %v %v", r.Owner, r.Outcome, r.Err)
			}
			if i == 0 {
				first = time.Since(began)
			}
		}
		held := time.Since(began)
		began = time.Now()
		n := len(h.present())
		dump := time.Since(began)
		if n != routers*each {
			t.Errorf("%d addresses, want %d", n, routers*each)
		}
		began = time.Now()
		for owner := range configured {
			h.m.Set(owner, Want{})
		}
		h.flush()
		t.Logf("%s: ordered in %v, first held after %v, all after %v; read in %v; released in %v",
			family, ordered, first, held, dump, time.Since(began))
		h.wantText("released")
	}
}
