package keepalived

import (
	"cmp"
	"net/netip"
	"slices"
	"time"

	"github.com/aloft-ha/aloft/internal/config"
	"github.com/aloft-ha/aloft/internal/importer"
	"github.com/aloft-ha/aloft/vrrp"
)

// member is an instance with all that keepalived makes of it, in aloft's terms.
type member struct {
	src      *source
	in       *instance
	ipv6     bool
	priority int
	settings importer.Settings
}

// owner is the priority of the node that has the addresses as its own.
const owner = 255

// complete makes the member of an instance: keepalived's defaults, and its corrections of what does not fit together.
func complete(src *source, in *instance) *member {
	m := &member{src: src, in: in, ipv6: in.family == ipv6}
	m.settings.Interface = cmp.Or(in.iface, src.global.iface)
	if in.iface == "" && src.global.iface != "" {
		src.note(in.at, importer.Chosen, "", "vrrp_instance %s has no interface: the default_interface %s is taken", clip(in.name), src.global.iface)
	}
	if in.source.IsValid() && in.source.Is6() != m.ipv6 {
		src.note(in.sourceAt, importer.Broken, "", "%s is not of the family of vrrp_instance %s, and left out", in.source, clip(in.name))
		in.source = netip.Addr{}
	}
	m.settings.Addresses = m.addresses()
	m.prioritise()
	switch {
	case src.version(in) == 2:
		m.settings.Version = vrrp.Version2
	case in.version == 2:
		src.note(in.at, importer.Changed, "write version 3 on all nodes: those that speak version 2 do not hear aloft",
			"vrrp_instance %s speaks version 2 over IPv6, which no RFC has, and aloft version 3", clip(in.name))
	}
	m.time()
	m.authenticate()
	m.failback()
	m.transport()
	m.settings.DownAdverts = cmp.Or(in.downAdverts, src.global.downAdverts)
	if m.settings.DownAdverts == 3 {
		m.settings.DownAdverts = 0
	}
	m.settings.StartupDelay = src.global.startupDelay
	m.settings.LinkUpDelay = src.global.linkUpDelays[m.settings.Interface]
	if in.checksumSet != nil && in.checksumV2 || in.checksumSet == nil && src.global.checksumAsV2 {
		m.settings.Checksum = config.ChecksumRFC9568
	}
	m.settings.Track, m.settings.Notify = named(in.effects), in.notify
	return m
}

// addresses puts the floating addresses together. Those of the other family are no part of it.
func (m *member) addresses() []importer.Address {
	var list []importer.Address
	seen := make(map[string]bool)
	take := func(f floating, silent bool) {
		a := f.Address
		if seen[a.Prefix.Addr().String()] {
			m.src.note(f.at, importer.Broken, "", "%s stands twice in vrrp_instance %s", f.at.keyword(), clip(m.in.name))
			return
		}
		seen[a.Prefix.Addr().String()] = true
		if a.Interface == m.settings.Interface {
			a.Interface = ""
		}
		a.Silent = silent
		list = append(list, a)
	}
	for _, f := range m.in.addresses {
		if f.Prefix.Addr().Is6() != m.ipv6 {
			m.src.note(f.at, importer.Broken, "if it shall move along, add it to the addresses: {address: \""+f.Prefix.Addr().String()+"\", advertise: false}",
				"keepalived ignores %s, which is not of the family of the first address of the instance", f.at.keyword())
			continue
		}
		take(f, false)
	}
	for _, f := range m.in.excluded {
		take(f, true)
	}
	if len(m.in.addresses) == 0 {
		m.src.note(m.in.at, importer.Broken, "give it an address that is advertised", "vrrp_instance %s has no virtual_ipaddress", clip(m.in.name))
	}
	return list
}

// prioritise finds the priority. Who says MASTER and no priority says, maybe without knowing it, 255.
func (m *member) prioritise() {
	m.priority = m.in.priority
	switch {
	case m.priority == 0 && m.in.master:
		m.priority = owner
		m.src.note(m.in.at, importer.Changed, "write a priority of 254 at most, unless the node has the address as its own",
			"vrrp_instance %s has state MASTER and no priority, so keepalived gives it 255, the owner's", clip(m.in.name))
	case m.priority == 0:
		m.priority = 100
	}
}

// version is the version of VRRP that an instance speaks. IPv6 is version 3 whatever global_defs say, and version 2 of an
// instance is one that no RFC has.
func (src *source) version(in *instance) int {
	if in.family == ipv6 {
		return 3
	}
	return cmp.Or(in.version, src.global.version, 2)
}

// time finds the interval as keepalived rounds it.
func (m *member) time() {
	in := m.in
	version := m.src.version(in)
	if in.interval == 0 {
		return
	}
	step := vrrp.MinInterval.Duration()
	if version == 2 {
		step = time.Second
	}
	d := min(max((in.interval+step/2)/step*step, step), vrrp.MaxInterval.Duration().Truncate(step))
	instead := ""
	if version == 2 && in.interval > d+step {
		instead = "give all nodes the same: in version 2 a node drops adverts of another interval than its own, and aloft has none above 40s"
	}
	if d != in.interval {
		m.src.note(in.intervalAt, importer.Changed, instead, "advert_int %s of VRRP version %d becomes %s", config.Spell(in.interval), version, config.Spell(d))
	}
	if d != time.Second {
		m.settings.AdvertInterval = d
	}
}

// failback finds out who takes over from whom. The state MASTER and the owner's priority switch nopreempt off.
func (m *member) failback() {
	in, src := m.in, m.src
	m.settings.NoFailback = in.noPreempt != nil
	if in.noPreempt != nil && (in.master || m.priority == owner) {
		m.settings.NoFailback = false
		src.note(in.noPreempt, importer.Broken, "write auto_failback: false if it is meant", "keepalived ignores nopreempt with state MASTER or priority 255")
	}
	switch {
	case in.delay == 0:
	case in.master:
		src.note(in.delayAt, importer.Broken, "write preempt_delay: "+config.Spell(in.delay)+" if it is meant", "keepalived ignores preempt_delay with state MASTER")
	case m.settings.NoFailback:
		src.note(in.delayAt, importer.Broken, "", "keepalived ignores preempt_delay beside nopreempt")
	default:
		m.settings.PreemptDelay = in.delay
	}
}

// transport finds out how adverts travel. An empty list of peers means multicast in keepalived too.
func (m *member) transport() {
	in := m.in
	switch {
	case len(in.peers) > 0:
		m.samePeers()
		m.settings.Transport = config.Unicast
		m.settings.MinTTL = in.minTTL
	case in.unicast:
		m.src.note(in.unicastAt, importer.Broken, "give the nodes addresses and write transport: unicast if it is meant",
			"unicast_peer of vrrp_instance %s is empty, so keepalived uses multicast", clip(in.name))
		fallthrough
	default:
		if in.source.IsValid() {
			m.settings.SourceAddress = in.source
		}
	}
}

// samePeers leaves out the peers of the other family, as keepalived does.
func (m *member) samePeers() {
	m.in.peers = slices.DeleteFunc(m.in.peers, func(a netip.Addr) bool {
		if a.Is6() == m.ipv6 {
			return false
		}
		m.src.note(m.in.unicastAt, importer.Broken, "", "keepalived ignores the peer %s, which is not of the family of vrrp_instance %s", a, clip(m.in.name))
		return true
	})
}
