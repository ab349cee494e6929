package vrrp

// DropReason says why a datagram was not taken. Its String is log value, metric label and test oracle.
type DropReason uint8

// The reasons. Those up to DropInterval are in the order of the checks.
const (
	DropNone      DropReason = iota // it was taken
	DropTruncated                   // shorter than the header or than the IP header claims, or longer than any advert
	DropTTL                         // TTL or hop limit is too small, see [MinHopLimit]
	DropVersion                     // not version 3
	DropType                        // not an ADVERTISEMENT
	DropCount                       // no address (RFC 9568 section 5.2.5, erratum 8299)
	DropLength                      // not the length that the count gives
	DropChecksum                    // neither form of the checksum fits
	DropInterval                    // interval 0 (erratum 8301)
	DropVRID                        // VRID 0, or of no virtual router here
	DropPeer                        // unicast from an address that is no configured node, or from one that no host can have
	DropOwn                         // it carries our own source address
	DropTransport                   // multicast for a unicast router, or the reverse
)

var dropNames = [...]string{
	DropNone:      "none",
	DropTruncated: "truncated",
	DropTTL:       "ttl",
	DropVersion:   "version",
	DropType:      "type",
	DropCount:     "count",
	DropLength:    "length",
	DropChecksum:  "checksum",
	DropInterval:  "interval",
	DropVRID:      "vrid",
	DropPeer:      "peer",
	DropOwn:       "own",
	DropTransport: "transport",
}

// DropReasons is how many reasons there are, for arrays of counters.
const DropReasons = len(dropNames)

// String returns the reason's name.
func (r DropReason) String() string {
	if int(r) < len(dropNames) {
		return dropNames[r]
	}
	return "invalid"
}
