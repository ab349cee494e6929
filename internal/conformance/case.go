package conformance

import (
	"fmt"
	"strings"
)

// Profile is a version of the protocol in a family of addresses.
type Profile struct {
	Version uint8 // 2 or 3
	IPv6    bool
}

// The profiles. Version 2 has no IPv6.
var (
	V2IPv4 = Profile{Version: 2}
	V3IPv4 = Profile{Version: 3}
	V3IPv6 = Profile{Version: 3, IPv6: true}
)

// Profiles returns all of them.
func Profiles() []Profile { return []Profile{V3IPv4, V3IPv6, V2IPv4} }

// String names the profile, "v3/IPv6".
func (p Profile) String() string {
	family := "IPv4"
	if p.IPv6 {
		family = "IPv6"
	}
	return fmt.Sprintf("v%d/%s", p.Version, family)
}

// Deviation is something that daemons do otherwise on purpose, or unless an option is set.
type Deviation string

// The deviations that some driver here declares.
const (
	NoVirtualMAC      Deviation = "virtual-mac"      // the addresses have the interface's own MAC address
	AcceptsAlways     Deviation = "accept-mode"      // the addresses end at the daemon's machine
	PseudoChecksum    Deviation = "checksum"         // IPv4 checksums have a pseudo-header
	LastWord          Deviation = "last-word"        // an Active Router that gives way says so
	QuickFarewell     Deviation = "quick-farewell"   // more follows the priority 0 of a shutdown
	NoLinkLocal       Deviation = "link-local"       // a router of IPv6 has no link-local address
	LoweredIsReplaced Deviation = "lowered-replaced" // Preempt_Mode False protects only who does not lower his priority
)

// Point is one thing that a case judges.
type Point struct {
	ID        string
	Rule      string    // the sentence that is judged
	Sections  Sections  // where it stands
	Deviation Deviation // what a daemon has to declare for a violation to be none; "": nothing excuses it
	On        []Profile // those where it is judged; nil: all of the case
}

// Sections are the places of a rule in the RFCs that say it.
type Sections struct{ RFC9568, RFC3768, Other string }

// both are sections of one number in both RFCs.
func both(section string) Sections { return Sections{RFC9568: section, RFC3768: section} }

// in returns the sections that count in a profile.
func (s Sections) in(p Profile) string {
	switch {
	case p.Version == 2 && s.RFC3768 != "":
		return "RFC 3768 " + s.RFC3768
	case p.Version == 3 && s.RFC9568 != "":
		return "RFC 9568 " + s.RFC9568
	}
	return s.Other
}

// Case is one case of the plan.
type Case struct {
	ID     string // "2.4"
	Title  string
	Origin string // whose plan it is in
	Pair   bool   // it needs a second daemon
	On     []Profile
	Points []Point
	run    func(*Bench) error // an error is why the points that are not judged by then fail
}

// in says whether a list of profiles includes one; nil includes all.
func in(list []Profile, p Profile) bool {
	for _, x := range list {
		if x == p {
			return true
		}
	}
	return list == nil
}

// points returns what the case judges in a profile; nothing if it has no meaning there.
func (c *Case) points(p Profile) []Point {
	if !in(c.On, p) {
		return nil
	}
	var list []Point
	for _, x := range c.Points {
		if in(x.On, p) {
			list = append(list, x)
		}
	}
	return list
}

// Cases returns the whole plan, in order.
func Cases() []Case {
	var all []Case
	for _, group := range [][]Case{
		interoperabilityCases(), stateCases(), parameterCases(), receptionCases(), transmissionCases(), furtherCases(),
	} {
		all = append(all, group...)
	}
	return all
}

// Select returns the cases of an id, "2.4", or of a group, "2"; all for "".
func Select(id string) ([]Case, error) {
	var list []Case
	for _, c := range Cases() {
		if id == "" || c.ID == id || strings.HasPrefix(c.ID, id+".") {
			list = append(list, c)
		}
	}
	if len(list) == 0 {
		return nil, fmt.Errorf("no case is called %q: they are 1.1 to %s", id, Cases()[len(Cases())-1].ID)
	}
	return list, nil
}
