package vip

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// fakeKernel behaves as Linux does with addresses: primary and secondary ones, promote_secondaries, lifetimes that end.
// Link 2 is eth0 and link 3 is eth1.
type fakeKernel struct {
	mu          sync.Mutex
	now         func() time.Time
	noMarks     bool
	links       map[int]string
	addrs       []fakeAddress
	promote     map[int]bool
	settingErr  error            // Promote fails
	ops         []string         // all operations, in order
	sizes       []int            // how many operations each Apply had
	refuse      map[string]error // operations that fail, by their text up to the lease
	unread      error            // Addresses fails
	unreadTimes int              // how often still; 0: until unread is nil
	readings    int
	onApply     func()
}

type fakeAddress struct {
	Present
	end time.Time
}

func newFakeKernel() *fakeKernel {
	return &fakeKernel{
		now: time.Now, links: map[int]string{2: "eth0", 3: "eth1"}, promote: make(map[int]bool),
		refuse: make(map[string]error),
	}
}

func (k *fakeKernel) Marks() bool { return false }

func (k *fakeKernel) LinkName(ifindex int) (string, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if name, ok := k.links[ifindex]; ok {
		return name, nil
	}
	return "", unix.ENODEV
}

func (k *fakeKernel) Promote(ifindex int, on bool) (bool, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if _, ok := k.links[ifindex]; !ok {
		return false, unix.ENODEV
	}
	if k.settingErr != nil {
		return false, k.settingErr
	}
	was := k.promote[ifindex]
	k.promote[ifindex] = on
	return was, nil
}

func (k *fakeKernel) Addresses() ([]Present, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.readings++
	if err := k.unread; err != nil {
		if k.unreadTimes--; k.unreadTimes == 0 {
			k.unread = nil
		}
		return nil, err
	}
	k.expire()
	present := make([]Present, 0, len(k.addrs))
	for _, a := range k.addrs {
		present = append(present, a.Present)
	}
	return present, nil
}

func (k *fakeKernel) Apply(ops []Op) []error {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.expire()
	k.sizes = append(k.sizes, len(ops))
	errs := make([]error, len(ops))
	for i, op := range ops {
		k.ops = append(k.ops, op.String())
		errs[i] = k.apply(op)
	}
	if k.onApply != nil {
		k.onApply()
	}
	return errs
}

func (k *fakeKernel) apply(op Op) error {
	for text, err := range k.refuse {
		if strings.HasPrefix(op.String(), text) {
			return err
		}
	}
	if _, ok := k.links[op.Address.Ifindex]; !ok {
		return unix.ENODEV
	}
	i := k.find(op.Address)
	switch {
	case op.Kind == OpRemove && i < 0:
		return unix.EADDRNOTAVAIL
	case op.Kind == OpRemove:
		k.remove(i)
		return nil
	case op.Kind == OpAdd && i >= 0:
		return unix.EEXIST
	case i < 0:
		k.add(op.Address)
		i = len(k.addrs) - 1
	}
	a := &k.addrs[i]
	a.Proto = Proto
	if k.noMarks {
		a.Proto = 0
	}
	a.Permanent, a.Valid, a.end = op.Lease == 0, op.Lease, k.now().Add(op.Lease)
	a.Deprecated = a.Prefix.Addr().Is6() && !op.Address.Source
	return nil
}

// find looks for the address as the kernel does: by prefix in IPv4, by address alone in IPv6.
func (k *fakeKernel) find(a Address) int {
	return slices.IndexFunc(k.addrs, func(b fakeAddress) bool {
		return b.Key() == a.Key() && (a.Prefix.Addr().Is6() || b.Prefix == a.Prefix)
	})
}

func (k *fakeKernel) add(a Address) {
	p := Present{Prefix: a.Prefix, Ifindex: a.Ifindex, Label: cmp.Or(a.Label, k.links[a.Ifindex]), Scope: a.Scope}
	p.Secondary = subnetted(p.Prefix) && slices.ContainsFunc(k.addrs, func(b fakeAddress) bool { return b.subnet() == p.subnet() })
	k.addrs = append(k.addrs, fakeAddress{Present: p})
}

// remove takes an address away, and with a primary one either promotes the next or takes all others of the subnet along.
func (k *fakeKernel) remove(i int) {
	gone := k.addrs[i]
	k.addrs = slices.Delete(k.addrs, i, i+1)
	if !subnetted(gone.Prefix) || gone.Secondary {
		return
	}
	if !k.promote[gone.Ifindex] {
		k.addrs = slices.DeleteFunc(k.addrs, func(b fakeAddress) bool { return b.subnet() == gone.subnet() })
		return
	}
	if j := slices.IndexFunc(k.addrs, func(b fakeAddress) bool { return b.subnet() == gone.subnet() }); j >= 0 {
		k.addrs[j].Secondary = false
	}
}

func (k *fakeKernel) expire() {
	for i := 0; i < len(k.addrs); {
		if a := k.addrs[i]; !a.Permanent && !k.now().Before(a.end) {
			k.remove(i)
			i = 0
			continue
		}
		i++
	}
}

// host adds an address as somebody else would.
func (k *fakeKernel) host(ifindex int, prefix string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.add(Address{Prefix: netip.MustParsePrefix(prefix), Ifindex: ifindex})
	k.addrs[len(k.addrs)-1].Permanent = true
}

// leftover adds an address as an earlier run of ours would have left it.
func (k *fakeKernel) leftover(ifindex int, prefix string, lease time.Duration) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.apply(Op{Kind: OpAdd, Address: Address{Prefix: netip.MustParsePrefix(prefix), Ifindex: ifindex}, Lease: lease})
}

// del removes an address as somebody else would.
func (k *fakeKernel) del(ifindex int, prefix string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if i := k.find(Address{Prefix: netip.MustParsePrefix(prefix), Ifindex: ifindex}); i >= 0 {
		k.remove(i)
	}
}

// String prints all addresses as ip-address(8) does, by link.
func (k *fakeKernel) String() string {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.expire()
	var lines []string
	for _, a := range k.addrs {
		line := fmt.Sprintf("%s %s", k.links[a.Ifindex], a.Prefix)
		if a.Label != k.links[a.Ifindex] {
			line += " label " + a.Label
		}
		if a.Proto != 0 {
			line += fmt.Sprint(" proto ", a.Proto)
		}
		if a.Secondary {
			line += " secondary"
		}
		if a.Deprecated {
			line += " deprecated"
		}
		if !a.Permanent {
			line += " valid " + a.Valid.String()
		}
		lines = append(lines, line+"\n")
	}
	slices.SortStableFunc(lines, func(a, b string) int { return cmp.Compare(a[:4], b[:4]) })
	return strings.Join(lines, "")
}

// change lets fn edit the kernel while a Manager runs.
func (k *fakeKernel) change(fn func()) {
	k.mu.Lock()
	defer k.mu.Unlock()
	fn()
}

// took returns the operations since the last call.
func (k *fakeKernel) took() []string {
	k.mu.Lock()
	defer k.mu.Unlock()
	ops := k.ops
	k.ops = nil
	return ops
}
