package wire

import (
	"testing"

	"golang.org/x/net/bpf"
)

// accepted runs a program as the kernel does and returns how many bytes of a packet of that length get through.
func accepted(t *testing.T, program []bpf.Instruction, packet []byte) int {
	t.Helper()
	vm, err := bpf.NewVM(program)
	if err != nil {
		t.Fatal(err)
	}
	length, err := vm.Run(packet)
	if err != nil {
		t.Fatal(err)
	}
	return min(length, len(packet)) // a verdict beyond the end means all of it (bpf(4))
}

func TestDropAllLetsNothingThrough(t *testing.T) {
	for _, length := range []int{1, 20, 28, 1500, 65535} {
		if got := accepted(t, dropAll(), make([]byte, length)); got != 0 {
			t.Errorf("%d of %d bytes get through", got, length)
		}
	}
}

func TestKeepWhole(t *testing.T) {
	for _, length := range []int{1, 8, 20, 28, 1500, sizeLimit - 1, sizeLimit} {
		if got := accepted(t, keepWhole(), make([]byte, length)); got != length {
			t.Errorf("%d of %d bytes get through, want all", got, length)
		}
	}
	// One byte more than a slot holds, so that reading says that it was cut.
	for _, length := range []int{sizeLimit + 1, sizeLimit + 2, 9000, 65535} {
		if got := accepted(t, keepWhole(), make([]byte, length)); got != sizeLimit+1 {
			t.Errorf("%d of %d bytes get through, want %d", got, length, sizeLimit+1)
		}
	}
}

// The filter must not choose: what is dropped in the kernel is counted nowhere.
func TestKeepWholeTakesGarbage(t *testing.T) {
	for value := range 256 {
		packet := make([]byte, 28)
		for i := range packet {
			packet[i] = byte(value)
		}
		if got := accepted(t, keepWhole(), packet); got != len(packet) {
			t.Errorf("a packet of bytes %#x: %d bytes get through", value, got)
		}
	}
}
