package daemon

import "testing"

func TestMissingCapabilities(t *testing.T) {
	tests := []struct {
		effective uint64
		want      string
	}{
		{1<<12 | 1<<13, ""},
		{^uint64(0), ""},
		{1 << 12, "CAP_NET_RAW"},
		{1 << 13, "CAP_NET_ADMIN"},
		{0, "CAP_NET_ADMIN and CAP_NET_RAW"},
	}
	for _, test := range tests {
		if got := missingCapabilities(test.effective); got != test.want {
			t.Errorf("missingCapabilities(%#x) = %q, want %q", test.effective, got, test.want)
		}
	}
}
