package heartbeat

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/aloft-ha/aloft/internal/importer"
)

// devices returns the network interfaces that heartbeat's packets take, each once.
func (s *setup) devices() []string {
	var list []string
	for _, m := range s.media {
		if !slices.Contains(list, m.device) {
			list = append(list, m.device)
		}
	}
	return list
}

// mediaOn says whether heartbeat uses a broadcast or a multicast on a device; peers are its ucast lines there.
func (s *setup) mediaOn(device string) (groups bool, peers []medium) {
	for _, m := range s.media {
		switch {
		case m.device != device:
		case m.kind == "ucast":
			peers = append(peers, m)
		default:
			groups = true
		}
	}
	return groups, peers
}

// peerAddresses reads the addresses of ucast lines; ok is false if one is a host name, which is not looked up.
func peerAddresses(peers []medium) (list []netip.Addr, ok bool) {
	for _, p := range peers {
		addr, err := netip.ParseAddr(p.peer)
		if err != nil {
			return nil, false
		}
		if addr = addr.Unmap().WithZone(""); !slices.Contains(list, addr) {
			list = append(list, addr)
		}
	}
	return list, true
}

// chooseLinks gives each address the interface it is put on. One that is not written is that of the route to the
// address in heartbeat, which the files do not tell.
func (c *converter) chooseLinks() {
	for _, l := range c.lines {
		var guesses []guess
		alike := make(map[guess][]string)
		for i := range l.addresses {
			a := &l.addresses[i]
			if a.written {
				continue
			}
			g := c.guessLink(l, a)
			g.line, a.iface = a.line, g.device
			if alike[g] == nil {
				guesses = append(guesses, g)
			}
			alike[g] = append(alike[g], a.addr.String())
		}
		for _, g := range guesses {
			c.noteGuess(l, g, strings.Join(alike[g], ", "))
		}
	}
}

// noteGuess says which interface the addresses of one line of the file are put on.
func (c *converter) noteGuess(l *line, g guess, addresses string) {
	switch {
	case g.device == "":
		c.resources.add(g.line, importer.Default, "write the interface of "+l.name+" into the file",
			"heartbeat takes the interface of the route to %s, and the files do not say which that is", addresses)
	case g.sure:
		c.resources.add(g.line, importer.Chosen, "", "%s: on %s, %s", addresses, g.device, g.why)
	default:
		c.verify("VERIFY that %s has the network of %s: haresources does not say so.", g.device, addresses)
		c.resources.add(g.line, importer.Chosen, "see that it is the one that has their network",
			"heartbeat takes the interface of the route to %s; here it is %s, %s", addresses, g.device, g.why)
	}
}

// verify adds a line to the comment at the top of the file, for a person to look at.
func (c *converter) verify(format string, args ...any) {
	c.head = append(c.head, fmt.Sprintf(format, args...))
}

// guess is an interface that was not written.
type guess struct {
	device string // empty: there is none to take
	why    string
	sure   bool // the host could not have another on it
	line   int
}

// guessLink finds the interface of an address that has none written: that of a written one of the same network, else of
// heartbeat's packets, else of another address of its line.
func (c *converter) guessLink(own *line, a *floating) guess {
	for _, l := range c.lines {
		for _, other := range l.addresses {
			if other.written && other.bits < other.addr.BitLen() && other.prefix().Contains(a.addr) {
				return guess{device: other.iface, why: "which " + other.addr.String() + " of the same network is on", sure: true}
			}
		}
	}
	devices := c.setup.devices()
	if device := c.nearestPeer(a.addr, devices); device != "" {
		return guess{device: device, why: "whose ucast address is nearest to it"}
	}
	if len(devices) == 1 {
		return guess{device: devices[0], why: "which heartbeat's packets take"}
	}
	if len(devices) > 1 {
		return guess{device: devices[0], why: "the first that heartbeat's packets take"}
	}
	for _, other := range own.addresses {
		if other.written {
			return guess{device: other.iface, why: "which " + other.addr.String() + " of the same line is on"}
		}
	}
	return guess{}
}

// nearestPeer returns the one of several interfaces whose ucast address begins like addr, with the longest beginning; at
// least half of it must be the same.
func (c *converter) nearestPeer(addr netip.Addr, devices []string) string {
	if len(devices) < 2 {
		return ""
	}
	best, most := "", addr.BitLen()/2-1
	for _, device := range devices {
		_, peers := c.setup.mediaOn(device)
		list, _ := peerAddresses(peers)
		for _, peer := range list {
			if n := commonBits(peer, addr); n > most {
				best, most = device, n
			}
		}
	}
	return best
}

// commonBits returns how many bits two addresses of a family have in common at their beginning.
func commonBits(a, b netip.Addr) int {
	n := a.BitLen()
	if b.BitLen() != n {
		return 0
	}
	for ; n > 0; n-- {
		if netip.PrefixFrom(a, n).Masked().Contains(b) {
			break
		}
	}
	return n
}
