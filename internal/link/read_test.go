package link

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Link bodies (struct ifinfomsg and attributes), little of what the kernel sends.
const (
	loLink   = "0000040301000000" + "4900010000000000" + "070003006c6f0000" + "0800040000000100" + "0a00010000000000000000000000"
	vethLink = "0000010003000000" + "0310000000000000" + "0700030076300000" + "08000400dc050000" + "08000a0009000000" +
		"0a000100fabd2c185beb0000" + "1000348009003500" + "6574683900000000"
)

func TestAssemble(t *testing.T) {
	links := [][]byte{unhex(t, vethLink), unhex(t, loLink)}
	addrs := [][]byte{
		unhex(t, captured["IPv4, secondary"]),
		unhex(t, captured["IPv4, loopback"]),
		unhex(t, captured["IPv6, tentative and deprecated"]),
		unhex(t, "1118800003000000"), // a family of no interest
	}
	want := Snapshot{Links: []Link{
		{Index: 1, Name: "lo", MTU: 65536, Up: true, Carrier: true, Addresses: addresses("127.0.0.1/8")},
		{
			Index: 3, Name: "v0", AltNames: []string{"eth9"}, MAC: []byte{0xfa, 0xbd, 0x2c, 0x18, 0x5b, 0xeb},
			MTU: 1500, Master: 9, Port: true, Up: true,
			Addresses: []Address{secondary(address("192.0.2.2/24")), tentative(deprecated(address("2001:db8::1/64")))},
		},
	}}
	got, whole, err := assemble(links, addrs)
	if err != nil || !whole {
		t.Fatalf("want a whole snapshot, got %v, %v", whole, err)
	}
	if diff := cmp.Diff(want, got, addrCmp); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestAMasterTakesThePacketsUnlessItIsAVRF(t *testing.T) {
	kind := map[string]string{ // IFLA_LINKINFO with IFLA_INFO_SLAVE_KIND and nothing else
		"":                     "",
		"bridge":               "10001200" + "0b000400" + "6272696467650000",
		"bond":                 "10001200" + "09000400" + "626f6e6400000000",
		"vrf":                  "0c001200" + "08000400" + "76726600",
		"a kind not known yet": "0c001200" + "08000400" + "78797a00",
	}
	for name, info := range kind {
		s, _, err := assemble([][]byte{unhex(t, vethLink+info)}, nil)
		if err != nil {
			t.Fatal(err)
		}
		if want := name != "vrf"; s.Links[0].Port != want || s.Links[0].Master != 9 {
			t.Errorf("master of kind %q: want Port %v, got %+v", name, want, s.Links[0])
		}
	}
	s, _, err := assemble([][]byte{unhex(t, loLink)}, nil)
	if err != nil || s.Links[0].Port {
		t.Errorf("no master: want no port, got %+v, %v", s.Links[0], err)
	}
}

func TestAssembleNoticesAnAddressOfANewLink(t *testing.T) {
	got, whole, err := assemble([][]byte{unhex(t, loLink)}, [][]byte{unhex(t, captured["IPv4, secondary"])})
	if err != nil {
		t.Fatal(err)
	}
	if whole {
		t.Error("an address of a link that was not read: want the snapshot not whole")
	}
	if len(got.Links) != 1 || len(got.Links[0].Addresses) != 0 {
		t.Errorf("want the address left out, got %+v", got)
	}
}

func TestTornReadingsAreRepeated(t *testing.T) {
	torn := func(n int, last error) (func() (Snapshot, error), *int) {
		calls := 0
		return func() (Snapshot, error) {
			calls++
			s := Snapshot{Links: []Link{{Index: calls}}}
			if calls <= n {
				return s, errTorn
			}
			return s, last
		}, &calls
	}
	failed := errors.New("no memory")
	tests := []struct {
		name      string
		torn      int
		last      error
		wantCalls int
		wantErr   error
	}{
		{"the first is good", 0, nil, 1, nil},
		{"the third is good", 2, nil, 3, nil},
		{"the last is good", 4, nil, 5, nil},
		{"none is good, the last has to do", 100, nil, 5, nil},
		{"an error ends it", 0, failed, 1, failed},
		{"an error after a torn one ends it", 1, failed, 2, failed},
		{"an error at last", 4, failed, 5, failed},
	}
	for _, tt := range tests {
		once, calls := torn(tt.torn, tt.last)
		s, err := attempt(5, once)
		if *calls != tt.wantCalls || !errors.Is(err, tt.wantErr) || s.Links[0].Index != tt.wantCalls {
			t.Errorf("%s: want reading %d and %v, got %d (snapshot %d) and %v",
				tt.name, tt.wantCalls, tt.wantErr, *calls, s.Links[0].Index, err)
		}
	}
}

// readAll reads by itself what a Monitor would.
func readAll(t *testing.T) Snapshot {
	t.Helper()
	r, err := newReader()
	if err != nil {
		t.Fatal(err)
	}
	defer r.close()
	s, err := r.read()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestReadSeesTheLoopback(t *testing.T) {
	s := readAll(t)
	lo, ok := s.ByName("lo")
	if !ok || lo.Index == 0 || lo.MTU == 0 {
		t.Errorf("want the loopback link, got %+v", lo)
	}
}
