package conformance

import (
	"bytes"
	"net"
	"net/netip"
	"slices"
	"sync/atomic"
	"time"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
)

// travel is how long a frame is on its way to a fake.
const travel = 100 * time.Microsecond

// fake is a daemon that keeps every rule of the plan but for its flaw, and has a virtual MAC.
type fake struct {
	net     *network
	host    string
	setup   Setup
	flaw    string
	inC     chan []byte
	stopC   chan struct{}
	doneC   chan struct{}
	crashed atomic.Bool
	routers []*fakeRouter
}

// fakeRouter is one virtual router of it.
type fakeRouter struct {
	Router
	active   bool
	interval time.Duration // Active_Adver_Interval
	due      time.Time     // of the one timer that runs
}

func newFake(n *network, host string, s Setup) *fake {
	f := &fake{
		net: n, host: host, setup: s,
		inC: make(chan []byte, 4096), stopC: make(chan struct{}), doneC: make(chan struct{}),
	}
	for _, r := range s.Routers {
		f.routers = append(f.routers, &fakeRouter{Router: r, interval: r.Interval})
	}
	return f
}

// has says whether the fake has a flaw.
func (f *fake) has(flaw string) bool { return f.flaw == flaw }

// run is the goroutine of the fake.
func (f *fake) run() {
	defer close(f.doneC)
	f.startup()
	for {
		next := f.routers[0]
		for _, r := range f.routers {
			if r.due.Before(next.due) {
				next = r
			}
		}
		select {
		case b := <-f.inC:
			time.Sleep(travel)
			if !f.crashed.Load() {
				f.receive(b)
			}
		case <-time.After(time.Until(next.due)):
			f.tick(next)
		case <-f.stopC:
			f.shutdown()
			return
		}
	}
}

func (f *fake) startup() {
	groups := []netip.Addr{group4}
	if f.setup.IPv6 {
		groups = []netip.Addr{group6}
		for _, r := range f.routers {
			for _, a := range r.Addresses {
				groups = append(groups, solicitedNode(a))
			}
		}
	}
	if !f.has("joins no group") {
		f.report(groups)
	}
	for _, r := range f.routers {
		if r.Priority == owner && !f.has("an owner waits") && !f.has("an owner is patient") {
			f.promote(r)
		} else {
			r.due = time.Now().Add(f.down(r))
		}
	}
}

func (f *fake) skew(r *fakeRouter) time.Duration {
	interval := r.interval
	if f.setup.Version == 2 {
		interval = time.Second
	}
	if f.has("no skew") {
		return 0
	}
	return time.Duration(256-int(r.Priority)) * interval / 256
}

func (f *fake) down(r *fakeRouter) time.Duration {
	if f.has("down after two") {
		return 2*r.interval + f.skew(r)
	}
	return 3*r.interval + f.skew(r)
}

func (f *fake) tick(r *fakeRouter) {
	if f.crashed.Load() {
		r.due = time.Now().Add(time.Hour)
		return
	}
	if !r.active {
		f.promote(r)
		return
	}
	f.advertise(r, r.Priority)
}

func (f *fake) promote(r *fakeRouter) {
	r.active = true
	if f.has("announces before it advertises") {
		f.announce(r)
	}
	time.Sleep(travel)
	f.advertise(r, r.Priority)
	time.Sleep(travel)
	f.announce(r)
}

func (f *fake) yield(r *fakeRouter, m *Message) {
	r.active = false
	f.learn(r, m)
	r.due = time.Now().Add(f.down(r))
}

func (f *fake) learn(r *fakeRouter, m *Message) {
	if !f.has("learns no interval") && f.setup.Version == 3 {
		r.interval = m.every()
	}
}

func (f *fake) shutdown() {
	for _, r := range f.routers {
		if r.active && !f.has("leaves silently") || f.has("a backup says goodbye") {
			f.advertise(r, 0)
		}
		if r.active && f.has("a word after goodbye") {
			f.advertise(r, r.Priority)
		}
		if r.active && f.has("two goodbyes") {
			f.advertise(r, 0)
		}
	}
}

// advertise sends an advert and starts the next Adver_Timer.
func (f *fake) advertise(r *fakeRouter, priority uint8) {
	r.due = time.Now().Add(r.Interval)
	if f.has("beats slowly") {
		r.due = r.due.Add(r.Interval / 10)
	}
	group := group4
	if f.setup.IPv6 {
		group = group6
	}
	if f.has("beats at half the rate") {
		r.due = r.due.Add(r.Interval)
	}
	b := Bench{Profile: f.setup.Profile}
	a := Advert{
		SrcMAC: virtualMAC(r.VRID, f.setup.IPv6), DstMAC: groupMAC(group), Src: f.setup.Self, Dst: group, TTL: 255,
		Message: Message{
			Version: f.setup.Version, Type: advertisement, VRID: r.VRID, Priority: priority, Count: uint8(len(r.Addresses)),
			Addresses: r.Addresses, Interval: b.field(r.Interval),
		},
		Form: FormMessage,
	}
	if f.setup.IPv6 {
		a.Form = FormPseudo
	}
	if r.Unicast && !f.has("multicasts to its peer") {
		a.Dst, a.DstMAC = f.setup.Peer, f.net.mac(tester)
	}
	if r.Password != "" {
		a.AuthType = 1
		copy(a.Auth[:], r.Password)
	}
	if change := spoiled[f.flaw]; change != nil {
		change(&a)
	}
	f.net.deliver(f.host, a.frame())
}

// spoiled are the flaws of what a fake transmits.
var spoiled = map[string]func(*Advert){
	"sends from its own MAC":      func(a *Advert) { a.SrcMAC = net.HardwareAddr{2, 0, 0, 0, 0, 2} },
	"sends to all systems":        func(a *Advert) { a.Dst = netip.MustParseAddr("224.0.0.1") },
	"sends from another address":  func(a *Advert) { a.Src = netip.MustParseAddr("192.0.2.77") },
	"sends TTL 254":               func(a *Advert) { a.TTL = 254 },
	"sends the other version":     func(a *Advert) { a.Version = 5 - a.Version },
	"sends another priority":      func(a *Advert) { a.Priority = min(a.Priority, 99) },
	"forgets an address":          func(a *Advert) { a.Addresses, a.Count = a.Addresses[:1], 1 },
	"sends reserved bits":         func(a *Advert) { a.Reserved = 1 },
	"sends authentication data":   func(a *Advert) { a.Auth[7] = 1 },
	"sends another interval":      func(a *Advert) { a.Interval++ },
	"sends a wrong checksum":      func(a *Advert) { a.Spoil = 1 },
	"sends a pseudo-header sum":   func(a *Advert) { a.Form = FormPseudo },
	"sends the global one first":  func(a *Advert) { a.Addresses = []netip.Addr{a.Addresses[1], a.Addresses[0], a.Addresses[2]} },
	"sends trailing bytes":        func(a *Advert) { a.Count-- },
	"sends an empty password":     func(a *Advert) { a.Auth = [authLen]byte{} },
	"sends a frame to everybody":  func(a *Advert) { a.DstMAC = layers.EthernetBroadcast },
	"sends authentication type 1": func(a *Advert) { a.AuthType = 1 },
}

// announce says where the addresses are.
func (f *fake) announce(r *fakeRouter) {
	if f.has("announces nothing") {
		return
	}
	for _, a := range r.Addresses {
		f.tellWhere(r, a, f.net.mac(tester), false)
	}
}

// receive takes a frame.
func (f *fake) receive(b []byte) {
	p := gopacket.NewPacket(b, layers.LayerTypeEthernet, gopacket.Default)
	eth := p.Layer(layers.LayerTypeEthernet).(*layers.Ethernet)
	if !f.listens(eth.DstMAC) {
		return
	}
	if m := decode(b, tester, time.Now()); m.Protocol == protocol {
		f.receiveVRRP(b, &m)
		return
	}
	for _, l := range p.Layers() {
		switch l := l.(type) {
		case *layers.ARP:
			if l.Operation == layers.ARPRequest {
				f.asked(address(l.DstProtAddress), eth.SrcMAC)
			}
		case *layers.ICMPv6NeighborSolicitation:
			f.asked(address(l.TargetAddress), eth.SrcMAC)
		case *layers.ICMPv4, *layers.ICMPv6Echo:
			f.echoed(p, eth)
		}
	}
}

// listens says whether a frame to a MAC is taken.
func (f *fake) listens(mac net.HardwareAddr) bool {
	if mac[0]&1 == 1 || bytes.Equal(mac, f.net.mac(f.host)) {
		return true
	}
	for _, r := range f.routers {
		if bytes.Equal(mac, virtualMAC(r.VRID, f.setup.IPv6)) {
			return r.active && !f.has("is deaf at its virtual MAC") || !r.active && f.has("a backup takes the virtual MAC")
		}
	}
	return false
}

// asked answers a question where an address is.
func (f *fake) asked(target netip.Addr, who net.HardwareAddr) {
	for _, r := range f.routers {
		if !slices.Contains(r.Addresses, target) {
			continue
		}
		if r.active && !f.has("answers no question") || !r.active && f.has("a backup answers") {
			f.tellWhere(r, target, who, true)
		}
	}
}

// tellWhere says where an address is, unasked to all.
func (f *fake) tellWhere(r *fakeRouter, a netip.Addr, who net.HardwareAddr, asked bool) {
	mac := virtualMAC(r.VRID, f.setup.IPv6)
	if f.has("answers with its own MAC") {
		mac = f.net.mac(f.host)
	}
	to, toAddress := layers.EthernetBroadcast, a
	if asked {
		to, toAddress = who, f.net.source(tester)
	}
	if a.Is4() {
		operation := uint16(layers.ARPRequest)
		if asked {
			operation = layers.ARPReply
		}
		f.transmit(&layers.Ethernet{SrcMAC: mac, DstMAC: to, EthernetType: layers.EthernetTypeARP}, &layers.ARP{
			AddrType: layers.LinkTypeEthernet, Protocol: layers.EthernetTypeIPv4, HwAddressSize: 6, ProtAddressSize: 4,
			Operation: operation, SourceHwAddress: mac, SourceProtAddress: a.AsSlice(),
			DstHwAddress: to, DstProtAddress: toAddress.AsSlice(),
		})
		return
	}
	var flags uint8 = 0xa0 // Router, Override
	if f.has("has no Router flag") {
		flags = 0x20
	}
	if asked {
		flags |= 0x40
	} else {
		toAddress, to = netip.MustParseAddr("ff02::1"), groupMAC(netip.MustParseAddr("ff02::1"))
	}
	f.transmitICMP6(mac, to, a, toAddress, layers.ICMPv6TypeNeighborAdvertisement, &layers.ICMPv6NeighborAdvertisement{
		Flags: flags, TargetAddress: a.AsSlice(),
		Options: layers.ICMPv6Options{{Type: layers.ICMPv6OptTargetAddress, Data: mac}},
	})
}

// echoed answers an echo request to an own address, or to one of the router's if that is accepted.
func (f *fake) echoed(p gopacket.Packet, eth *layers.Ethernet) {
	var dst, src netip.Addr
	if ip, ok := p.Layer(layers.LayerTypeIPv4).(*layers.IPv4); ok {
		dst, src = address(ip.DstIP), address(ip.SrcIP)
	}
	if ip, ok := p.Layer(layers.LayerTypeIPv6).(*layers.IPv6); ok {
		dst, src = address(ip.DstIP), address(ip.SrcIP)
	}
	taken := dst == f.setup.Self || dst == f.net.global(f.host)
	for _, r := range f.routers {
		accepts := r.active && (r.Priority == owner && !f.has("an owner accepts nothing") || f.has("accepts always")) ||
			!r.active && f.has("a backup accepts")
		taken = taken || slices.Contains(r.Addresses, dst) && accepts
	}
	if !taken {
		return
	}
	if dst.Is4() {
		f.transmit(&layers.Ethernet{SrcMAC: eth.DstMAC, DstMAC: eth.SrcMAC, EthernetType: layers.EthernetTypeIPv4},
			&layers.IPv4{Version: 4, TTL: 64, Protocol: layers.IPProtocolICMPv4, SrcIP: dst.AsSlice(), DstIP: src.AsSlice()},
			&layers.ICMPv4{TypeCode: layers.CreateICMPv4TypeCode(layers.ICMPv4TypeEchoReply, 0)})
		return
	}
	f.transmitICMP6(eth.DstMAC, eth.SrcMAC, dst, src, layers.ICMPv6TypeEchoReply, &layers.ICMPv6Echo{})
}

// report says which groups the fake is a member of.
func (f *fake) report(groups []netip.Addr) {
	mac := f.net.mac(f.host)
	if !f.setup.IPv6 {
		const report3, changeToExclude = 0x22, 4
		b := []byte{report3, 0, 0, 0, 0, 0, 0, byte(len(groups))}
		for _, g := range groups {
			b = append(append(b, changeToExclude, 0, 0, 0), g.AsSlice()...)
		}
		to := netip.MustParseAddr("224.0.0.22")
		f.transmit(&layers.Ethernet{SrcMAC: mac, DstMAC: groupMAC(to), EthernetType: layers.EthernetTypeIPv4},
			&layers.IPv4{Version: 4, TTL: 1, Protocol: layers.IPProtocolIGMP, SrcIP: f.setup.Self.AsSlice(), DstIP: to.AsSlice()},
			gopacket.Payload(b))
		return
	}
	to := netip.MustParseAddr("ff02::16")
	m := &layers.MLDv2MulticastListenerReportMessage{NumberOfMulticastAddressRecords: uint16(len(groups))}
	for _, g := range groups {
		m.MulticastAddressRecords = append(m.MulticastAddressRecords, layers.MLDv2MulticastAddressRecord{
			RecordType: layers.MLDv2MulticastAddressRecordTypeChangeToExcludeMode, MulticastAddress: g.AsSlice(),
		})
	}
	f.transmitICMP6(mac, groupMAC(to), f.setup.Self, to, layers.ICMPv6TypeMLDv2MulticastListenerReportMessageV2, m)
}

// transmitICMP6 sends an ICMPv6 message.
func (f *fake) transmitICMP6(from, to net.HardwareAddr, src, dst netip.Addr, kind uint8, body gopacket.SerializableLayer) {
	ip := &layers.IPv6{Version: 6, HopLimit: 255, NextHeader: layers.IPProtocolICMPv6, SrcIP: src.AsSlice(), DstIP: dst.AsSlice()}
	icmp := &layers.ICMPv6{TypeCode: layers.CreateICMPv6TypeCode(kind, 0)}
	if err := icmp.SetNetworkLayerForChecksum(ip); err != nil {
		panic(err)
	}
	f.transmit(&layers.Ethernet{SrcMAC: from, DstMAC: to, EthernetType: layers.EthernetTypeIPv6}, ip, icmp, body)
}

// transmit sends a frame.
func (f *fake) transmit(ls ...gopacket.SerializableLayer) {
	b, err := serialize(ls...)
	if err != nil {
		panic(err)
	}
	f.net.deliver(f.host, b)
}
