package conformance

import (
	"fmt"
	"strings"
	"time"
)

// flaw is something wrong with an advert that would move the subject if it were right.
type flaw struct {
	name   string
	change func(*Advert)
}

// refusal makes the case of adverts that have to be discarded: by an Active Router, that a right one would depose, and by a
// Backup, that a right one would keep there.
func refusal(id, title, rule string, where Sections, flaws func(*Bench) []flaw) Case {
	return Case{
		ID: id, Title: title, Origin: "UNH-IOL",
		Points: []Point{
			{ID: "A", Sections: where, Rule: rule + ": an Active Router stays Active"},
			{ID: "B", Sections: where, Rule: rule + ": a Backup's timer runs on"},
		},
		run: func(b *Bench) error {
			r := b.router(middle)
			if _, err := b.activate(r); err != nil {
				return err
			}
			return b.refuses(r, flaws(b), "A", "B")
		},
	}
}

// receptionCases are cases 4.1 to 4.8 of the plan.
func receptionCases() []Case {
	return []Case{
		refusal("4.1", "An invalid TTL", "MUST discard a packet whose TTL or hop limit is not 255", Sections{RFC9568: "5.1.1.3, 5.1.2.3, 7.1", RFC3768: "5.2.3, 7.1"}, func(*Bench) []flaw {
			return []flaw{
				{"TTL 254", func(a *Advert) { a.TTL = 254 }},
				{"TTL 64", func(a *Advert) { a.TTL = 64 }},
				{"TTL 1", func(a *Advert) { a.TTL = 1 }},
			}
		}),
		refusal("4.2", "An invalid version", "MUST discard a packet of another version", both("7.1"), versions),
		refusal("4.3", "An incomplete packet", "MUST discard a packet that is not complete", both("7.1"), func(*Bench) []flaw {
			return []flaw{
				{"four bytes of a header", func(a *Advert) { a.Cut = a.wantLength(a.Src.Is6()) - 4 }},
				{"a header alone", func(a *Advert) { a.Cut = a.wantLength(a.Src.Is6()) - headerLen }},
				{"half of the last four bytes", func(a *Advert) { a.Cut = 2 }},
				{"an address less than the count says", func(a *Advert) { a.Addresses = a.Addresses[:1] }},
			}
		}),
		checksums(),
		refusal("4.5", "An unknown VRID", "MUST discard a packet whose VRID is not configured", both("7.1"), func(*Bench) []flaw {
			return []flaw{
				{"VRID 52", func(a *Advert) { a.VRID = otherVRID }},
				{"VRID 0", func(a *Advert) { a.VRID = 0 }},
				{"VRID 255", func(a *Advert) { a.VRID = 255 }},
			}
		}),
		authentication(),
		intervals(),
		refusal("4.8", "An unknown type", "MUST discard a packet of an unknown type", Sections{RFC9568: "5.2.2", RFC3768: "5.3.2"}, func(*Bench) []flaw {
			return []flaw{
				{"type 0", func(a *Advert) { a.Type = 0 }},
				{"type 2", func(a *Advert) { a.Type = 2 }},
				{"type 15", func(a *Advert) { a.Type = 15 }},
			}
		}),
	}
}

// versions are those that the subject does not speak. In another's layout the packet is right.
func versions(b *Bench) (list []flaw) {
	for v := range uint8(16) {
		if v == b.Version || b.IPv6 && v == 2 {
			continue
		}
		if v > 4 && v < 15 {
			continue // they are like the others
		}
		list = append(list, flaw{fmt.Sprintf("version %d", v), func(a *Advert) {
			a.Version = v
			if v == 2 {
				a.Form, a.Interval = FormMessage, 1
			} else if v == 3 {
				a.Form, a.Interval = FormPseudo, 100
			}
		}})
	}
	return list
}

// refuses judges that the subject, which is Active, refuses adverts with each of the flaws, first as Active, then as Backup.
// It leaves it Active.
func (b *Bench) refuses(r Router, flaws []flaw, asActive, asBackup string) error {
	problem, err := b.activeRefuses(r, flaws)
	if err != nil {
		return err
	}
	b.judge(asActive, problem)
	if _, err := b.active(time.Now(), startPatience); err != nil {
		return err
	}
	// The right advert does move it: so it was the flaw that did not.
	v, err := b.subdue(b.advert(high), r.Interval)
	if err != nil {
		return err
	}
	last, err := v.stop()
	if err != nil {
		return err
	}
	stop := b.mutter(b.advert(high), flaws, r.Interval/2)
	problem = b.runsOn(last, b.down(r.Priority, r.Interval), r.Interval)
	if err := stop(); err != nil {
		return err
	}
	b.judge(asBackup, problem)
	return nil
}

// activeRefuses judges it as Active: with all flaws one after the other, and with each alone only if that moved it.
func (b *Bench) activeRefuses(r Router, flaws []flaw) (string, error) {
	began := time.Now()
	for _, x := range flaws {
		a := b.advert(owner)
		x.change(&a)
		if _, err := b.send(a); err != nil {
			return "", err
		}
	}
	if b.stays(began, r.Interval) == "" {
		return "", nil
	}
	var guilty []string
	for _, x := range flaws {
		if _, err := b.active(time.Now(), startPatience); err != nil {
			return fmt.Sprintf("it gave way to an advert with %s, and %v", names(flaws), err), b.ctx.Err()
		}
		a := b.advert(owner)
		x.change(&a)
		at, err := b.send(a)
		if err != nil {
			return "", err
		}
		if b.stays(at, r.Interval) != "" {
			guilty = append(guilty, x.name)
		}
	}
	return problemf(len(guilty) > 0, "it gave way to an advert with %s", strings.Join(guilty, ", ")), nil
}

// names lists flaws, any of which it may have been.
func names(flaws []flaw) string {
	words := make([]string, len(flaws))
	for i, x := range flaws {
		words[i] = x.name
	}
	return strings.Join(words, " or ")
}

// mutter repeats adverts with flaws, one after the other, until the returned function is called.
func (b *Bench) mutter(right Advert, flaws []flaw, every time.Duration) (stop func() error) {
	stopC, errC := make(chan struct{}), make(chan error, 1)
	go func() {
		for i := 0; ; i++ {
			a := right
			flaws[i%len(flaws)].change(&a)
			if _, err := b.send(a); err != nil {
				errC <- err
				return
			}
			select {
			case <-stopC:
				errC <- nil
				return
			case <-time.After(every):
			}
		}
	}()
	return func() error {
		close(stopC)
		return <-errC
	}
}

// takes judges that the subject, which is Active, accepts an advert that deposes it, and waits until it is Active again.
func (b *Bench) takes(a Advert, r Router) (string, error) {
	f, err := b.active(time.Now(), startPatience)
	if err != nil {
		return "", err
	}
	b.sleep(time.Until(f.At.Add(r.Interval / 4)))
	at, err := b.send(a)
	if err != nil {
		return "", err
	}
	silent := b.silent(at.Add(r.Interval/2), at.Add(2*r.Interval))
	_, err = b.rouse(r, time.Now())
	return problemf(silent != "", "it went on advertising"), err
}

// checksums is case 4.4.
func checksums() Case {
	c := refusal("4.4", "An invalid checksum", "MUST discard a packet whose checksum is wrong", both("7.1"), nil)
	c.Points = append(c.Points,
		Point{ID: "C", On: []Profile{V3IPv4}, Sections: Sections{RFC9568: "5.2.8"}, Rule: "an IPv4 checksum of the message alone is right"},
		Point{ID: "D", On: []Profile{V3IPv4}, Sections: Sections{Other: "RFC 5798 5.2.8"}, Rule: "an IPv4 checksum with a pseudo-header is right, as most senders made it before RFC 9568"})
	c.run = func(b *Bench) error {
		r := b.router(middle)
		if _, err := b.activate(r); err != nil {
			return err
		}
		flaws := []flaw{
			{"a checksum one too great", func(a *Advert) { a.Spoil = 1 }},
			{"a checksum wrong in its upper half", func(a *Advert) { a.Spoil = 0x5500 }},
			{"a checksum 256 too great", func(a *Advert) { a.Spoil = 0x0100 }},
		}
		if err := b.refuses(r, flaws, "A", "B"); err != nil || b.Profile != V3IPv4 {
			return err
		}
		for point, form := range map[string]Form{"C": FormMessage, "D": FormPseudo} {
			a := b.advert(owner)
			a.Form = form
			problem, err := b.takes(a, r)
			if err != nil {
				return err
			}
			b.judge(point, problem)
		}
		return nil
	}
	return c
}

// intervals is case 4.7. Version 2 refuses another interval than its own, version 3 learns it.
func intervals() Case {
	return Case{
		ID: "4.7", Title: "Another advertisement interval", Origin: "UNH-IOL",
		Points: []Point{
			{ID: "A", Sections: Sections{RFC9568: "7.1 (erratum 8301)", RFC3768: "7.1"}, Rule: "MUST discard a packet of another interval than its own (version 2), of interval 0 (version 3): an Active Router stays Active"},
			{ID: "B", Sections: Sections{RFC9568: "7.1 (erratum 8301)", RFC3768: "7.1"}, Rule: "MUST discard such a packet: a Backup's timer runs on"},
			{ID: "C", On: onlyV3, Sections: Sections{RFC9568: "6.4.2"}, Rule: "a Backup takes another interval as its Active_Adver_Interval: Active_Down_Interval follows"},
			{ID: "D", On: onlyV3, Sections: Sections{RFC9568: "6.4.2"}, Rule: "a Backup takes another interval as its Active_Adver_Interval: Skew_Time follows"},
		},
		run: func(b *Bench) error {
			r := b.router(middle)
			if _, err := b.activate(r); err != nil {
				return err
			}
			flaws := []flaw{{"interval 0", func(a *Advert) { a.Interval = 0 }}}
			if b.Version == 2 {
				flaws = append(flaws, flaw{"interval 2", func(a *Advert) { a.Interval = 2 }}, flaw{"interval 255", func(a *Advert) { a.Interval = 255 }})
			}
			if b.Version == 3 {
				if err := b.learns(r); err != nil {
					return err
				}
			}
			return b.refuses(r, flaws, "A", "B")
		},
	}
}

// learns is case 4.7 in version 3.
func (b *Bench) learns(r Router) error {
	theirs := 2 * r.Interval
	v, err := b.subdue(b.at(b.advert(high), theirs), r.Interval)
	if err != nil {
		return err
	}
	last, err := v.stop()
	if err != nil {
		return err
	}
	b.judge("C", b.runsOn(last, b.down(r.Priority, theirs), theirs))
	theirs *= 2
	if v, err = b.subdue(b.at(b.advert(high), theirs), r.Interval); err != nil {
		return err
	}
	if _, err := v.stop(); err != nil {
		return err
	}
	at, err := b.send(b.at(b.advert(0), theirs))
	if err != nil {
		return err
	}
	b.judge("D", b.runsOn(at, b.skew(r.Priority, theirs), theirs))
	return nil
}
