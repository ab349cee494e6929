package wire

import (
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func newAlarm(t *testing.T) *alarm {
	t.Helper()
	a := &alarm{fd: -1}
	if err := a.open(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = a.close() })
	return a
}

// remaining asks the kernel; zero means that the timer is not armed.
func (a *alarm) remaining(t *testing.T) time.Duration {
	t.Helper()
	var spec unix.ItimerSpec
	if err := unix.TimerfdGettime(a.fd, &spec); err != nil {
		t.Fatal(err)
	}
	return time.Duration(spec.Value.Nano())
}

func TestAlarmMoment(t *testing.T) {
	zero := time.Now()
	a := alarm{goTime: zero, kernel: 1_000_000_000}
	tests := []struct {
		name string
		t    time.Time
		want int64
	}{
		{"no deadline", time.Time{}, 0},
		{"the moment of the comparison", zero, 1_000_000_000},
		{"later", zero.Add(time.Nanosecond), 1_000_000_001},
		{"earlier", zero.Add(-time.Millisecond), 999_000_000},
		{"at boot", zero.Add(-time.Second), 1},
		{"before boot", zero.Add(-time.Hour), 1},
	}
	for _, tt := range tests {
		if got := a.moment(tt.t); got != tt.want {
			t.Errorf("%s: %d, want %d", tt.name, got, tt.want)
		}
	}
}

func TestAlarmClocksAgree(t *testing.T) {
	a := newAlarm(t)
	before := a.moment(time.Now())
	var ts unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &ts); err != nil {
		t.Fatal(err)
	}
	after := a.moment(time.Now())
	// The kernel's reading lies between the two, but for the spread of the comparison; never above.
	if kernel := ts.Nano(); kernel > after || kernel < before-int64(time.Millisecond) {
		t.Errorf("CLOCK_MONOTONIC says %d, between %d and %d by Go's clock", kernel, before, after)
	}
}

func TestAlarmIsArmedForTheDeadline(t *testing.T) {
	a := newAlarm(t)
	if err := a.set(time.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	if left := a.remaining(t); left > time.Hour+time.Millisecond || left < time.Hour-time.Minute {
		t.Errorf("%v remain, want an hour", left)
	}
	if err := a.set(time.Time{}); err != nil {
		t.Fatal(err)
	}
	if left := a.remaining(t); left != 0 {
		t.Errorf("no deadline, and %v remain", left)
	}
}

func TestAlarmEntersTheKernelOnlyForAChange(t *testing.T) {
	a := newAlarm(t)
	deadline := time.Now().Add(time.Hour)
	if err := a.set(deadline); err != nil {
		t.Fatal(err)
	}
	// Disarmed behind its back: setting the same deadline again leaves it so, another one does not.
	if err := unix.TimerfdSettime(a.fd, 0, &unix.ItimerSpec{}, nil); err != nil {
		t.Fatal(err)
	}
	if err := a.set(deadline); err != nil {
		t.Fatal(err)
	}
	if left := a.remaining(t); left != 0 {
		t.Errorf("the unchanged deadline was armed again: %v remain", left)
	}
	if err := a.set(deadline.Add(1)); err != nil {
		t.Fatal(err)
	}
	if a.remaining(t) == 0 {
		t.Error("the changed deadline was not armed")
	}
}
