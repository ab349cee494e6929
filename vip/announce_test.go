package vip

import (
	"encoding/hex"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"
)

// fakeWire is the links of a host as an Announcer uses them, and the record of what it did.
type fakeWire struct {
	macs   map[int]byte  // by ifindex: the last byte of the link-layer address; absent: no such interface
	broken map[int]error // sends fail
	other  map[int]bool  // not Ethernet
	router map[int]bool

	log    []string // "open 2", "close 2", "2 ARP request 192.0.2.100 from 02:…:01"
	onSend func(frame []byte)
	asked  []int // forwarding was looked up
	sentAt []time.Duration
	start  time.Time
}

func newFakeWire() *fakeWire {
	return &fakeWire{
		macs: map[int]byte{2: 0x22, 3: 0x33}, broken: map[int]error{}, other: map[int]bool{}, router: map[int]bool{},
		start: time.Now(),
	}
}

func (w *fakeWire) announcer() *Announcer {
	a := NewAnnouncer()
	a.open = w.open
	a.router = func(ifindex int) bool {
		w.asked = append(w.asked, ifindex)
		return w.router[ifindex]
	}
	return a
}

func (w *fakeWire) open(ifindex int) (announcePort, error) {
	w.log = append(w.log, fmt.Sprint("open ", ifindex))
	if _, ok := w.macs[ifindex]; !ok {
		return nil, unix.ENODEV
	}
	return &fakePort{wire: w, ifindex: ifindex}, nil
}

func (w *fakeWire) takeLog() []string {
	log := w.log
	w.log = nil
	return log
}

type fakePort struct {
	wire    *fakeWire
	ifindex int
	gone    bool // the interface was deleted
	until   time.Time
}

func (p *fakePort) mac() (hardware, bool) {
	last, ok := p.wire.macs[p.ifindex]
	p.gone = p.gone || !ok
	return hardware{ethernet: !p.wire.other[p.ifindex], address: [6]byte{2, 0, 0, 0, 0, last}}, !p.gone
}

func (p *fakePort) send(frame []byte) error {
	if !p.until.After(time.Now()) {
		return errors.New("no patience was granted")
	}
	if err := p.wire.broken[p.ifindex]; err != nil {
		p.wire.log = append(p.wire.log, fmt.Sprint(p.ifindex, " refused"))
		return err
	}
	if p.wire.onSend != nil {
		p.wire.onSend(frame)
	}
	p.wire.sentAt = append(p.wire.sentAt, time.Since(p.wire.start))
	p.wire.log = append(p.wire.log, fmt.Sprint(p.ifindex, " ", describe(frame)))
	return nil
}

func (p *fakePort) patience(until time.Time) { p.until = until }

func (p *fakePort) close() { p.wire.log = append(p.wire.log, fmt.Sprint("close ", p.ifindex)) }

// describe says what a frame announces.
func describe(frame []byte) string {
	from := hex.EncodeToString(frame[11:12])
	if len(frame) == arpFrame {
		addr, _ := netip.AddrFromSlice(frame[28:32])
		return fmt.Sprintf("ARP %d %s from %s", frame[21], addr, from)
	}
	addr, _ := netip.AddrFromSlice(frame[22:38])
	return fmt.Sprintf("NA %#x %s from %s", frame[58], addr, from)
}

// on are addresses on an interface.
func on(ifindex int, addrs ...string) []Address {
	var as []Address
	for _, s := range addrs {
		a := netip.MustParseAddr(s)
		as = append(as, Address{Prefix: netip.PrefixFrom(a, a.BitLen()), Ifindex: ifindex})
	}
	return as
}

func wantLog(t *testing.T, why string, w *fakeWire, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, w.takeLog()); diff != "" {
		t.Errorf("%s (-want +got):\n%s", why, diff)
	}
}

func TestAnnounceSendsBothARPFormsAndOneNA(t *testing.T) {
	w := newFakeWire()
	if err := w.announcer().Announce(on(2, "192.0.2.100", "2001:db8::100")); err != nil {
		t.Fatal(err)
	}
	wantLog(t, "both families", w,
		"open 2",
		"2 ARP 1 192.0.2.100 from 22",
		"2 ARP 2 192.0.2.100 from 22",
		"2 NA 0x20 2001:db8::100 from 22")
}

func TestAnnounceSetsTheRouterFlagWhereTheHostForwards(t *testing.T) {
	w := newFakeWire()
	w.router[3] = true
	addrs := append(on(2, "192.0.2.100", "2001:db8::100", "2001:db8::101"), on(3, "2001:db8::102")...)
	if err := w.announcer().Announce(addrs); err != nil {
		t.Fatal(err)
	}
	wantLog(t, "one host, one router link", w,
		"open 2",
		"2 ARP 1 192.0.2.100 from 22", "2 ARP 2 192.0.2.100 from 22",
		"2 NA 0x20 2001:db8::100 from 22", "2 NA 0x20 2001:db8::101 from 22",
		"open 3", "3 NA 0xa0 2001:db8::102 from 33")
	if diff := cmp.Diff([]int{2, 3}, w.asked); diff != "" {
		t.Errorf("want forwarding looked up once a link (-want +got):\n%s", diff)
	}
}

func TestAnnounceDoesNotAskAboutForwardingForIPv4(t *testing.T) {
	w := newFakeWire()
	if err := w.announcer().Announce(on(2, "192.0.2.100")); err != nil {
		t.Fatal(err)
	}
	if len(w.asked) != 0 {
		t.Errorf("want nothing looked up, got %v", w.asked)
	}
}

func TestAnnounceKeepsSocketsAndFollowsTheInterface(t *testing.T) {
	w := newFakeWire()
	a := w.announcer()
	announce := func(why string, want ...string) {
		t.Helper()
		if err := a.Announce(on(2, "192.0.2.100")); err != nil {
			t.Errorf("%s: %v", why, err)
		}
		wantLog(t, why, w, want...)
	}
	announce("first", "open 2", "2 ARP 1 192.0.2.100 from 22", "2 ARP 2 192.0.2.100 from 22")
	announce("second", "2 ARP 1 192.0.2.100 from 22", "2 ARP 2 192.0.2.100 from 22")
	w.macs[2] = 0x44
	announce("another link-layer address", "2 ARP 1 192.0.2.100 from 44", "2 ARP 2 192.0.2.100 from 44")
	a.ports[2].(*fakePort).gone = true
	announce("recreated with the same index", "close 2", "open 2", "2 ARP 1 192.0.2.100 from 44", "2 ARP 2 192.0.2.100 from 44")
	a.Close()
	wantLog(t, "closed", w, "close 2")
	announce("used again", "open 2", "2 ARP 1 192.0.2.100 from 44", "2 ARP 2 192.0.2.100 from 44")
}

// An interface that is recreated gets the next number, so nobody announces on the old one again.
func TestAnnounceKeepsNoSocketOfInterfacesThatAreGone(t *testing.T) {
	w := newFakeWire()
	a := w.announcer()
	w.macs = map[int]byte{3: 0x33}
	if err := a.Announce(on(3, "192.0.2.103")); err != nil {
		t.Fatal(err)
	}
	for i := 10; i < 20; i++ {
		w.macs[i] = byte(i)
		if err := a.Announce(on(i, "192.0.2.100")); err != nil {
			t.Fatal(err)
		}
		delete(w.macs, i)
	}
	if len(a.ports) != 2 || a.ports[3] == nil || a.ports[19] == nil {
		t.Errorf("sockets kept: %v, want those of interface 3 and of the last", a.ports)
	}
	w.takeLog()
	a.Close()
	if closed := w.takeLog(); len(closed) != 2 {
		t.Errorf("at the end: %v", closed)
	}
}

func TestAnnounceGoesOnWhenAnInterfaceFails(t *testing.T) {
	w := newFakeWire()
	w.broken[2] = unix.ENETDOWN
	addrs := append(on(2, "192.0.2.100"), on(9, "192.0.2.109")...)
	addrs = append(addrs, on(3, "192.0.2.103")...)
	addrs = append(addrs, on(2, "192.0.2.102")...)
	err := w.announcer().Announce(addrs)
	if !errors.Is(err, unix.ENETDOWN) || !errors.Is(err, unix.ENODEV) {
		t.Errorf("want both errors, got %v", err)
	}
	want := "announcing 192.0.2.100 on interface 2: network is down\n" +
		"announcing 192.0.2.109 on interface 9: no such device"
	if err != nil && err.Error() != want {
		t.Errorf("want %q\n got %q", want, err)
	}
	wantLog(t, "one link down, one absent", w,
		"open 2", "2 refused", "open 9",
		"open 3", "3 ARP 1 192.0.2.103 from 33", "3 ARP 2 192.0.2.103 from 33")
}

func TestAnnounceTriesAgainAfterAFailure(t *testing.T) {
	w := newFakeWire()
	a := w.announcer()
	delete(w.macs, 2)
	if err := a.Announce(on(2, "192.0.2.100")); !errors.Is(err, unix.ENODEV) {
		t.Errorf("want ENODEV, got %v", err)
	}
	w.macs[2] = 0x55
	if err := a.Announce(on(2, "192.0.2.100")); err != nil {
		t.Errorf("the interface is there: %v", err)
	}
	delete(w.macs, 2)
	if err := a.Announce(on(2, "192.0.2.100")); !errors.Is(err, unix.ENODEV) {
		t.Errorf("deleted again: want ENODEV, got %v", err)
	}
	if len(a.ports) != 0 {
		t.Errorf("want no socket kept for an absent interface, got %d", len(a.ports))
	}
}

func TestAnnouncePassesOverWhatIsNotEthernet(t *testing.T) {
	w := newFakeWire()
	w.other[2] = true
	if err := w.announcer().Announce(on(2, "192.0.2.100", "2001:db8::100")); err != nil {
		t.Error(err)
	}
	wantLog(t, "loopback", w, "open 2")
}

func TestAnnounceNothing(t *testing.T) {
	w := newFakeWire()
	if err := w.announcer().Announce(nil); err != nil {
		t.Error(err)
	}
	wantLog(t, "no addresses", w)
}

func TestAnnouncePacesALongList(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newFakeWire()
		var addrs []Address
		for i := range 256 {
			addrs = append(addrs, on(2, fmt.Sprintf("198.51.100.%d", i))...)
		}
		if err := w.announcer().Announce(addrs); err != nil {
			t.Fatal(err)
		}
		var got []string
		for i, at := range w.sentAt {
			if i%(2*announceChunk) == 0 {
				got = append(got, at.String())
			}
		}
		// Each chunk is 64 frames.
		want := "0s 0s 500µs 1ms 1.5ms 2ms 2.5ms 3ms"
		if diff := cmp.Diff(want, strings.Join(got, " ")); diff != "" {
			t.Errorf("when each chunk left (-want +got):\n%s", diff)
		}
		if len(w.sentAt) != 512 {
			t.Errorf("want 512 frames, got %d", len(w.sentAt))
		}
	})
}

func TestParseForwarding(t *testing.T) {
	const header, ifindex = "0a000000", "0800010002000000"
	tests := []struct {
		name, hex string
		want      bool
	}{
		{"nothing", "", false},
		{"a header alone", header, false},
		{"on", header + ifindex + "0800020001000000", true},
		{"off", header + ifindex + "0800020000000000", false},
		{"not told", header + ifindex, false},
		{"a value of another size", header + "0600020001000000", false},
		{"an attribute cut short", header + "08000200", false},
	}
	for _, tt := range tests {
		b, err := hex.DecodeString(tt.hex)
		if err != nil {
			t.Fatal(err)
		}
		if got := parseForwarding(b); got != tt.want {
			t.Errorf("%s: want %v, got %v", tt.name, tt.want, got)
		}
	}
}
