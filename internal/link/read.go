package link

import (
	"errors"
	"fmt"
	"slices"

	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netlink/nl"
	"github.com/vishvananda/netns"
	"golang.org/x/sys/unix"
)

// readAttempts bounds how often a reading that was overtaken by a change is repeated. Each change is also a notification,
// so what is missed after that many is not missed for long.
const readAttempts = 8

// errTorn says that the links and the addresses were not read from one state.
var errTorn = errors.New("links and addresses changed while they were read")

// skipStats is RTEXT_FILTER_SKIP_STATS (linux/rtnetlink.h).
const skipStats = 1 << 3

// readTimeout bounds the wait for the kernel's answer, so that a lost one does not hang the reader.
var readTimeout = unix.Timeval{Sec: 2}

// Read returns the state of all links and addresses of the calling thread's network namespace, once. A daemon that lives
// on follows them with a [Monitor].
func Read() (Snapshot, error) {
	r, err := newReader()
	if err != nil {
		return Snapshot{}, err
	}
	defer r.close()
	return r.read()
}

// reader is the socket that dumps go over.
type reader struct {
	handle *nl.SocketHandle
}

func newReader() (*reader, error) {
	s, err := nl.GetNetlinkSocketAt(netns.None(), netns.None(), unix.NETLINK_ROUTE)
	if err != nil {
		return nil, fmt.Errorf("opening a netlink socket: %w", err)
	}
	if err := errors.Join(s.SetSendTimeout(&readTimeout), s.SetReceiveTimeout(&readTimeout)); err != nil {
		s.Close()
		return nil, fmt.Errorf("limiting the time a netlink request takes: %w", err)
	}
	return &reader{handle: &nl.SocketHandle{Socket: s}}, nil
}

func (r *reader) close() { r.handle.Close() }

// read returns the state of all links and addresses of the network namespace in which the reader was made. A reading that
// a change interrupted is repeated, a few times at most.
func (r *reader) read() (Snapshot, error) {
	return attempt(readAttempts, r.readOnce)
}

// attempt repeats a torn reading. The last one is good enough: better a snapshot with a hole that the next notification
// closes than none at all.
func attempt(times int, once func() (Snapshot, error)) (Snapshot, error) {
	for range times - 1 {
		s, err := once()
		if !errors.Is(err, errTorn) {
			return s, err
		}
	}
	s, err := once()
	if errors.Is(err, errTorn) {
		err = nil
	}
	return s, err
}

func (r *reader) readOnce() (Snapshot, error) {
	// The statistics are most of a link's bytes, and nobody here wants them.
	links, linksTorn, err := r.dump(unix.RTM_GETLINK, unix.RTM_NEWLINK,
		nl.NewIfInfomsg(unix.AF_UNSPEC),
		nl.NewRtAttr(unix.IFLA_EXT_MASK, nl.Uint32Attr(skipStats)))
	if err != nil {
		return Snapshot{}, fmt.Errorf("reading links: %w", err)
	}
	addrs, addrsTorn, err := r.dump(unix.RTM_GETADDR, unix.RTM_NEWADDR, nl.NewIfAddrmsg(unix.AF_UNSPEC))
	if err != nil {
		return Snapshot{}, fmt.Errorf("reading addresses: %w", err)
	}
	s, whole, err := assemble(links, addrs)
	if err != nil {
		return Snapshot{}, err
	}
	if linksTorn || addrsTorn || !whole {
		return s, errTorn
	}
	return s, nil
}

// dump returns the bodies of all messages of the answer, and whether the kernel flagged it as interrupted by a change
// (NLM_F_DUMP_INTR).
func (r *reader) dump(request int, answer uint16, data ...nl.NetlinkRequestData) (bodies [][]byte, torn bool, err error) {
	req := nl.NewNetlinkRequest(request, unix.NLM_F_DUMP)
	req.Sockets = map[int]*nl.SocketHandle{unix.NETLINK_ROUTE: r.handle}
	for _, d := range data {
		req.AddData(d)
	}
	bodies, err = req.Execute(unix.NETLINK_ROUTE, answer)
	if errors.Is(err, netlink.ErrDumpInterrupted) {
		return bodies, true, nil
	}
	return bodies, false, err
}

// assemble builds a snapshot of the message bodies of both dumps. whole is false if an address belongs to a link that is
// not among the links: it was created between the dumps.
func assemble(links, addrs [][]byte) (s Snapshot, whole bool, err error) {
	s.Links = make([]Link, 0, len(links))
	for _, b := range links {
		l, err := netlink.LinkDeserialize(nil, b)
		if err != nil {
			return Snapshot{}, false, fmt.Errorf("reading a link: %w", err)
		}
		s.Links = append(s.Links, fromAttrs(l.Attrs()))
		s.Links[len(s.Links)-1].Incarnation = incarnation(b)
	}
	slices.SortFunc(s.Links, func(a, b Link) int { return a.Index - b.Index })

	at := make(map[int]int, len(s.Links))
	for i, l := range s.Links {
		at[l.Index] = i
	}
	whole = true
	for _, b := range addrs {
		index, a, ok := parseAddress(b)
		if !ok {
			continue
		}
		i, known := at[index]
		if !known {
			whole = false
			continue
		}
		s.Links[i].Addresses = append(s.Links[i].Addresses, a)
	}
	return s, whole, nil
}

func fromAttrs(a *netlink.LinkAttrs) Link {
	return Link{
		Index:    a.Index,
		Name:     a.Name,
		AltNames: a.AltNames,
		MAC:      a.HardwareAddr,
		MTU:      a.MTU,
		Master:   a.MasterIndex,
		Port:     a.MasterIndex != 0 && !inVRF(a),
		Up:       a.RawFlags&unix.IFF_UP != 0,
		Carrier:  a.RawFlags&unix.IFF_LOWER_UP != 0,
	}
}

// inVRF says whether the link's master is a VRF. Such a link keeps its packets and addresses; every other kind of master
// (bridge, bond, team, Open vSwitch) takes the packets away.
func inVRF(a *netlink.LinkAttrs) bool {
	_, ok := a.Slave.(*netlink.VrfSlave)
	return ok
}
