package wire

import (
	"errors"
	"fmt"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"
)

// pair returns two connected datagram sockets.
func pair(t *testing.T) (from, to int) {
	t.Helper()
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = unix.Close(fds[0]), unix.Close(fds[1]) })
	return fds[0], fds[1]
}

// headers points message headers at payloads.
func headers(payloads [][]byte) []mmsghdr {
	msgs := make([]mmsghdr, len(payloads))
	for i := range msgs {
		iovec := &unix.Iovec{Base: &payloads[i][0]}
		iovec.SetLen(len(payloads[i]))
		msgs[i].hdr.Iov = iovec
		msgs[i].hdr.SetIovlen(1)
	}
	return msgs
}

// The kernel steps through the array with its own idea of the size.
func TestMmsghdrIsTheKernels(t *testing.T) {
	want := map[uintptr]uintptr{8: 64, 4: 32}[unsafe.Sizeof(uintptr(0))]
	if got := unsafe.Sizeof(mmsghdr{}); got != want {
		t.Errorf("%d bytes, want %d", got, want)
	}
}

func TestBatchGoesOutAndComesIn(t *testing.T) {
	from, to := pair(t)
	var sent, received [][]byte
	for i := range 8 {
		sent = append(sent, []byte(fmt.Sprintf("message %d", i)))
		received = append(received, make([]byte, 64))
	}
	if count, err := sendmmsg(from, headers(sent)); count != len(sent) || err != nil {
		t.Fatalf("sent %d, %v", count, err)
	}
	msgs := headers(received)
	count, err := recvmmsg(to, msgs)
	if count != len(sent) || err != nil {
		t.Fatalf("received %d, %v", count, err)
	}
	for i := range count {
		if got := string(received[i][:msgs[i].len]); got != string(sent[i]) {
			t.Errorf("message %d is %q, want %q", i, got, sent[i])
		}
	}
}

func TestReceivingFromAnEmptySocketDoesNotWait(t *testing.T) {
	_, to := pair(t)
	if count, err := recvmmsg(to, headers([][]byte{make([]byte, 8)})); count != 0 || !errors.Is(err, unix.EAGAIN) {
		t.Errorf("received %d, %v; want 0, EAGAIN", count, err)
	}
}

func TestSendingToAFullSocketDoesNotWait(t *testing.T) {
	from, _ := pair(t)
	msgs := headers([][]byte{make([]byte, 1024)})
	for range 10_000 {
		if _, err := sendmmsg(from, msgs); err != nil {
			if !errors.Is(err, unix.EAGAIN) {
				t.Errorf("got %v, want EAGAIN", err)
			}
			return
		}
	}
	t.Error("the socket never got full")
}

func TestSendStopsBeforeTheFirstRefusedMessage(t *testing.T) {
	from, _ := pair(t)
	msgs := headers([][]byte{[]byte("1"), make([]byte, 1<<20), []byte("3")}) // longer than the send buffer
	if count, err := sendmmsg(from, msgs); count != 1 || err != nil {
		t.Errorf("sent %d, %v; want the first one", count, err)
	}
	if count, err := sendmmsg(from, msgs[1:]); count != 0 || !errors.Is(err, unix.EMSGSIZE) {
		t.Errorf("sent %d, %v; want EMSGSIZE", count, err)
	}
}
