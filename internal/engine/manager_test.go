package engine

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/aloft-ha/aloft/vip"
)

// managerDelay is how long the address manager takes for an order.
const managerDelay = 300 * time.Microsecond

// manager is an address manager without a kernel: it records the orders, and holds what it was told to, as long as the
// lease lasts.
type manager struct {
	host *host

	mu         sync.Mutex
	orders     []order
	configured map[vip.Owner][]vip.Address
	owners     map[vip.Owner]*holding
	waiting    []func() (vip.Result, bool)
	hung       bool  // orders are taken and nothing comes of them
	refusal    error // of every claim and renewal
}

// order is something that the engine asked for.
type order struct {
	at    time.Time
	owner vip.Owner
	text  string
}

// holding is what one owner has in the kernel.
type holding struct {
	want  vip.Want
	until map[netip.Addr]time.Time // zero: for ever
}

func newManager(h *host) *manager { return &manager{host: h, owners: make(map[vip.Owner]*holding)} }

// Configure implements Addresses.
func (m *manager) Configure(c map[vip.Owner][]vip.Address) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.configured = c
}

// Set implements Addresses.
func (m *manager) Set(owner vip.Owner, w vip.Want) {
	text := "set"
	switch {
	case w.Keep:
		text = "keep"
	case len(w.Addresses) == 0:
		text = "release"
	}
	for _, a := range w.Addresses {
		text += " " + a.Prefix.String()
	}
	if len(w.Addresses) > 0 {
		text += " for " + w.Lease.String()
	}
	m.note(owner, text)
	m.later(func() (vip.Result, bool) { return m.set(owner, w) })
}

func (m *manager) set(owner vip.Owner, w vip.Want) (vip.Result, bool) {
	h := m.owners[owner]
	if h == nil {
		h = &holding{until: make(map[netip.Addr]time.Time)}
		m.owners[owner] = h
	}
	h.want = w
	if w.Keep {
		return vip.Result{}, false
	}
	if m.refusal != nil && len(w.Addresses) > 0 {
		return m.refused(owner, w.Generation, w.Addresses[0].Prefix.Addr()), true
	}
	old := h.until
	h.until = make(map[netip.Addr]time.Time)
	for _, a := range w.Addresses {
		addr := a.Prefix.Addr()
		var ok bool
		if h.until[addr], ok = old[addr]; !ok {
			h.until[addr] = m.end(w.Lease)
		}
	}
	return m.held(owner, w.Generation), len(w.Addresses) > 0
}

// Renew implements Addresses.
func (m *manager) Renew(owner vip.Owner, lease time.Duration, generation uint64) {
	m.note(owner, "renew for "+lease.String())
	m.later(func() (vip.Result, bool) {
		h := m.owners[owner]
		if h == nil || len(h.until) == 0 {
			return vip.Result{}, false
		}
		if m.refusal != nil {
			return m.refused(owner, generation, h.want.Addresses[0].Prefix.Addr()), true
		}
		for addr, until := range h.until {
			if m.ended(until) {
				return m.refused(owner, generation, addr), true
			}
			h.until[addr] = m.end(lease)
		}
		return m.held(owner, generation), true
	})
}

// Announce implements Addresses.
func (m *manager) Announce(owner vip.Owner) {
	m.note(owner, "announce")
	m.later(func() (vip.Result, bool) {
		if h := m.owners[owner]; h != nil {
			for addr := range h.until {
				m.host.lan.announce(m.host, addr)
			}
		}
		return vip.Result{}, false
	})
}

func (m *manager) note(owner vip.Owner, text string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.orders = append(m.orders, order{at: time.Now(), owner: owner, text: text})
}

// later carries an order out after a while, in turn, and reports.
func (m *manager) later(carryOut func() (vip.Result, bool)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.waiting = append(m.waiting, carryOut)
	time.AfterFunc(managerDelay, func() {
		m.mu.Lock()
		first := m.waiting[0]
		m.waiting = m.waiting[1:]
		if m.hung {
			m.mu.Unlock()
			return
		}
		r, ok := first()
		m.mu.Unlock()
		if ok {
			m.host.engine.Result(r)
		}
	})
}

func (m *manager) end(lease time.Duration) time.Time {
	if lease == 0 {
		return time.Time{}
	}
	return m.host.now().Add(lease)
}

func (m *manager) ended(until time.Time) bool { return !until.IsZero() && m.host.now().After(until) }

func (m *manager) held(owner vip.Owner, generation uint64) vip.Result {
	r := vip.Result{Owner: owner, Generation: generation, Outcome: vip.OutcomeHeld}
	for _, until := range m.owners[owner].until {
		r.Until = sooner(r.Until, until)
	}
	return r
}

func (m *manager) refused(owner vip.Owner, generation uint64, addr netip.Addr) vip.Result {
	err := m.refusal
	if err == nil {
		err = errors.New("its lease has ended")
	}
	return vip.Result{Owner: owner, Generation: generation, Outcome: vip.OutcomeFailed, Address: addr, Err: err}
}

// holds says that the address is up.
func (m *manager) holds(addr netip.Addr) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, h := range m.owners {
		if until, ok := h.until[addr]; ok && !m.ended(until) {
			return true
		}
	}
	return false
}

// setHung makes it take orders and carry none out.
func (m *manager) setHung(hung bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.hung = hung
}

// refuse makes every claim and renewal fail; nil ends it.
func (m *manager) refuse(err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.refusal = err
}

// report sends the engine an unasked result.
func (m *manager) report(owner vip.Owner, outcome vip.Outcome, addr string) {
	r := vip.Result{Owner: owner, Outcome: outcome}
	if addr != "" {
		r.Address = netip.MustParseAddr(addr)
	}
	m.host.engine.Result(r)
	synctest.Wait()
}

// since returns the orders of an owner, or of all if it is empty, since an instant.
func (m *manager) since(at time.Time, owner vip.Owner) (list []order) {
	synctest.Wait()
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, o := range m.orders {
		if !o.at.Before(at) && (owner == "" || o.owner == owner) {
			list = append(list, o)
		}
	}
	return list
}

// wantOrders compares the orders since an instant.
func (h *host) wantOrders(why string, since time.Time, want ...string) {
	h.lan.t.Helper()
	var got []string
	for _, o := range h.addresses.since(since, "") {
		got = append(got, fmt.Sprintf("%s: %s", o.owner, o.text))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		h.lan.t.Fatalf("%s: orders of %s (-want +got):\n%s", why, h.name, diff)
	}
}

// renewals counts the renewals since an instant.
func (h *host) renewals(since time.Time) (n int) {
	for _, o := range h.addresses.since(since, "") {
		if strings.HasPrefix(o.text, "renew") {
			n++
		}
	}
	return n
}

// configuredAddresses lists what the address manager was last told to be ours, sorted.
func (m *manager) configuredAddresses() (list []string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, addrs := range m.configured {
		for _, a := range addrs {
			list = append(list, fmt.Sprintf("%s on %d", a.Prefix, a.Ifindex))
		}
	}
	slices.Sort(list)
	return list
}
