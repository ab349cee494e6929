package heartbeat

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/aloft-ha/aloft/internal/importer"
)

// isMedium says whether a directive names a way that heartbeat's packets take.
func isMedium(name string) bool {
	return slices.Contains([]string{"bcast", "ucast", "mcast", "mcast6", "serial"}, name)
}

// medium adds a way of heartbeat's packets. The alias of an interface is none of its own: eth0:1 is eth0.
func (r *reader) medium(s statement, device, peer string) {
	if len(r.media) == maxMedia {
		r.refuse(s.line, "", "there are more than %d interfaces and peers for heartbeat's packets", maxMedia)
		return
	}
	device, _, _ = strings.Cut(device, ":")
	if dots(device) {
		r.refuse(s.line, "", "%s is no interface", quote(device))
		return
	}
	r.media = append(r.media, medium{s.line, s.name, device, peer})
}

func (r *reader) bcast(s statement) {
	for _, device := range s.args {
		r.medium(s, device, "")
	}
}

func (r *reader) ucast(s statement) {
	if len(s.args) != 2 {
		r.refuse(s.line, "write ucast eth0 192.0.2.2", "ucast has a device and an address, and nothing else")
		return
	}
	r.medium(s, s.args[0], s.args[1])
}

// mcast reads mcast and mcast6: device, group, port, time to live, loop.
func (r *reader) mcast(s statement) {
	if len(s.args) != 5 {
		r.refuse(s.line, "write mcast eth0 239.0.0.1 694 1 0", "%s has a device, a group, a port, a TTL and a loop, all of them and nothing else", s.name)
		return
	}
	group, err := netip.ParseAddr(s.args[1])
	if err != nil || !group.IsMulticast() || group.Is4() != (s.name == "mcast") {
		r.refuse(s.line, "", "%s is no group for %s", quote(s.args[1]), s.name)
		return
	}
	ttl, err := strconv.Atoi(s.args[3])
	if err != nil || ttl < 0 || ttl > 4 {
		r.refuse(s.line, "", "the TTL of %s is 0 to 4, and %s is not", s.name, quote(s.args[3]))
		return
	}
	if s.args[4] != "0" && s.args[4] != "1" {
		r.refuse(s.line, "", "the loop of %s is 0 or 1, and %s is not", s.name, quote(s.args[4]))
		return
	}
	r.medium(s, s.args[0], "")
}

func (r *reader) serial(s statement) {
	r.otherMedia = true
	r.add(s.line, importer.Dropped, "for a second path join two interfaces to a bond",
		"VRRP does not go over a serial line: the adverts go over the interface of the addresses alone")
}
