package heartbeat

import (
	"hash/fnv"
	"net/netip"
)

// maxVRIDs is how many numbers there are for virtual routers: 1 to 255.
const maxVRIDs = 255

// chooseVRID gives a router a number, which heartbeat has no word for. It is derived from the router's first address, so
// that every run gives the same and addresses may be appended: FNV-1a of 32 bits over the sixteen bytes of the address
// (IPv4 as ::ffff:a.b.c.d), modulo 255, plus 1; if an earlier router has that, the next one that is free, after 255
// comes 1. It is 0 if all are taken.
func chooseVRID(first netip.Addr, taken map[int]bool) int {
	h := fnv.New32a()
	bytes := first.As16()
	_, _ = h.Write(bytes[:])
	start := int(h.Sum32() % maxVRIDs)
	for i := range maxVRIDs {
		vrid := (start+i)%maxVRIDs + 1
		if !taken[vrid] {
			taken[vrid] = true
			return vrid
		}
	}
	return 0
}
