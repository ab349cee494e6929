package link

import (
	"encoding/hex"
	"testing"

	"github.com/google/go-cmp/cmp"
)

type attribute struct {
	Type  uint16
	Value string // in hex
}

func collect(b []byte) []attribute {
	var got []attribute
	for typ, value := range attributes(b) {
		got = append(got, attribute{typ, hex.EncodeToString(value)})
	}
	return got
}

// The literals of these tests are in the byte order of x86 and arm.
func TestAttributes(t *testing.T) {
	tests := []struct {
		name, hex string
		want      []attribute
	}{
		{"none", "", nil},
		{"one", "0800010001020304", []attribute{{1, "01020304"}}},
		{"an empty value", "04000700", []attribute{{7, ""}}},
		{"padded", "05000100aa000000" + "0600020001020000", []attribute{{1, "aa"}, {2, "0102"}}},
		{"the last one's padding is missing", "05000100aa", []attribute{{1, "aa"}}},
		{"nested and byte order flags", "04000180" + "04000240", []attribute{{1, ""}, {2, ""}}},
		{"a header cut short", "0800010001020304" + "0800", []attribute{{1, "01020304"}}},
		{"a value cut short", "0800010001020304" + "080001000102", []attribute{{1, "01020304"}}},
		{"a length below the header's", "03000100" + "04000200", nil},
		{"a length of nothing", "00000000" + "04000200", nil},
	}
	for _, tt := range tests {
		if diff := cmp.Diff(tt.want, collect(unhex(t, tt.hex))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}

func TestAttributesStopWhenTold(t *testing.T) {
	n := 0
	for range attributes(unhex(t, "0400010004000200")) {
		n++
		break
	}
	if n != 1 {
		t.Errorf("want 1 attribute before the break, got %d", n)
	}
}

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func FuzzAttributes(f *testing.F) {
	f.Add([]byte{})
	f.Add(unhex(f, captured["IPv4, secondary"]))
	f.Add(unhex(f, "05000100aa0000000600020001020000"))
	f.Fuzz(func(t *testing.T, b []byte) {
		total := 0
		for _, value := range attributes(b) {
			total += 4 + len(value)
		}
		if total > len(b) {
			t.Errorf("attributes of %d bytes in %d", total, len(b))
		}
		index, a, ok := parseAddress(b)
		if !ok {
			if index != 0 || a != (Address{}) {
				t.Errorf("refused, but returned %d, %+v", index, a)
			}
			return
		}
		if !a.Prefix.IsValid() || a.Prefix.Addr().Zone() != "" {
			t.Errorf("accepted with the prefix %v", a.Prefix)
		}
		if a.Secondary && !a.Prefix.Addr().Is4() {
			t.Errorf("%v is secondary", a.Prefix)
		}
		eachHint(b, func(h hint) {
			if h.Kind.String() == "invalid" {
				t.Errorf("hint of kind %d", h.Kind)
			}
		})
	})
}
