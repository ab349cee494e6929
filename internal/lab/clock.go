package lab

import (
	"fmt"
	"time"

	"golang.org/x/sys/unix"
)

// fromWall gives a wall-clock time of the kernel the monotonic clock: as long before now as it was.
func fromWall(wall, now time.Time) time.Time { return now.Add(-now.Round(0).Sub(wall)) }

// monotonic reads CLOCK_MONOTONIC in nanoseconds.
func monotonic() (int64, error) {
	var ts unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &ts); err != nil {
		return 0, fmt.Errorf("reading the clock: %w", err)
	}
	return ts.Nano(), nil
}

// sleepUntil sleeps until CLOCK_MONOTONIC shows the time, in nanoseconds. It blocks the thread and so wakes within some
// 0.1 ms, where a timer of the runtime may take 1 ms.
func sleepUntil(nanos int64) {
	ts := unix.NsecToTimespec(nanos)
	for unix.ClockNanosleep(unix.CLOCK_MONOTONIC, unix.TIMER_ABSTIME, &ts, nil) == unix.EINTR {
	}
}

// keepReceiveTimes returns a socket that makes the kernel date what it receives, in all namespaces. While no socket
// asks for it the kernel does not, and when the first does it begins some time later; until then a frame has the time
// when it was read.
func keepReceiveTimes() (fd int, err error) {
	if fd, err = unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0); err == nil {
		err = closeAfter(fd, unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_TIMESTAMPNS_NEW, 1))
	}
	if err != nil {
		return -1, fmt.Errorf("switching receive times on: %w", err)
	}
	return fd, nil
}
