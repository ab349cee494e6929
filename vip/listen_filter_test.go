package vip

import (
	"bytes"
	"testing"

	"golang.org/x/net/bpf"
)

// What strayFilter loads exists in the kernel only, so the virtual machine runs the rest.
func TestGratuitousFilter(t *testing.T) {
	vm, err := bpf.NewVM(gratuitousFilter)
	if err != nil {
		t.Fatal(err)
	}
	request := exampleARP(false)
	tests := []struct {
		name  string
		frame []byte
		want  bool
	}{
		{"a request", request, true},
		{"a reply", exampleARP(true), true},
		{"padded", append(bytes.Clone(request), make([]byte, 18)...), true},
		{"who has?", changed(request, 38, 192, 0, 2, 1), false},
		{"a probe", changed(request, 28, 0, 0, 0, 0), false},
		{"another protocol", changed(request, 12, 0x08, 0x00), false},
		{"not Ethernet", changed(request, 15, 6), false},
		{"not IPv4", changed(request, 16, 0x86, 0xdd), false},
		{"reverse ARP", changed(request, 21, 3), false},
		{"cut short", request[:41], false},
		{"empty", nil, false},
	}
	for _, tt := range tests {
		n, err := vm.Run(tt.frame)
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
		}
		if got := n > 0; got != tt.want {
			t.Errorf("%s: want %v, got %v", tt.name, tt.want, got)
		}
		if tt.want && n != arpFrame {
			t.Errorf("%s: want %d bytes passed, got %d", tt.name, arpFrame, n)
		}
	}
}

// What the parser takes the filter has to pass; what the filter drops the parser would not take.
func FuzzGratuitousFilter(f *testing.F) {
	vm, err := bpf.NewVM(gratuitousFilter)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(exampleARP(false))
	f.Add(exampleARP(true))
	f.Add(exampleARP(true)[:41])
	f.Fuzz(func(t *testing.T, frame []byte) {
		n, err := vm.Run(frame)
		if err != nil {
			t.Fatal(err)
		}
		if _, why := parseARP(frame); why == 0 && n != arpFrame {
			t.Errorf("the parser takes what the filter drops: %x", frame)
		}
	})
}

func TestTheWholeFilterAssembles(t *testing.T) {
	raw, err := assembleARPFilter()
	if err != nil {
		t.Fatal(err)
	}
	if want := len(strayFilter) + len(gratuitousFilter); len(raw) != want {
		t.Errorf("want %d instructions, got %d", want, len(raw))
	}
}
