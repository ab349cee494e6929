package engine

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/aloft-ha/aloft/internal/config"
	"github.com/aloft-ha/aloft/internal/wire"
	"github.com/aloft-ha/aloft/tracker"
	"github.com/aloft-ha/aloft/vip"
	"github.com/aloft-ha/aloft/vrrp"
)

// router is one router of the configuration on this node: each of its families is a virtual router of its own.
type router struct {
	inst    config.Instance
	group   *group
	members []*member
	leaving bool
	told    bool // to leave
	mute    bool // it leaves, and its name is another's: nothing is told of it

	services services
	failure  string // why the services could not be started, the last time

	priority tracker.Priority // as it was last put to the machines
	waiting  bool             // for the first results of its trackers; it has been said

	hadCarrier  bool      // it has had a link since the daemon started
	lostCarrier bool      // and has lost it since
	settledAt   time.Time // link_up_delay ends; zero: it has
}

// member is one virtual router: one family of a router.
type member struct {
	router *router
	index  int // in the group of its router
	ipv6   bool
	owner  vip.Owner

	machine *vrrp.Machine // to be read; it is stepped through the group
	started bool
	given   vrrp.Config // what it was last told

	reconfigured vrrp.Config // what it is to be told
	socketWas    wire.Key    // the socket that the last adjustment found

	place     place
	heldOver  time.Time // until when the place is kept although its address has vanished; zero: it has not
	peers     []peer
	unicast   []netip.Addr  // their addresses
	addresses []vip.Address // all it may hold, as they are to stand in the kernel
	want      vip.Want      // the last order
	faultWas  vrrp.Fault    // what it was last told to have
	foreign   netip.Addr    // one of its addresses that somebody else put on this host

	active   bool // the last transition was to Active
	held     bool // and its addresses have been up since
	packets  []prepared
	identity identity
	queued   int                // adverts in the outbox
	heard    vrrp.ChecksumForms // checksum forms ever heard
	senders  map[netip.Addr]*sender
	rivals   rivals

	contestedAt time.Time // the last log line about another holder
	skewAt      time.Time // the last one about a clock
	intervalAt  time.Time // the last one about a peer's interval in version 2
	mismatchAt  time.Time // the last one about a peer's address list
	sendErrorAt time.Time // the last log line about a refused advert
}

// peer is an address of another node.
type peer struct {
	address netip.Addr
	onLink  bool // in a prefix of our interface
}

// newRouter makes the machines of an instance, in Initialize.
func newRouter(inst config.Instance, build builder) *router {
	r := &router{inst: inst}
	for _, ipv6 := range families(&inst) {
		r.members = append(r.members, newMember(r, ipv6, build))
	}
	return r
}

// newMember makes the machine of one family of a router, in Initialize.
func newMember(r *router, ipv6 bool, build builder) *member {
	given := build(&r.inst, ipv6)
	m := &member{
		router: r, ipv6: ipv6, owner: ownerOf(&r.inst, ipv6), machine: vrrp.NewMachine(given),
		given: given, reconfigured: given, senders: make(map[netip.Addr]*sender),
	}
	m.identify(&r.inst)
	return m
}

func machinesOf(members []*member) (machines []*vrrp.Machine) {
	for _, m := range members {
		machines = append(machines, m.machine)
	}
	return machines
}

// ownerOf names a member towards the address manager, "51@eth0/ipv4": by what makes it the same virtual router after a
// reload, which its name in the configuration does not. That may be another's by then.
func ownerOf(inst *config.Instance, ipv6 bool) vip.Owner {
	where := inst.Interface
	if where == "" && len(inst.Local) > 0 {
		where = inst.Local[0].Address.String()
	}
	return vip.Owner(fmt.Sprintf("%d@%s/%s", inst.VRID, where, familyName(ipv6)))
}

func familyName(ipv6 bool) string {
	if ipv6 {
		return "ipv6"
	}
	return "ipv4"
}

// same says whether one of these families of inst is a virtual router that r has already: the same VRID on the same
// interface, whatever its name, and whatever the words that lead to the interface. home finds an instance's interface on
// this host; 0: nowhere.
func (r *router) same(inst *config.Instance, home func(*config.Instance) int, ipv6 ...bool) bool {
	return r.inst.VRID == inst.VRID && sameHome(&r.inst, inst, home) &&
		slices.ContainsFunc(r.members, func(m *member) bool { return slices.Contains(ipv6, m.ipv6) })
}

func sameHome(a, b *config.Instance, home func(*config.Instance) int) bool {
	if a.Interface == b.Interface && (a.Interface != "" || slices.Equal(a.Local, b.Local)) {
		return true
	}
	at := home(a)
	return at != 0 && at == home(b)
}

// socket returns the key of the member's socket.
func (m *member) socket() wire.Key { return wire.Key{Ifindex: m.place.ifindex, IPv6: m.ipv6} }

// ownsAddresses says that the addresses are the host's own: what it has of them is no stranger's.
func (m *member) ownsAddresses() bool { return m.router.inst.Priority == 255 }

// gone says that a router has departed and nothing of it is left to do.
func (e *Engine) gone(r *router) bool {
	for _, m := range r.members {
		mm := m.machine
		if mm.State() != vrrp.Initialize || m.queued > 0 {
			return false
		}
	}
	return r.told && (e.hurried || r.services.rest())
}

// fault is what keeps a member from serving, as the engine sees it.
func (m *member) fault() vrrp.Fault {
	switch {
	case m.place.fault != vrrp.FaultNone:
		return m.place.fault
	case !m.router.settledAt.IsZero():
		return vrrp.FaultLinkSettling
	case m.foreign.IsValid():
		return vrrp.FaultAddressForeign
	}
	if m.router.priority.Fault != "" {
		return vrrp.FaultTracker
	}
	return vrrp.FaultNone
}

// machineConfig builds what a member's machine is told; priority is the effective one.
func machineConfig(inst *config.Instance, ipv6 bool, priority uint8, grid time.Time, lease, refresh time.Duration) vrrp.Config {
	cfg := vrrp.Config{
		Version:      inst.Version,
		VRID:         inst.VRID,
		Priority:     priority,
		Interval:     inst.Interval,
		DownAdverts:  inst.DownAdverts,
		Preempt:      inst.AutoFailback,
		PreemptDelay: inst.PreemptDelay,
		StartupDelay: inst.StartupDelay,
		Farewell:     inst.Farewell,
		Others:       len(inst.Peers),
		Gap:          inst.Gap,
		Lease:        lease,
		Refresh:      refresh,
		Grid:         grid,
	}
	if ipv6 {
		cfg.Version = vrrp.Version3 // version 2 knows IPv4 alone
	}
	for _, a := range share(inst, ipv6) {
		if addr := a.Prefix.Addr(); a.Advertise && addr.Is6() == ipv6 {
			cfg.Addresses = append(cfg.Addresses, addr)
		} else {
			cfg.Unadvertised = append(cfg.Unadvertised, addr)
		}
	}
	return cfg
}

// describe names the member in logs.
func (m *member) describe() string {
	var b strings.Builder
	b.WriteString(m.router.inst.Router)
	if len(families(&m.router.inst)) > 1 {
		b.WriteString("/" + familyName(m.ipv6))
	}
	return b.String()
}
