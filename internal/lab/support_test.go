//go:build privileged || interop

package lab_test

import (
	"testing"
	"time"
)

// must ends the test on an error.
func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// eventually polls until ok, for two seconds.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(2 * time.Second); !ok(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%s did not come true", what)
		}
	}
}

// spin lets real time pass: the kernel, the programs and the clients of a laboratory have no clock that a test could turn.
// It is for a time that is itself part of what is tested, as a hole that is to be measured; what comes about by itself is
// awaited with eventually. Each call says what it waits for.
func spin(d time.Duration) { time.Sleep(d) }
