package scout

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"time"

	"github.com/aloft-ha/aloft/internal/link"
	"github.com/aloft-ha/aloft/internal/wire"
)

// Router is a virtual router that somebody advertises.
type Router struct {
	Interface string
	IPv6      bool
	VRID      uint8
	Version   uint8 // 2 or 3
	Priority  uint8
	Source    netip.Addr // who was heard last
}

// ErrNothingToHear says that no link of this host could carry adverts.
var ErrNothingToHear = errors.New("no interface is up that could carry adverts")

// Audible returns the links that can be listened on: up, with a carrier, and no port of a bridge or bond.
func Audible(links []link.Link) (list []link.Link) {
	for _, l := range links {
		loopback := slices.ContainsFunc(l.Addresses, func(a link.Address) bool { return a.Prefix.Addr().IsLoopback() })
		if l.Up && l.Carrier && !l.Port && !loopback {
			list = append(list, l)
		}
	}
	return list
}

// Listen hears adverts on the links for the given time, or until ctx is done, and returns whom it heard, by VRID. It needs
// CAP_NET_RAW; without it the error is fs.ErrPermission.
func Listen(ctx context.Context, links []link.Link, long time.Duration) ([]Router, error) {
	if len(links) == 0 {
		return nil, ErrNothingToHear
	}
	sockets, err := wire.New()
	if err != nil {
		return nil, fmt.Errorf("opening the sockets: %w", err)
	}
	defer func() { _ = sockets.Close() }()
	names := make(map[int]string)
	for _, l := range links {
		names[l.Index] = l.Name
		for _, ipv6 := range []bool{false, true} {
			if ipv6 && !speaksIPv6(l) {
				continue // there is no group to join
			}
			if err := sockets.Open(wire.Key{Ifindex: l.Index, IPv6: ipv6}, l.Name, true); err != nil {
				return nil, err
			}
		}
	}
	defer context.AfterFunc(ctx, sockets.Wake)()
	heard := make(map[place]Router)
	inbox := make([]wire.Datagram, 64)
	for end := time.Now().Add(long); ctx.Err() == nil && time.Now().Before(end); {
		if err := sockets.Wait(end); err != nil {
			return nil, err
		}
		note(heard, names, inbox[:sockets.Receive(inbox)]) // what is left makes the next Wait return at once
	}
	return list(heard), nil
}

// place is where a VRID is in use. What is remembered is bounded by it: anybody on the link can invent senders.
type place struct {
	key  wire.Key
	vrid uint8
}

func speaksIPv6(l link.Link) bool {
	return slices.ContainsFunc(l.Addresses, func(a link.Address) bool { return a.Prefix.Addr().Is6() })
}

// note remembers who sent datagrams, the last of each place.
func note(heard map[place]Router, names map[int]string, datagrams []wire.Datagram) {
	for i := range datagrams {
		d := &datagrams[i]
		if version, vrid, priority, ok := look(d.Payload); ok {
			heard[place{d.Key, vrid}] = Router{
				Interface: names[d.Key.Ifindex], IPv6: d.Key.IPv6, VRID: vrid, Version: version, Priority: priority, Source: d.Src,
			}
		}
	}
}

// look reads what all versions of an advert have in common: RFC 3768 and RFC 9568, section 5.
func look(payload []byte) (version, vrid, priority uint8, ok bool) {
	const header, advertisement = 8, 1
	if len(payload) < header || payload[0]&0x0f != advertisement {
		return 0, 0, 0, false
	}
	version, vrid, priority = payload[0]>>4, payload[1], payload[2]
	return version, vrid, priority, (version == 2 || version == 3) && vrid != 0
}

// list puts what was heard in order.
func list(heard map[place]Router) []Router {
	return slices.SortedFunc(maps.Values(heard), func(a, b Router) int {
		return cmp.Or(cmp.Compare(a.VRID, b.VRID), cmp.Compare(a.Interface, b.Interface), a.Source.Compare(b.Source))
	})
}

// FreeVRID returns the first VRID from wish on, going round, that nobody was heard to use; 0 if there is none.
func FreeVRID(wish uint8, heard []Router) uint8 {
	used := make(map[uint8]bool)
	for _, r := range heard {
		used[r.VRID] = true
	}
	vrid := max(wish, 1)
	for range 255 {
		if !used[vrid] {
			return vrid
		}
		vrid++
		if vrid == 0 {
			vrid = 1
		}
	}
	return 0
}
