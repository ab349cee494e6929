package wire

import (
	"fmt"
	"time"

	"golang.org/x/sys/unix"
)

// alarm is a timerfd on CLOCK_MONOTONIC that is set to moments, not to durations: what passes between computing a
// duration and arming a timer with it would make every deadline late.
//
// It is never read. An expired timerfd stays readable until it is set again, and that is what is wanted: as long as the
// deadline is the same, it has passed.
type alarm struct {
	fd    int
	armed int64 // the moment it is set to, in nanoseconds of CLOCK_MONOTONIC; 0: not armed

	// One moment on both clocks. Go's monotonic clock on Linux is CLOCK_MONOTONIC with another zero, so the
	// difference holds for the life of the process.
	goTime time.Time
	kernel int64
}

func (a *alarm) open() error {
	fd, err := unix.TimerfdCreate(unix.CLOCK_MONOTONIC, unix.TFD_NONBLOCK|unix.TFD_CLOEXEC)
	if err != nil {
		return fmt.Errorf("creating a timerfd: %w", err)
	}
	a.fd = fd
	return a.synchronise()
}

// synchronise finds one moment on both clocks. A thread may be put aside between two readings, so it takes the
// tightest of a few pairs.
func (a *alarm) synchronise() error {
	best := time.Duration(1<<63 - 1)
	for range 8 {
		before := time.Now()
		var ts unix.Timespec
		if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &ts); err != nil {
			return fmt.Errorf("reading CLOCK_MONOTONIC: %w", err)
		}
		if spread := time.Since(before); spread < best {
			best = spread
			// The earlier bound: an alarm set by it may be late by the spread, and is never early.
			a.goTime, a.kernel = before, ts.Nano()
		}
	}
	return nil
}

// set arms the timer for t, or disarms it if t is zero. It enters the kernel only for a change.
func (a *alarm) set(t time.Time) error {
	at := a.moment(t)
	if at == a.armed {
		return nil
	}
	spec := unix.ItimerSpec{Value: unix.NsecToTimespec(at)}
	if err := unix.TimerfdSettime(a.fd, unix.TFD_TIMER_ABSTIME, &spec, nil); err != nil {
		return fmt.Errorf("arming the timer: %w", err)
	}
	a.armed = at
	return nil
}

// moment converts to nanoseconds of CLOCK_MONOTONIC. Zero would disarm the timer, so what lies before the boot becomes
// the first nanosecond: long past, as it should be.
func (a *alarm) moment(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return max(1, a.kernel+int64(t.Sub(a.goTime)))
}

func (a *alarm) close() error {
	fd := a.fd
	a.fd = -1
	if fd < 0 {
		return nil
	}
	return unix.Close(fd)
}
