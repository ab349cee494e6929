package wire

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// mmsghdr is struct mmsghdr of recvmmsg(2) and sendmmsg(2). Both C and Go pad it to the alignment of unix.Msghdr, so one
// declaration serves 32 and 64 bits.
type mmsghdr struct {
	hdr unix.Msghdr
	len uint32 // bytes moved
}

// recvmmsg reads up to len(msgs) datagrams without waiting. EAGAIN if there is none.
//
// The timeout is nil always: it is checked only after a datagram has come (recvmmsg(2), BUGS), and nil keeps us
// clear of the two sizes of struct timespec on 32 bits.
func recvmmsg(fd int, msgs []mmsghdr) (int, error) {
	count, _, errno := unix.Syscall6(unix.SYS_RECVMMSG, uintptr(fd), uintptr(unsafe.Pointer(unsafe.SliceData(msgs))),
		uintptr(len(msgs)), unix.MSG_DONTWAIT, 0, 0)
	return result(count, errno)
}

// sendmmsg sends the messages in order until one is refused, without waiting. It returns how many were taken; the
// error is that of the first message, and says nothing if a later one was refused.
func sendmmsg(fd int, msgs []mmsghdr) (int, error) {
	count, _, errno := unix.Syscall6(unix.SYS_SENDMMSG, uintptr(fd), uintptr(unsafe.Pointer(unsafe.SliceData(msgs))),
		uintptr(len(msgs)), unix.MSG_DONTWAIT, 0, 0)
	return result(count, errno)
}

func result(count uintptr, errno unix.Errno) (int, error) {
	if errno != 0 {
		return 0, errno
	}
	return int(count), nil
}
