package conformance

import (
	"fmt"
	"net/netip"
	"time"
)

// problemf says what is wrong if something is.
func problemf(wrong bool, format string, args ...any) string {
	if !wrong {
		return ""
	}
	return fmt.Sprintf(format, args...)
}

// first returns the first problem there is.
func first(problems ...string) string {
	for _, p := range problems {
		if p != "" {
			return p
		}
	}
	return ""
}

// millis writes a duration for a sentence.
func millis(d time.Duration) string { return d.Round(time.Millisecond).String() }

// onTime says what is wrong about when something came.
func onTime(what string, took, want, interval time.Duration) string {
	return problemf(took < want-early || took > want+late(interval), "%s came after %s, not after %s", what, millis(took), millis(want))
}

// takeover judges when the subject became Active: so long after what started its timer.
func (b *Bench) takeover(start time.Time, want, interval time.Duration) string {
	f, ok := b.next(start, start.Add(want+late(interval)+2*interval))
	if !ok {
		return fmt.Sprintf("no advert came, where one was due after %s%s", millis(want), b.obituary())
	}
	return onTime("the first advert", f.At.Sub(start), want, interval)
}

// runsOn judges that the subject's timer, once started, ran to its end and was neither restarted nor cut short. How exactly
// is for other cases: a daemon may need an interval more.
func (b *Bench) runsOn(start time.Time, want, interval time.Duration) string {
	f, ok := b.next(start, start.Add(want+2*interval))
	if !ok {
		return fmt.Sprintf("no advert came within two intervals of %s, when it was due%s", millis(want), b.obituary())
	}
	took := f.At.Sub(start)
	return problemf(took < want-early, "the first advert came after %s, before %s", millis(took), millis(want))
}

// silent judges that the subject advertises nothing from then to then.
func (b *Bench) silent(from, to time.Time) string {
	all := b.adverts(from, to)
	if len(all) == 0 {
		return ""
	}
	return fmt.Sprintf("it advertised priority %d after %s, where it has to be silent", all[0].Priority, millis(all[0].At.Sub(from)))
}

// stays judges that the subject goes on as Active after an advert that must not move it. What it sends just after it does
// not count: that may be an answer, or its last word.
func (b *Bench) stays(sent time.Time, interval time.Duration) string {
	from := sent.Add(interval / 2)
	n := len(b.adverts(from, from.Add(2*interval+late(interval))))
	return problemf(n < 2, "%d adverts in the next two intervals, where an Active Router sends 2", n)
}

// ask asks where an address is, and waits so long for the subject's answer.
func (b *Bench) ask(target netip.Addr, patience time.Duration) (Frame, bool, error) {
	q, err := whoHas(b.self(), target)
	if err != nil {
		return Frame{}, false, err
	}
	return b.exchange(q, patience, func(f *Frame) bool {
		return (f.kind == kindARP || f.kind == kindNeighbour) && f.Asked && f.Address == target
	})
}

// echo sends an echo request, and waits so long for a reply of the subject from the address.
func (b *Bench) echo(to party, patience time.Duration) (bool, error) {
	q, err := echoTo(b.self(), to)
	if err != nil {
		return false, err
	}
	_, ok, err := b.exchange(q, patience, func(f *Frame) bool { return f.kind == kindEchoReply && f.Src == to.address })
	return ok, err
}

// self is the tester as the sender of a question.
func (b *Bench) self() party { return party{mac: b.rig.mac(tester), address: b.rig.source(tester)} }

// exchange sends a question and waits for the subject's answer.
func (b *Bench) exchange(question []byte, patience time.Duration, match func(*Frame) bool) (Frame, bool, error) {
	before := time.Now()
	if err := b.rig.send(question); err != nil {
		return Frame{}, false, err
	}
	f, ok := b.hear(before, before.Add(patience), func(f *Frame) bool { return f.From == subject && match(f) })
	return f, ok, nil
}

// unanswered judges that nobody answers for the router's addresses.
func (b *Bench) unanswered() (string, error) {
	for _, a := range b.addresses() {
		f, ok, err := b.ask(a, answerTime)
		if err != nil || ok {
			return fmt.Sprintf("it answered for %s with %s", a, f.Holder), err
		}
	}
	return "", nil
}

// answered judges that the subject answers for the router's addresses, and returns its answers.
func (b *Bench) answered() (answers []Frame, problem string, err error) {
	for _, a := range b.addresses() {
		f, ok, err := b.ask(a, time.Second)
		if err != nil || !ok {
			return nil, fmt.Sprintf("nobody answered for %s within a second", a), err
		}
		answers = append(answers, f)
	}
	return answers, "", nil
}

// announced judges that the subject, which was silent until since and Active at, announces each address soon after that.
func (b *Bench) announced(since, at time.Time) string {
	for _, a := range b.addresses() {
		_, ok := b.hear(since, at.Add(2*time.Second), func(f *Frame) bool { return f.announces(subject, a) })
		if !ok {
			return fmt.Sprintf("%s was not announced within 2 s", a)
		}
	}
	return ""
}

// hear waits for a frame that came at or after a time and matches; it is not ok if there is none until another.
func (b *Bench) hear(since, until time.Time, match func(*Frame) bool) (Frame, bool) {
	if f, ok := b.heard(since, match); ok {
		return f, true
	}
	ctx, cancel := b.until(until.Add(onTheWay))
	defer cancel()
	f, err := b.rig.await(ctx, since, match)
	return f, err == nil
}

// heard returns the first frame so far at or after a time that matches.
func (b *Bench) heard(since time.Time, match func(*Frame) bool) (Frame, bool) {
	if all := b.rig.frames(since, match); len(all) > 0 {
		return all[0], true
	}
	return Frame{}, false
}
