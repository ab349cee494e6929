package wire

import (
	"encoding/binary"
	"fmt"
	"sync"

	"golang.org/x/sys/unix"
)

// doorbell is an eventfd: the one thing here that other goroutines touch.
type doorbell struct {
	mu sync.Mutex // keeps a late ring from writing to a descriptor that was closed and given to another file
	fd int
}

func (d *doorbell) open() error {
	fd, err := unix.Eventfd(0, unix.EFD_NONBLOCK|unix.EFD_CLOEXEC)
	if err != nil {
		return fmt.Errorf("creating an eventfd: %w", err)
	}
	d.fd = fd
	return nil
}

// one is what a ring adds to the eventfd's counter.
var one = binary.NativeEndian.AppendUint64(nil, 1)

// ring makes the eventfd readable. The one error there can be, EAGAIN at 2^64-2 rings, means that it is.
func (d *doorbell) ring() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.fd >= 0 {
		_, _ = unix.Write(d.fd, one)
	}
}

// answer takes all rings so far.
func (d *doorbell) answer() {
	var count [8]byte
	_, _ = unix.Read(d.fd, count[:])
}

func (d *doorbell) close() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	fd := d.fd
	d.fd = -1
	if fd < 0 {
		return nil
	}
	return unix.Close(fd)
}
