package conformance

import (
	"fmt"
	"net/netip"
	"slices"
	"time"
)

// furtherCases are group 5: what the tests of VPP and holo look at beyond the plan, and what RFC 9568 added since.
func furtherCases() []Case {
	return []Case{
		{
			ID: "5.1", Title: "The order of a start", Origin: "VPP", run: startOrder,
			Points: []Point{
				{ID: "A", Sections: Sections{RFC9568: "5.1.1.2, 5.1.2.2", RFC3768: "5.2.2"}, Rule: "the group is joined before the first advert"},
				{ID: "B", Sections: both("6.4.2"), Rule: "the first advert comes before the first announcement"},
				{ID: "C", On: []Profile{V3IPv6}, Sections: Sections{RFC9568: "6.4.2"}, Rule: "the solicited-node group of each address is joined"},
			},
		},
		{
			ID: "5.2", Title: "Unicast", Origin: "VPP", On: onlyV3, run: unicast,
			Points: []Point{
				{ID: "A", Sections: Sections{Other: "no RFC"}, Rule: "adverts go to the peer, and none to the group"},
				{ID: "B", Sections: Sections{Other: "no RFC"}, Rule: "the peer's unicast adverts are taken"},
			},
		},
		{
			ID: "5.3", Title: "A count that lies", Origin: "VPP", run: oversized,
			Points: []Point{
				{ID: "A", Sections: both("7.1"), Rule: "a short packet that counts 255 addresses, to the router's own MAC: it lives, and stays Active"},
				{ID: "B", Sections: both("7.1"), Rule: "after such packets the next right advert is taken"},
			},
		},
		{
			ID: "5.4", Title: "What is no reason to discard", Origin: "holo, RFC 9568", On: onlyV3, run: tolerance,
			Points: []Point{
				{ID: "A", Sections: Sections{RFC9568: "7.1"}, Rule: "another list of addresses is no reason to discard an advert"},
				{ID: "B", Sections: Sections{RFC9568: "5.2.6"}, Rule: "reserved bits are ignored"},
				{ID: "C", Sections: Sections{RFC9568: "5.2.5, 7.1 (erratum 8299)"}, Rule: "MUST ignore an advert of no address"},
			},
		},
		{
			ID: "5.5", Title: "Two owners", Origin: "RFC 9568", On: onlyV3, run: twoOwners,
			Points: []Point{
				{ID: "A", Sections: Sections{RFC9568: "6.4.3 (erratum 8298)"}, Rule: "an owner gives way to one at a greater address"},
				{ID: "B", Sections: Sections{RFC9568: "6.4.3 (erratum 8298)"}, Rule: "an owner stays Active beside one at a lower address"},
			},
		},
	}
}

// startOrder is case 5.1.
func startOrder(b *Bench) error {
	began := time.Now()
	if err := b.start(b.router(middle)); err != nil {
		return err
	}
	f, err := b.active(began, startPatience)
	if err != nil {
		return err
	}
	joined := func(g netip.Addr) func(*Frame) bool {
		return func(f *Frame) bool {
			return f.From == subject && f.kind == kindMembership && slices.Contains(f.Groups, g)
		}
	}
	join, ok := b.heard(began, joined(b.group()))
	b.judge("A", first(
		problemf(!ok, "no report of membership in %s", b.group()),
		problemf(ok && join.At.After(f.At), "the report came %s after the advert", millis(join.At.Sub(f.At)))))
	announced := b.announced(began, f.At)
	for _, a := range b.addresses() {
		if g, ok := b.heard(began, func(f *Frame) bool { return f.announces(subject, a) }); ok && announced == "" {
			announced = problemf(g.At.Before(f.At), "%s was announced %s before it", a, f.At.Sub(g.At).Round(time.Microsecond))
		}
	}
	b.judge("B", announced)
	for _, a := range b.addresses() {
		if !b.IPv6 {
			break
		}
		_, ok := b.hear(began, time.Now().Add(2*time.Second), joined(solicitedNode(a)))
		b.judge("C", problemf(!ok, "no report of membership in %s", solicitedNode(a)))
	}
	return nil
}

// unicast is case 5.2.
func unicast(b *Bench) error {
	r := b.router(middle)
	r.Unicast = true
	began := time.Now()
	if _, err := b.activate(r); err != nil {
		return err
	}
	peer := b.rig.source(tester)
	problem := ""
	for _, f := range b.adverts(began, time.Now().Add(2*r.Interval)) {
		problem = first(problem, problemf(f.Dst != peer, "one went to %s, not to %s", f.Dst, peer))
	}
	b.judge("A", problem)
	a := b.advert(owner)
	a.Dst, a.DstMAC = b.rig.source(subject), b.rig.mac(subject)
	problem, err := b.takes(a, r)
	return b.judgeUnless(err, "B", problem)
}

// oversized is case 5.3.
func oversized(b *Bench) error {
	r := b.router(middle)
	if _, err := b.activate(r); err != nil {
		return err
	}
	began := time.Now()
	for range 3 {
		a := b.advert(owner)
		a.DstMAC, a.Count = b.rig.mac(subject), 255
		if _, err := b.send(a); err != nil {
			return err
		}
	}
	b.judge("A", first(b.stays(began, r.Interval), b.rig.dead(subject)))
	problem, err := b.takes(b.advert(owner), r)
	return b.judgeUnless(err, "B", problem)
}

// tolerance is case 5.4.
func tolerance(b *Bench) error {
	r := b.router(middle)
	if _, err := b.activate(r); err != nil {
		return err
	}
	others := b.advert(owner)
	others.Addresses = slices.Clone(b.otherAddresses())
	others.Count = uint8(len(others.Addresses))
	problem, err := b.takes(others, r)
	if err := b.judgeUnless(err, "A", problem); err != nil {
		return err
	}
	problem, err = b.activeRefuses(r, []flaw{{"no address", func(a *Advert) { a.Addresses, a.Count = nil, 0 }}})
	if err := b.judgeUnless(err, "C", problem); err != nil {
		return err
	}
	reserved := b.advert(owner)
	reserved.Reserved = 0xf
	problem, err = b.takes(reserved, r)
	if err != nil && b.ctx.Err() == nil { // the bits are read as a part of the interval, which then is minutes
		problem, err = fmt.Sprintf("after one with all of them set %v", err), nil
	}
	return b.judgeUnless(err, "B", problem)
}

// twoOwners is case 5.5.
func twoOwners(b *Bench) error {
	r := b.router(owner)
	if _, err := b.activate(r); err != nil {
		return err
	}
	at, err := b.interject(time.Now(), b.advert(owner), r.Interval, "")
	if err != nil {
		return err
	}
	b.judge("B", b.stays(at, r.Interval))
	a := b.advert(owner)
	a.Src = b.greater()
	problem, err := b.takes(a, r)
	return b.judgeUnless(err, "A", problem)
}
