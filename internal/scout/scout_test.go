package scout

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"net/netip"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/aloft-ha/aloft/internal/link"
	"github.com/aloft-ha/aloft/internal/wire"
)

func bytes(s string) []byte {
	b, err := hex.DecodeString(s)
	if err != nil {
		panic(err)
	}
	return b
}

func TestLookReadsWhatAllVersionsShare(t *testing.T) {
	for name, c := range map[string]struct {
		payload string
		want    string
	}{
		"version 3":             {"3133c8010014a1c1c0000264", "3 51 200 true"},
		"version 2":             {"21331e010001b5c50a0001050000000000000000", "2 51 30 true"},
		"a farewell":            {"31330001001469c2c0000264", "3 51 0 true"},
		"with something behind": {"3133c8010064440200c00002640101", "3 51 200 true"},
		"a wrong checksum":      {"3133c80100140000c0000264", "3 51 200 true"},
		"version 1":             {"1133c8010014a1c1c0000264", "1 51 200 false"},
		"version 4":             {"4133c8010014a1c1c0000264", "4 51 200 false"},
		"another type":          {"3233c8010014a1c1c0000264", "0 0 0 false"},
		"VRID 0":                {"3100c8010014a1c1c0000264", "3 0 200 false"},
		"truncated":             {"3133c8010014a1", "0 0 0 false"},
		"empty":                 {"", "0 0 0 false"},
	} {
		t.Run(name, func(t *testing.T) {
			version, vrid, priority, ok := look(bytes(c.payload))
			if got := fmt.Sprint(version, " ", vrid, " ", priority, " ", ok); got != c.want {
				t.Errorf("%s, want %s", got, c.want)
			}
		})
	}
}

func datagram(ifindex int, payload, source string) wire.Datagram {
	return wire.Datagram{Key: wire.Key{Ifindex: ifindex}, Src: netip.MustParseAddr(source), Payload: bytes(payload)}
}

func TestRoutersAreListedOnceAndInOrder(t *testing.T) {
	heard := make(map[place]Router)
	names := map[int]string{2: "eth0", 3: "eth1"}
	for _, d := range []wire.Datagram{
		datagram(3, "3133c8010014a1c1c0000264", "192.0.2.1"),
		datagram(2, "31340a010014a1c1c0000264", "192.0.2.9"),
		datagram(2, "3133c8010014a1c1c0000264", "192.0.2.2"),
		datagram(2, "313364010014a1c1c0000264", "192.0.2.2"), // the priority has changed
		datagram(2, "ff", "192.0.2.3"),
	} {
		note(heard, names, []wire.Datagram{d})
	}
	want := []Router{
		{Interface: "eth0", VRID: 51, Version: 3, Priority: 100, Source: netip.MustParseAddr("192.0.2.2")},
		{Interface: "eth1", VRID: 51, Version: 3, Priority: 200, Source: netip.MustParseAddr("192.0.2.1")},
		{Interface: "eth0", VRID: 52, Version: 3, Priority: 10, Source: netip.MustParseAddr("192.0.2.9")},
	}
	if diff := cmp.Diff(want, list(heard), cmpopts.EquateComparable(netip.Addr{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Senders can be invented without end, and there are 255 VRIDs of each family on a link.
func TestWhatIsRememberedIsBounded(t *testing.T) {
	heard := make(map[place]Router)
	for i := range 3000 {
		d := datagram(2, fmt.Sprintf("31%02xc8010014a1c1c0000264", i%256), netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)}).String())
		note(heard, nil, []wire.Datagram{d})
	}
	if len(heard) != 255 {
		t.Errorf("%d are remembered, want 255", len(heard))
	}
}

func TestFreeVRID(t *testing.T) {
	heard := []Router{{VRID: 51}, {VRID: 52}, {VRID: 255}}
	all := make([]Router, 255)
	for i := range all {
		all[i].VRID = uint8(i + 1)
	}
	for name, c := range map[string]struct {
		wish  uint8
		heard []Router
		want  uint8
	}{
		"free":               {7, heard, 7},
		"heard":              {51, heard, 53},
		"round":              {255, heard, 1},
		"zero is none":       {0, nil, 1},
		"all but one":        {51, all[:254], 255},
		"not one of them is": {51, all, 0},
	} {
		t.Run(name, func(t *testing.T) {
			if got := FreeVRID(c.wish, c.heard); got != c.want {
				t.Errorf("%d, want %d", got, c.want)
			}
		})
	}
}

func TestAudible(t *testing.T) {
	up := link.Link{Name: "eth0", Up: true, Carrier: true}
	with := func(change func(*link.Link)) link.Link {
		l := up
		change(&l)
		return l
	}
	lo := with(func(l *link.Link) {
		l.Addresses = []link.Address{{Prefix: netip.MustParsePrefix("127.0.0.1/8")}}
	})
	got := Audible([]link.Link{
		lo, up, with(func(l *link.Link) { l.Up = false }), with(func(l *link.Link) { l.Carrier = false }),
		with(func(l *link.Link) { l.Port = true }),
	})
	if len(got) != 1 || got[0].Name != "eth0" {
		t.Errorf("%v", got)
	}
}

func TestListenWithoutLinks(t *testing.T) {
	if _, err := Listen(context.Background(), nil, time.Second); !errors.Is(err, ErrNothingToHear) {
		t.Errorf("error %v", err)
	}
}
