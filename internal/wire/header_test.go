package wire

import (
	"bytes"
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// packet4 is an IPv4 packet as a raw socket reads it, with the header fields that matter set by hand.
func packet4(versionAndLength byte, total int, options, payload []byte) []byte {
	b := []byte{
		versionAndLength, 0xC0, byte(total >> 8), byte(total),
		0x00, 0x01, 0x00, 0x00,
		0xFE, 112, 0x00, 0x00, // TTL 254, so that it is not taken from a constant
		192, 0, 2, 1,
		224, 0, 0, 18,
	}
	return append(append(b, options...), payload...)
}

func TestStripHeader(t *testing.T) {
	payload := []byte{0x31, 51, 100, 1, 0, 100, 0xAB, 0xCD}
	addresses := header4{src: netip.MustParseAddr("192.0.2.1"), dst: netip.MustParseAddr("224.0.0.18"), ttl: 254}
	tests := []struct {
		name    string
		in      []byte
		header  header4
		payload []byte
		whole   bool
	}{
		{"plain", packet4(0x45, 28, nil, payload), addresses, payload, true},
		{"with all options", packet4(0x4F, 68, make([]byte, 40), payload), addresses, payload, true},
		{"no payload", packet4(0x45, 20, nil, nil), addresses, []byte{}, true},
		{"announces more than there is", packet4(0x45, 29, nil, payload), addresses, payload, false},
		{"announces less than there is", packet4(0x45, 27, nil, payload), addresses, payload, false},
		{"announces less than its header", packet4(0x45, 0, nil, payload), addresses, payload, false},
		{"header length below the minimum", packet4(0x44, 28, nil, payload), addresses, nil, false},
		{"header length beyond the end", packet4(0x48, 28, nil, payload), addresses, nil, false},
		{"another IP version", packet4(0x65, 28, nil, payload), header4{}, nil, false},
		{"nothing", nil, header4{}, nil, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			header, payload, whole := stripHeader(tt.in)
			if header != tt.header || whole != tt.whole {
				t.Errorf("got header %v, whole %v; want %v, %v", header, whole, tt.header, tt.whole)
			}
			if diff := cmp.Diff(tt.payload, payload); diff != "" {
				t.Errorf("payload (-want +got):\n%s", diff)
			}
		})
	}
}

func TestStripHeaderFindsEveryTruncation(t *testing.T) {
	full := packet4(0x46, 32, make([]byte, 4), []byte("12345678"))
	for length := range full {
		if _, _, whole := stripHeader(full[:length:length]); whole {
			t.Errorf("%d of %d bytes pass for a whole packet", length, len(full))
		}
	}
	if _, _, whole := stripHeader(full); !whole {
		t.Error("the whole packet does not pass")
	}
}

// FuzzStripHeader also checks that a payload is never anything but the end of the input.
func FuzzStripHeader(f *testing.F) {
	f.Add([]byte{})
	f.Add(packet4(0x45, 28, nil, make([]byte, 8)))
	f.Add(packet4(0x4F, 68, make([]byte, 40), make([]byte, 8)))
	f.Fuzz(func(t *testing.T, b []byte) {
		_, payload, whole := stripHeader(b)
		if !bytes.HasSuffix(b, payload) {
			t.Errorf("payload %x is not the end of %x", payload, b)
		}
		if whole && (len(b) < 20 || len(payload) > len(b)-20) {
			t.Errorf("%x passes for a whole packet", b)
		}
	})
}
