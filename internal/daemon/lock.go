package daemon

import (
	"errors"
	"fmt"
	"net"
	"syscall"

	"golang.org/x/sys/unix"
)

// lockName is the abstract socket that is the lock: one daemon per network namespace, because abstract sockets belong
// to the namespace as addresses and adverts do. The kernel frees it with the process, however that ends.
const lockName = "@aloft"

// lock takes the lock. The error names the process that has it.
func lock() (*net.UnixListener, error) {
	addr := &net.UnixAddr{Name: lockName, Net: "unix"}
	l, err := net.ListenUnix("unix", addr)
	if err == nil {
		return l, nil
	}
	if !errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("taking the lock %s: %w", lockName, err)
	}
	if pid, ok := lockHolder(addr); ok {
		return nil, fmt.Errorf("another aloft runs in this network namespace: pid %d; stop it first", pid)
	}
	return nil, errors.New("another aloft runs in this network namespace; stop it first")
}

// lockHolder asks the kernel who listens on the lock.
func lockHolder(addr *net.UnixAddr) (pid int32, ok bool) {
	conn, err := net.DialUnix("unix", nil, addr)
	if err != nil {
		return 0, false
	}
	defer func() { _ = conn.Close() }()
	raw, err := conn.SyscallConn()
	if err != nil {
		return 0, false
	}
	_ = raw.Control(func(fd uintptr) {
		if cred, err := unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED); err == nil {
			pid, ok = cred.Pid, true
		}
	})
	return pid, ok
}
