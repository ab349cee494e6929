package vip

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/mdlayher/netlink"
	"golang.org/x/sys/unix"
)

const (
	// netlinkPatience is how long an answer may be missing after the kernel has taken a request. It answers while it takes
	// the request, so only a lost answer is ever waited for.
	netlinkPatience = 2 * time.Second

	// netlinkBuffer takes the largest datagram of a dump, which is 32 KiB.
	netlinkBuffer = 64 << 10

	// dumpAttempts is how often a dump is begun again that was interrupted by a change.
	dumpAttempts = 3

	// dumpInterrupted is NLM_F_DUMP_INTR (netlink.h): the addresses changed during the dump, which may lack some.
	dumpInterrupted = netlink.HeaderFlags(0x10)
)

// Netlink is the [Kernel] of a network namespace, over rtnetlink(7). To change anything takes CAP_NET_ADMIN.
//
// It is not safe for concurrent use.
type Netlink struct {
	conn  *netlink.Conn // nil: to be opened again
	marks bool
}

// NewNetlink returns the kernel's addresses of the network namespace of the calling thread.
func NewNetlink() (*Netlink, error) {
	k := &Netlink{marks: kernelMarks()}
	if err := k.open(); err != nil {
		return nil, err
	}
	return k, nil
}

func (k *Netlink) open() error {
	if k.conn != nil {
		return nil
	}
	conn, err := netlink.Dial(unix.NETLINK_ROUTE, &netlink.Config{MessageBufferSize: netlinkBuffer})
	if err != nil {
		return fmt.Errorf("opening a netlink socket: %w", err)
	}
	// The kernel's own words in an error, since Linux 4.12. Without them it works as well. CapAcknowledge must stay off:
	// the netlink library cannot read the words in an answer that leaves out the request.
	_ = conn.SetOption(netlink.ExtendedAcknowledge, true)
	k.conn = conn
	return nil
}

// Close closes the socket.
func (k *Netlink) Close() error {
	if k.conn == nil {
		return nil
	}
	conn := k.conn
	k.conn = nil
	return conn.Close()
}

// send hands requests to the kernel, all in one datagram. It has no deadline: the kernel works inside the call, waits
// there for its other changes as long as they take, and cannot be interrupted.
func (k *Netlink) send(msgs ...netlink.Message) ([]netlink.Message, error) {
	if err := k.open(); err != nil {
		return nil, err
	}
	return k.conn.SendMessages(msgs)
}

// receive returns the next answer. Its time begins now, so that what a request took does not count.
func (k *Netlink) receive() ([]netlink.Message, error) {
	if err := k.conn.SetReadDeadline(time.Now().Add(netlinkPatience)); err != nil {
		return nil, err
	}
	return k.conn.Receive()
}

// execute sends one request and returns its answer.
func (k *Netlink) execute(m netlink.Message) ([]netlink.Message, error) {
	sent, err := k.send(m)
	if err != nil {
		return nil, err
	}
	answer, err := k.receive()
	if err != nil {
		return nil, err
	}
	return answer, netlink.Validate(sent[0], answer)
}

// checked returns what an error of an exchange says. If it is not an answer of the kernel, answers may be left over in
// the socket, where the next exchange would take them for its own: it is closed.
func (k *Netlink) checked(err error) error {
	var op *netlink.OpError
	if err != nil && (!errors.As(err, &op) || op.Sequence == 0) {
		_ = k.Close()
	}
	return plainError(err)
}

// kernelMarks says whether the running kernel is one that has IFA_PROTO. Distributions may have it earlier; then it is
// seen on the first address that carries one.
func kernelMarks() bool {
	var u unix.Utsname
	if unix.Uname(&u) != nil {
		return false
	}
	return releaseMarks(unix.ByteSliceToString(u.Release[:]))
}

// releaseMarks says whether a kernel release, "5.18.0-rc1", is at least 5.18.
func releaseMarks(release string) bool {
	major, rest, _ := strings.Cut(release, ".")
	minor := rest[:len(rest)-len(strings.TrimLeft(rest, "0123456789"))]
	a, errA := strconv.Atoi(major)
	b, errB := strconv.Atoi(minor)
	return errA == nil && errB == nil && (a > 5 || (a == 5 && b >= 18))
}

// Marks implements [Kernel].
func (k *Netlink) Marks() bool { return k.marks }

// Addresses implements [Kernel]. A dump that other changes keep interrupting is used as it is in the end: what it lacks
// is met as EEXIST.
func (k *Netlink) Addresses() ([]Present, error) {
	for attempt := 1; ; attempt++ {
		present, interrupted, err := k.dump()
		if err != nil {
			return nil, fmt.Errorf("reading addresses: %w", k.checked(err))
		}
		if !interrupted || attempt == dumpAttempts {
			return present, nil
		}
	}
}

func (k *Netlink) dump() (present []Present, interrupted bool, err error) {
	msgs, err := k.execute(netlink.Message{
		Header: netlink.Header{Type: unix.RTM_GETADDR, Flags: netlink.Request | netlink.Dump},
		Data:   make([]byte, unix.SizeofIfAddrmsg),
	})
	if err != nil {
		return nil, false, err
	}
	present = make([]Present, 0, len(msgs))
	for _, m := range msgs {
		interrupted = interrupted || m.Header.Flags&dumpInterrupted != 0
		if m.Header.Type != unix.RTM_NEWADDR {
			continue
		}
		if p, ok := parsePresent(m.Data); ok {
			present = append(present, p)
		}
	}
	return present, interrupted, nil
}

// Apply implements [Kernel]. All requests go to the kernel in one datagram; it answers each by its own.
func (k *Netlink) Apply(ops []Op) []error {
	errs := make([]error, len(ops))
	if len(ops) == 0 {
		return errs
	}
	msgs := make([]netlink.Message, len(ops))
	for i, op := range ops {
		msgs[i] = opMessage(op)
	}
	msgs, err := k.send(msgs...)
	if err = k.checked(err); err != nil {
		for i := range errs {
			errs[i] = err
		}
		return errs
	}
	k.answers(msgs, errs)
	return errs
}

// answers collects one answer for each message.
func (k *Netlink) answers(msgs []netlink.Message, errs []error) {
	open := make(map[uint32]int, len(msgs)) // by sequence number
	for i, m := range msgs {
		open[m.Header.Sequence] = i
	}
	for len(open) > 0 {
		got, err := k.receive()
		var op *netlink.OpError
		if errors.As(err, &op) && op.Sequence != 0 {
			if i, ok := open[op.Sequence]; ok {
				errs[i] = plainError(err)
				delete(open, op.Sequence)
			}
			continue
		}
		if err = k.checked(err); err != nil {
			for _, i := range open {
				errs[i] = err
			}
			return
		}
		for _, m := range got {
			delete(open, m.Header.Sequence)
		}
	}
}

// plainError takes an error of the netlink library apart: what is left is the errno and the kernel's own text, "file
// exists: ipv4: Address already assigned".
func plainError(err error) error {
	var op *netlink.OpError
	if !errors.As(err, &op) {
		return err
	}
	if op.Message == "" {
		return op.Err
	}
	return fmt.Errorf("%w: %s", op.Err, op.Message)
}
