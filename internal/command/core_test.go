package command

import (
	"testing"

	"golang.org/x/sys/unix"
)

func TestStartOfAProcessLeavesTheDaemonWithoutACore(t *testing.T) {
	set := func(n uintptr) {
		if err := unix.Prctl(unix.PR_SET_DUMPABLE, n, 0, 0, 0); err != nil {
			t.Fatal(err)
		}
	}
	get := func() int {
		n, err := unix.PrctlRetInt(unix.PR_GET_DUMPABLE, 0, 0, 0, 0)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	before := get()
	defer set(uintptr(before))
	for _, tt := range []struct{ before, during, want int }{
		{0, 1, 0}, // the child has changed it
		{0, 0, 0},
		{1, 1, 1},
		{1, 0, 0}, // what the kernel takes is not given back
	} {
		set(uintptr(tt.before))
		withoutCore(func() { set(uintptr(tt.during)) })
		if got := get(); got != tt.want {
			t.Errorf("from %d by %d: %d, want %d", tt.before, tt.during, got, tt.want)
		}
	}
}
