package conformance

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/netip"
	"time"

	"github.com/aloft-ha/aloft/internal/lab"
)

// The virtual router of all cases, and the second one of the case that has two.
const (
	vrid      = 51
	otherVRID = 52
)

// The priorities that cases use without a reason of their own.
const (
	low, middle, high, owner = 50, 100, 200, 255
)

// The bounds of waiting.
const (
	startPatience = 15 * time.Second       // for a daemon to be ready, beside its timers
	answerTime    = 150 * time.Millisecond // for an answer that must not come
	onTheWay      = 30 * time.Millisecond  // between the wire and the record
	early         = 15 * time.Millisecond  // before its time: daemons count in centiseconds, and cut them off
)

// errCannot is why a case cannot be run against a daemon.
type errCannot string

// Error implements error.
func (e errCannot) Error() string { return string(e) }

// Bench is what a case works with: a LAN of its own with the daemon that is judged, and a tester. It belongs to one
// goroutine.
type Bench struct {
	Profile
	rig     rig
	ctx     context.Context
	driver  Driver
	partner Driver
	points  map[string]string // a judged point and what is wrong; "": nothing

	password string // of the subject's first router, as it was last started; the tester sends it too
}

// judge says what is wrong about a point; "" if nothing is.
func (b *Bench) judge(point, problem string) { b.points[point] = problem }

// judgeUnless judges a point unless there is an error, which it returns.
func (b *Bench) judgeUnless(err error, point, problem string) error {
	if err == nil {
		b.judge(point, problem)
	}
	return err
}

// interval is the Advertisement_Interval of cases that need no other: as short as the version and a busy machine allow.
func (b *Bench) interval() time.Duration {
	if b.Version == 2 {
		return time.Second
	}
	return 200 * time.Millisecond
}

// calm is the interval of cases that tell what comes at once from what comes at the next interval.
func (b *Bench) calm() time.Duration { return max(b.interval(), 400*time.Millisecond) }

// late is how much later than an interval's timers say something may be on a busy machine, and still be told from the next
// thing that would make it happen.
func late(interval time.Duration) time.Duration { return interval/4 + 40*time.Millisecond }

// skew is Skew_Time: RFC 9568 section 6.1 in the interval's measure, RFC 3768 section 6.1 in seconds.
func (b *Bench) skew(priority uint8, interval time.Duration) time.Duration {
	if b.Version == 2 {
		interval = time.Second
	}
	return time.Duration(256-int(priority)) * interval / 256
}

// down is Active_Down_Interval, the same sections.
func (b *Bench) down(priority uint8, interval time.Duration) time.Duration {
	return 3*interval + b.skew(priority, interval)
}

// addresses are those of the virtual router.
func (b *Bench) addresses() []netip.Addr {
	if b.IPv6 {
		return b.fit("fe80::51", "2001:db8::100", "2001:db8::101")
	}
	return b.fit("192.0.2.100", "192.0.2.101")
}

// otherAddresses are those of the second virtual router.
func (b *Bench) otherAddresses() []netip.Addr {
	if b.IPv6 {
		return b.fit("fe80::52", "2001:db8::200", "2001:db8::201")
	}
	return b.fit("192.0.2.200", "192.0.2.201")
}

// fit returns the addresses that the subject's driver takes.
func (b *Bench) fit(words ...string) (list []netip.Addr) {
	for _, w := range words {
		if a := netip.MustParseAddr(w); !a.IsLinkLocalUnicast() || !b.driver.Traits().GlobalOnly {
			list = append(list, a)
		}
	}
	return list
}

// group is where adverts go.
func (b *Bench) group() netip.Addr {
	if b.IPv6 {
		return group6
	}
	return group4
}

// router is a virtual router of a priority.
func (b *Bench) router(priority uint8) Router {
	return Router{VRID: vrid, Priority: priority, Interval: b.interval(), Addresses: b.addresses()}
}

// setup is the setup of the subject with routers.
func (b *Bench) setup(routers ...Router) Setup {
	return Setup{
		Profile: b.Profile, Name: subject, PeerName: tester, Self: b.rig.source(subject), Peer: b.rig.source(tester),
		Interface: lab.HostInterface, Routers: routers,
	}
}

// start starts the subject with routers.
func (b *Bench) start(routers ...Router) error {
	s := b.setup(routers...)
	if why := b.driver.Cannot(s); why != "" {
		return errCannot(why)
	}
	b.password = routers[0].Password
	return errors.Join(b.rig.configure(subject, s), b.rig.start(subject))
}

// activate starts the subject with a router, and returns the first advert of it as Active. How it came there is not judged.
func (b *Bench) activate(r Router) (Frame, error) {
	since := time.Now()
	if err := b.start(r); err != nil {
		return Frame{}, err
	}
	return b.rouse(r, since)
}

// rouse waits until the subject, which is Backup, advertises at or after a time. In version 2, where Active_Down_Interval is
// seconds, the tester says priority 0 until it does, each time leaving it Skew_Time.
func (b *Bench) rouse(r Router, since time.Time) (Frame, error) {
	every := b.skew(r.Priority, r.Interval) + late(r.Interval)
	patience := startPatience + 2*b.down(r.Priority, r.Interval)
	for deadline := time.Now().Add(patience); b.Version == 2 && time.Now().Before(deadline); {
		if f, ok := b.hear(since, time.Now().Add(every), isActive); ok {
			return f, nil
		}
		if _, err := b.send(b.at(b.advert(0), r.Interval)); err != nil {
			return Frame{}, err
		}
	}
	return b.active(since, patience)
}

// active waits until the subject advertises the router, at or after a time.
func (b *Bench) active(since time.Time, patience time.Duration) (Frame, error) {
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	f, err := b.rig.await(ctx, since, isActive)
	if err != nil && b.ctx.Err() == nil {
		return f, fmt.Errorf("it did not advertise within %s%s", patience.Round(time.Second), b.obituary())
	}
	return f, err
}

// obituary says how the subject ended, if it did.
func (b *Bench) obituary() string {
	if words := b.rig.dead(subject); words != "" {
		return ": " + words
	}
	return ""
}

// isActive matches an advert of the subject as Active.
func isActive(f *Frame) bool { return f.advertises(subject, vrid) && f.Priority > 0 }

// retire ends the subject without waiting for its farewell: first it is deposed. What it does is not judged.
func (b *Bench) retire() error {
	a := b.advert(owner)
	a.Src = b.greater()
	if _, err := b.send(a); err != nil {
		return err
	}
	b.sleep(onTheWay)
	return b.rig.stop(b.ctx, subject)
}

// advert is a right advert of the tester's, as the subject's driver likes it.
func (b *Bench) advert(priority uint8) Advert {
	a := Advert{
		SrcMAC: b.rig.mac(tester), DstMAC: groupMAC(b.group()), Src: b.rig.source(tester), Dst: b.group(), TTL: 255,
		Message: Message{
			Version: b.Version, Type: advertisement, VRID: vrid, Priority: priority, Addresses: b.addresses(),
			Interval: b.field(b.interval()),
		},
		Form: FormPseudo,
	}
	a.Count = uint8(len(a.Addresses))
	if b.password != "" {
		a.AuthType = simplePassword
		copy(a.Auth[:], b.password)
	}
	switch {
	case b.Version == 2:
		a.Form = FormMessage
	case !b.IPv6:
		a.Form = b.driver.Traits().Form
	}
	return a
}

// at is the advert with another interval.
func (b *Bench) at(a Advert, interval time.Duration) Advert {
	a.Interval = b.field(interval)
	return a
}

// field is an interval as adverts carry it.
func (b *Bench) field(interval time.Duration) uint16 {
	if b.Version == 2 {
		return uint16(interval / time.Second)
	}
	return uint16(interval / (10 * time.Millisecond))
}

// greater is a source address above those of all hosts, for a tie.
func (b *Bench) greater() netip.Addr {
	if b.IPv6 {
		return netip.MustParseAddr("fe80::ffff:ffff:ffff:fffe")
	}
	return netip.MustParseAddr("192.0.2.250")
}

// send sends an advert and returns when it came into the switch.
func (b *Bench) send(a Advert) (time.Time, error) {
	bytes, before := a.frame(), time.Now().Add(-time.Millisecond)
	if err := b.rig.send(bytes); err != nil {
		return time.Time{}, fmt.Errorf("sending as the tester: %w", err)
	}
	f, err := b.seen(before, bytes)
	if err != nil {
		return time.Time{}, fmt.Errorf("waiting for what the tester sent: %w", err)
	}
	return f.At, nil
}

// seen waits for a frame of the tester's in the record.
func (b *Bench) seen(since time.Time, frame []byte) (Frame, error) {
	ctx, cancel := context.WithTimeout(b.ctx, startPatience)
	defer cancel()
	return b.rig.await(ctx, since, func(f *Frame) bool { return f.From == tester && bytes.Equal(f.Bytes, frame) })
}

// sleep waits; it is cut short by the end of the case's time.
func (b *Bench) sleep(d time.Duration) {
	select {
	case <-time.After(d):
	case <-b.ctx.Done():
	}
}

// adverts waits until a time is past and returns the adverts of the subject's router from then to then.
func (b *Bench) adverts(from, to time.Time) []Frame {
	b.sleep(time.Until(to) + onTheWay)
	return b.rig.frames(from, func(f *Frame) bool { return f.advertises(subject, vrid) && !f.At.After(to) })
}

// until is a context that ends at a time, or with the case's.
func (b *Bench) until(t time.Time) (context.Context, context.CancelFunc) {
	return context.WithDeadline(b.ctx, t)
}

// next waits for the next advert of the subject after a time, and is not ok if there is none until another.
func (b *Bench) next(after, until time.Time) (Frame, bool) {
	ctx, cancel := b.until(until.Add(onTheWay))
	defer cancel()
	f, err := b.rig.await(ctx, after.Add(time.Nanosecond), isActive)
	return f, err == nil && !f.At.After(until)
}
