package link

import "testing"

func TestIncarnation(t *testing.T) {
	// What the kernel sends in IFLA_AF_SPEC of IPv6: flags and struct ifla_cacheinfo.
	const flags, info = "0800010030000000", "14000500ffff000039300000ea71000058020000"
	for name, tt := range map[string]struct {
		attributes string
		want       uint32
	}{
		"no attribute of a family":     {"", 0},
		"no IPv6":                      {"08001a80" + "04000200", 0},
		"IPv6":                         {"24001a80" + "20000a80" + flags + info, 12345},
		"after IPv4":                   {"28001a80" + "04000280" + "20000a80" + flags + info, 12345},
		"IPv6 without its age":         {"10001a80" + "0c000a80" + flags, 0},
		"an age that is cut off early": {"10001a80" + "0c000a80" + "08000500ffff0000", 0},
		"an attribute that is cut off": {"24001a80" + "20000a80" + flags, 0},
	} {
		if got := incarnation(unhex(t, vethLink+tt.attributes)); got != tt.want {
			t.Errorf("%s: %d, want %d", name, got, tt.want)
		}
	}
	if got := incarnation(unhex(t, "0000")); got != 0 {
		t.Errorf("no message: %d, want 0", got)
	}
}
