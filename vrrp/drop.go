package vrrp

// DropReason says why a datagram was not taken. Its String is log value, metric label and test oracle.
type DropReason uint8

// The reasons. Those up to DropInterval are in the order of the checks.
const (
	DropNone      DropReason = iota // it was taken
	DropTruncated                   // shorter than the header or than the IP header claims, or longer than any advert
	DropTTL                         // TTL or hop limit is too small, see [MinHopLimit]
	DropVersion                     // of a version that the router does not speak
	DropType                        // not an ADVERTISEMENT
	DropCount                       // no address (RFC 9568 section 5.2.5, erratum 8299)
	DropLength                      // not the length that the count gives
	DropChecksum                    // neither form of the checksum fits
	DropInterval                    // interval 0 (erratum 8301)
	DropVRID                        // VRID 0, or of no virtual router here
	DropPeer                        // unicast from an address that is no configured node, or from one that no host can have
	DropOwn                         // it carries our own source address
	DropTransport                   // multicast for a unicast router, or the reverse
	DropMismatch                    // version 2, and another interval than ours (RFC 3768 section 7.1)
	DropOlder                       // version 2 from a router that speaks version 3 too (RFC 9568 section 8.4.2)

	// What authentication refuses. The first two are of version 2, the others of the trailer.
	DropAuthType      // another kind of authentication than ours
	DropAuthPassword  // another password
	DropAuthUnasked   // signed, and we have no keys
	DropAuthMissing   // not signed
	DropAuthMalformed // the trailer is not one that we know
	DropAuthStale     // the sender's clock is not within the window of ours
	DropAuthKey       // signed with a key that we do not have
	DropAuthDigest    // altered, or signed with another key of that number
	DropAuthReplay    // not newer than what was heard of the sender before
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
	DropMismatch:  "interval-mismatch",
	DropOlder:     "older-version",

	DropAuthType:      "auth-type",
	DropAuthPassword:  "auth-password",
	DropAuthUnasked:   "auth-unasked",
	DropAuthMissing:   "auth-missing",
	DropAuthMalformed: "auth-malformed",
	DropAuthStale:     "auth-stale",
	DropAuthKey:       "auth-key",
	DropAuthDigest:    "auth-digest",
	DropAuthReplay:    "auth-replay",
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
