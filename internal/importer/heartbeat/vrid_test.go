package heartbeat

import (
	"net/netip"
	"testing"
)

// The numbers are part of what is documented: another run, and another version, must give the same.
func TestChooseVRIDIsDocumented(t *testing.T) {
	tests := []struct {
		addr string
		want int
	}{
		{"192.0.2.100", 8},
		{"192.0.2.102", 220},
		{"10.0.0.10", 198},
		{"2001:db8::10", 255},
	}
	for _, test := range tests {
		if got := chooseVRID(netip.MustParseAddr(test.addr), map[int]bool{}); got != test.want {
			t.Errorf("%s: want %d, got %d", test.addr, test.want, got)
		}
	}
}

func TestChooseVRIDTakesTheNextFree(t *testing.T) {
	addr := netip.MustParseAddr("192.0.2.100")
	taken := map[int]bool{8: true, 9: true}
	if got := chooseVRID(addr, taken); got != 10 {
		t.Errorf("want 10, got %d", got)
	}
	for v := 8; v <= 255; v++ {
		taken[v] = true
	}
	if got := chooseVRID(addr, taken); got != 1 {
		t.Errorf("after 255: want 1, got %d", got)
	}
}

func TestChooseVRIDUsesAllNumbersOnce(t *testing.T) {
	taken := make(map[int]bool)
	addr := netip.MustParseAddr("192.0.2.1")
	for range maxVRIDs {
		if v := chooseVRID(addr, taken); v < 1 || v > 255 {
			t.Fatalf("%d is no VRID", v)
		}
		addr = addr.Next()
	}
	if v := chooseVRID(addr, taken); v != 0 || len(taken) != maxVRIDs {
		t.Errorf("after %d of %d: want none, got %d", len(taken), maxVRIDs, v)
	}
}
