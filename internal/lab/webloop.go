package lab

import (
	"errors"
	"fmt"
	"net/netip"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// webLoop asks for the pages of one [WebClient] on one thread, which waits for the next slot and for all connections at once:
// nothing of a request waits for another thread to get its turn on a busy machine.
type webLoop struct {
	client  *WebClient
	epoll   int
	timer   int
	request []byte
	seq     uint64
	open    map[int32]*webAttempt // by descriptor
	queue   []*webAttempt         // in the order of sending, so the first is the next to run out of time
}

// webAttempt is a request on its way.
type webAttempt struct {
	WebRequest
	fd     int
	asked  bool
	done   bool
	answer []byte
}

// newWebLoop opens what the loop needs in the namespace of this thread, and starts its timer.
func newWebLoop(c *WebClient) (*webLoop, error) {
	l := &webLoop{
		client: c, epoll: -1, timer: -1, open: make(map[int32]*webAttempt),
		request: fmt.Appendf(nil, "GET / HTTP/1.0\r\nHost: %s\r\n\r\n", c.Target),
	}
	var err error
	if l.epoll, err = unix.EpollCreate1(unix.EPOLL_CLOEXEC); err != nil {
		return nil, err
	}
	if l.timer, err = unix.TimerfdCreate(unix.CLOCK_MONOTONIC, unix.TFD_NONBLOCK|unix.TFD_CLOEXEC); err != nil {
		return nil, errors.Join(err, l.close())
	}
	every := unix.NsecToTimespec(int64(c.interval))
	if err := unix.TimerfdSettime(l.timer, 0, &unix.ItimerSpec{Interval: every, Value: every}, nil); err != nil {
		return nil, errors.Join(err, l.close())
	}
	if err := l.watch(l.timer, unix.EPOLLIN); err != nil {
		return nil, errors.Join(err, l.close())
	}
	return l, nil
}

// watch adds a descriptor to what is waited for.
func (l *webLoop) watch(fd int, events uint32) error {
	return unix.EpollCtl(l.epoll, unix.EPOLL_CTL_ADD, fd, &unix.EpollEvent{Events: events, Fd: int32(fd)})
}

// run asks until the client is stopped and each request has come to its end.
func (l *webLoop) run() error {
	events := make([]unix.EpollEvent, 256)
	for {
		n, err := unix.EpollWait(l.epoll, events, -1) // the timer wakes it
		if err != nil && !errors.Is(err, unix.EINTR) {
			return err
		}
		due := false
		for _, e := range events[:max(n, 0)] {
			if int(e.Fd) == l.timer {
				due = true
			} else if a := l.open[e.Fd]; a != nil {
				l.advance(a)
			}
		}
		l.expire(time.Now().Add(-webTimeout))
		if l.client.stopping.Load() && len(l.open) == 0 {
			return nil
		}
		if due {
			// How many slots have passed does not matter: those that were missed are left out.
			var expirations [8]byte
			if _, err := unix.Read(l.timer, expirations[:]); err != nil && !errors.Is(err, unix.EAGAIN) {
				return err
			}
			if !l.client.stopping.Load() {
				l.begin()
			}
		}
	}
}

// begin begins a request, with its connection.
func (l *webLoop) begin() {
	a := &webAttempt{WebRequest: WebRequest{Seq: l.seq, Sent: time.Now()}, fd: -1}
	l.seq++
	l.client.sent.append(a.Sent)
	err := a.connect(l.client.Target)
	if err == nil {
		err = l.watch(a.fd, unix.EPOLLIN|unix.EPOLLOUT|unix.EPOLLET)
	}
	if err != nil {
		l.finish(a, "", err)
		return
	}
	l.open[int32(a.fd)] = a
	l.queue = append(l.queue, a)
}

// connect begins the connection.
func (a *webAttempt) connect(to netip.Addr) (err error) {
	if a.fd, err = unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0); err != nil {
		return err
	}
	// The client ends each connection: without this its ports would be used up within a minute.
	_ = unix.SetsockoptLinger(a.fd, unix.SOL_SOCKET, unix.SO_LINGER, &unix.Linger{Onoff: 1})
	err = unix.Connect(a.fd, &unix.SockaddrInet4{Port: webPort, Addr: to.Unmap().As4()})
	if errors.Is(err, unix.EINPROGRESS) {
		return nil
	}
	return err
}

// advance goes on with a request whose connection has something new.
func (l *webLoop) advance(a *webAttempt) {
	if !a.asked {
		stands, err := a.connected()
		if err == nil && stands {
			_, err = unix.Write(a.fd, l.request) // it is far smaller than an empty send buffer
			a.asked = true
		}
		if err != nil {
			l.finish(a, "", err)
			return
		}
	}
	for a.asked {
		var buf [1024]byte
		n, err := unix.Read(a.fd, buf[:])
		switch {
		case errors.Is(err, unix.EINTR):
		case errors.Is(err, unix.EAGAIN):
			return
		case err != nil:
			l.finish(a, "", err)
			return
		case n == 0:
			page, err := parsePage(string(a.answer))
			l.finish(a, page, err)
			return
		default:
			a.answer = append(a.answer, buf[:n]...)
		}
	}
}

// connected says whether the connection stands; the error says why it never will.
func (a *webAttempt) connected() (bool, error) {
	number, err := unix.GetsockoptInt(a.fd, unix.SOL_SOCKET, unix.SO_ERROR)
	if err != nil {
		return false, err
	}
	if number != 0 {
		return false, unix.Errno(number)
	}
	_, err = unix.Getpeername(a.fd)
	return err == nil, nil
}

// expire ends the requests that were sent before a time.
func (l *webLoop) expire(before time.Time) {
	for len(l.queue) > 0 && (l.queue[0].done || l.queue[0].Sent.Before(before)) {
		if a := l.queue[0]; !a.done {
			l.finish(a, "", os.ErrDeadlineExceeded)
		}
		l.queue = l.queue[1:]
	}
}

// finish ends a request and records how.
func (l *webLoop) finish(a *webAttempt, page string, err error) {
	a.done = true
	if a.fd >= 0 {
		delete(l.open, int32(a.fd))
		_ = unix.Close(a.fd) // of a connection that is given up there is nothing to be told
	}
	l.client.finish(a.WebRequest, page, err)
}

// close closes what the loop holds.
func (l *webLoop) close() error {
	var errs []error
	for _, fd := range []int{l.epoll, l.timer} {
		if fd >= 0 {
			errs = append(errs, unix.Close(fd))
		}
	}
	return errors.Join(errs...)
}
