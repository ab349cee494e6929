package vip

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/mdlayher/netlink"
	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"
)

const (
	// netlinkPatience is how long the kernel may take to answer. It answers while it takes the request, so only a lost
	// answer is ever waited for.
	netlinkPatience = 2 * time.Second

	// netlinkBuffer takes the largest datagram of a dump, which is 32 KiB.
	netlinkBuffer = 64 << 10

	// dumpAttempts is how often a dump is begun again that was interrupted by a change.
	dumpAttempts = 3

	// withoutStatistics is RTEXT_FILTER_SKIP_STATS (rtnetlink.h): a link is to be described without its counters.
	withoutStatistics = 1 << 3

	// dumpInterrupted is NLM_F_DUMP_INTR (netlink.h): the addresses changed during the dump, which may lack some.
	dumpInterrupted = netlink.HeaderFlags(0x10)
)

// rtnetlink is the Kernel of a network namespace.
type rtnetlink struct {
	conn  *netlink.Conn // nil: to be opened again
	marks bool
}

// NewKernel returns the kernel's addresses of the network namespace of the calling thread. The returned function closes
// it. To change anything takes CAP_NET_ADMIN.
func NewKernel() (Kernel, func() error, error) {
	k := &rtnetlink{marks: kernelMarks()}
	if err := k.open(); err != nil {
		return nil, nil, err
	}
	return k, k.close, nil
}

func (k *rtnetlink) open() error {
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

func (k *rtnetlink) close() error {
	if k.conn == nil {
		return nil
	}
	conn := k.conn
	k.conn = nil
	return conn.Close()
}

// ready opens the socket if need be and gives it the time for one exchange.
func (k *rtnetlink) ready() error {
	if err := k.open(); err != nil {
		return err
	}
	return k.conn.SetDeadline(time.Now().Add(netlinkPatience))
}

// checked returns what an error of an exchange says. If it is not an answer of the kernel, answers may be left over in
// the socket, where the next exchange would take them for its own: it is closed.
func (k *rtnetlink) checked(err error) error {
	var op *netlink.OpError
	if err != nil && (!errors.As(err, &op) || op.Sequence == 0) {
		_ = k.close()
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

func (k *rtnetlink) Marks() bool { return k.marks }

// Addresses implements [Kernel]. A dump that other changes keep interrupting is used as it is in the end: what it lacks
// is met as EEXIST.
func (k *rtnetlink) Addresses() ([]Present, error) {
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

func (k *rtnetlink) dump() (present []Present, interrupted bool, err error) {
	if err := k.ready(); err != nil {
		return nil, false, err
	}
	msgs, err := k.conn.Execute(netlink.Message{
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
func (k *rtnetlink) Apply(ops []Op) []error {
	errs := make([]error, len(ops))
	if len(ops) == 0 {
		return errs
	}
	msgs := make([]netlink.Message, len(ops))
	for i, op := range ops {
		msgs[i] = opMessage(op)
	}
	err := k.ready()
	if err == nil {
		msgs, err = k.conn.SendMessages(msgs)
	}
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
func (k *rtnetlink) answers(msgs []netlink.Message, errs []error) {
	open := make(map[uint32]int, len(msgs)) // by sequence number
	for i, m := range msgs {
		open[m.Header.Sequence] = i
	}
	for len(open) > 0 {
		got, err := k.conn.Receive()
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

// LinkName implements [Kernel].
func (k *rtnetlink) LinkName(ifindex int) (string, error) {
	if err := k.ready(); err != nil {
		return "", k.checked(err)
	}
	head := nl.NewIfInfomsg(unix.AF_UNSPEC)
	head.Index = int32(ifindex)
	msgs, err := k.conn.Execute(netlink.Message{
		Header: netlink.Header{Type: unix.RTM_GETLINK, Flags: netlink.Request},
		Data:   appendAttribute(head.Serialize(), unix.IFLA_EXT_MASK, nl.Uint32Attr(withoutStatistics)),
	})
	if err != nil {
		return "", k.checked(err)
	}
	for _, m := range msgs {
		if name := parseLinkName(m.Data); name != "" {
			return name, nil
		}
	}
	return "", unix.ENODEV
}

// parseLinkName reads the name from the body of an RTM_NEWLINK message.
func parseLinkName(b []byte) string {
	if len(b) < unix.SizeofIfInfomsg {
		return ""
	}
	ad, err := netlink.NewAttributeDecoder(b[unix.SizeofIfInfomsg:])
	if err != nil {
		return ""
	}
	for ad.Next() {
		if ad.Type() == unix.IFLA_IFNAME {
			return ad.String()
		}
	}
	return ""
}

// Promote implements [Kernel].
func (k *rtnetlink) Promote(ifindex int, on bool) (bool, error) {
	name, err := k.LinkName(ifindex)
	if err != nil {
		return false, err
	}
	file := "/proc/sys/net/ipv4/conf/" + name + "/promote_secondaries"
	content, err := os.ReadFile(file)
	if errors.Is(err, os.ErrNotExist) {
		return false, unix.ENODEV
	}
	if err != nil {
		return false, err
	}
	was := strings.TrimSpace(string(content)) != "0"
	if was == on {
		return was, nil
	}
	value := "0"
	if on {
		value = "1"
	}
	return was, os.WriteFile(file, []byte(value), 0o644)
}
