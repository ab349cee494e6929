package link

import (
	"encoding/binary"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"
)

// notification is a netlink message as the kernel sends it to a group.
func notification(typ uint16, body []byte) []byte {
	b := make([]byte, unix.SizeofNlMsghdr, unix.SizeofNlMsghdr+len(body))
	binary.NativeEndian.PutUint32(b, uint32(len(b)+len(body)))
	binary.NativeEndian.PutUint16(b[4:], typ)
	return append(b, body...)
}

// The bodies of notifications about an address of somebody else's and one of ours.
const (
	foreignBody = "0218800003000000" + "08000200c0000201"
	ownBody     = "0220800003000000" + "08000200c0000264" + "05000b0070000000"
)

func TestEachHint(t *testing.T) {
	foreign := notification(unix.RTM_NEWADDR, unhex(t, foreignBody))
	own := notification(unix.RTM_NEWADDR, unhex(t, ownBody))
	ownHint := hint{hintOwn, 3, Address{Prefix: address("192.0.2.100/32").Prefix, Proto: 112}}
	tests := []struct {
		name string
		in   []byte
		want []hint
	}{
		{"nothing", nil, nil},
		{"less than a header", foreign[:15], nil},
		{"a new address", foreign, []hint{{Kind: hintForeign}}},
		{"one of ours", own, []hint{ownHint}},
		{"a deleted address", notification(unix.RTM_DELADDR, unhex(t, foreignBody)), []hint{{Kind: hintDeleted}}},
		{"a deleted address of ours", notification(unix.RTM_DELADDR, unhex(t, ownBody)), []hint{{Kind: hintDeleted}}},
		{"a link", notification(unix.RTM_NEWLINK, make([]byte, 16)), []hint{{Kind: hintLink}}},
		{"a deleted link", notification(unix.RTM_DELLINK, nil), []hint{{Kind: hintLink}}},
		{"a route", notification(unix.RTM_NEWROUTE, nil), []hint{{Kind: hintNone}}},
		{"several", append(append([]byte{}, own...), foreign...), []hint{ownHint, {Kind: hintForeign}}},
		{"an address of ours, cut short", own[:len(own)-10], []hint{{Kind: hintForeign}}},
		{"an address without a body", notification(unix.RTM_NEWADDR, nil), []hint{{Kind: hintForeign}}},
		{"a link longer than the buffer", notification(unix.RTM_NEWLINK, make([]byte, 500))[:64], []hint{{Kind: hintLink}}},
		{"a length of nothing", make([]byte, 16), []hint{{Kind: hintNone}}},
	}
	for _, tt := range tests {
		var got []hint
		eachHint(tt.in, func(h hint) { got = append(got, h) })
		if diff := cmp.Diff(tt.want, got, addrCmp); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}

func TestHintKindNames(t *testing.T) {
	want := []string{"none", "link", "deleted", "foreign", "own", "invalid"}
	for i, w := range want {
		if got := hintKind(i).String(); got != w {
			t.Errorf("kind %d: want %q, got %q", i, w, got)
		}
	}
}
