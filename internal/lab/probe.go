package lab

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
)

// DefaultProbeInterval is how often a probe asks.
const DefaultProbeInterval = time.Millisecond

// ProbeOptions say whom a probe asks.
type ProbeOptions struct {
	Target   netip.Addr
	Interval time.Duration // 0: DefaultProbeInterval
}

// Reply is an answer to an echo request.
type Reply struct {
	Seq uint64    // of the request it answers
	At  time.Time // when the kernel received it
	MAC [6]byte   // of who sent it
}

// Probe is a client: it sends echo requests on an absolute schedule and records the answers. A request that is due
// while the probe itself is kept from running is left out, not sent late. Its methods may be called from any goroutine.
type Probe struct {
	Target netip.Addr

	lan      *LAN
	interval time.Duration
	id       uint16
	fd       int // the raw socket
	capture  *capture
	stopping atomic.Bool
	stop     func() error

	sent    journal[time.Time] // its positions are the numbers of the requests
	replies journal[Reply]
	refused atomic.Int64

	wg      sync.WaitGroup
	sendErr error // these two are set before wg is done
	readErr error
}

// StartProbe starts a probe on the host. It ends with Stop or with the LAN.
func (h *Host) StartProbe(o ProbeOptions) (*Probe, error) {
	p := &Probe{Target: o.Target, lan: h.lan, interval: o.Interval, id: uint16(rand.Uint32())}
	if p.interval == 0 {
		p.interval = DefaultProbeInterval
	}
	eth0, err := h.ns.route.LinkByName(HostInterface)
	if err != nil {
		return nil, fmt.Errorf("probing from %s: %w", h.Name, err)
	}
	if p.fd, err = openEcho(h.ns, o.Target); err != nil {
		return nil, err
	}
	if p.capture, err = openCapture(h.ns, eth0.Attrs().Index, incoming(echoReplies(p.id)...)); err != nil {
		return nil, errors.Join(err, unix.Close(p.fd))
	}
	p.stop = sync.OnceValue(p.end)
	p.wg.Go(p.read)
	p.wg.Go(p.send)
	h.lan.onClose(p.Stop)
	return p, nil
}

// Stop ends the probe and returns why, if it had ended before. What was recorded stays.
func (p *Probe) Stop() error { return p.stop() }

// end does the work of Stop.
func (p *Probe) end() error {
	p.stopping.Store(true)
	err := p.capture.finish()
	p.wg.Wait()
	return errors.Join(err, p.sendErr, p.readErr, p.capture.close(), unix.Close(p.fd))
}

// send is the goroutine that asks.
func (p *Probe) send() {
	// Its own thread, in real time where that is allowed: the client must not seem to suffer when only the probe did.
	// It is never unlocked, so the thread ends with the goroutine.
	runtime.LockOSThread()
	runInRealTime(0)

	next, err := monotonic()
	if err != nil {
		p.sendErr = err
		return
	}
	packet := make([]byte, 0, echoLen)
	for seq := uint64(0); !p.stopping.Load(); seq++ {
		sleepUntil(next)
		packet = appendEcho(packet[:0], p.Target.Is6(), p.id, seq)
		p.sent.append(time.Now())
		if _, err := unix.Write(p.fd, packet); err != nil {
			p.refused.Add(1) // no route, no carrier, no neighbour: the client cannot reach the address
		}
		now, err := monotonic()
		if err != nil {
			p.sendErr = err
			return
		}
		next = nextSlot(next, now, int64(p.interval))
	}
}

// runInRealTime puts a thread, 0 for this one, before all that are not in real time, where that is allowed.
func runInRealTime(thread int) {
	const lowest = 1
	_ = unix.SchedSetAttr(thread, &unix.SchedAttr{Size: unix.SizeofSchedAttr, Policy: unix.SCHED_FIFO, Priority: lowest}, 0)
}

// nextSlot returns the next time to send at after the slot, on its grid and not in the past.
func nextSlot(slot, now, interval int64) int64 {
	return slot + max(1, (now-slot+interval-1)/interval)*interval
}

// read is the goroutine that takes the answers.
func (p *Probe) read() {
	for {
		c, err := p.capture.read()
		if errors.Is(err, os.ErrClosed) {
			return
		}
		if err != nil {
			p.readErr = fmt.Errorf("reading the answers of %s: %w", p.Target, err)
			return
		}
		if seq, ok := parseEchoReply(c.bytes, p.Target.Is6()); ok {
			p.replies.append(Reply{Seq: seq, At: c.at, MAC: [6]byte(c.bytes[6:12])})
		}
	}
}

// Sent returns when each request was sent; the position is its number.
func (p *Probe) Sent() []time.Time { return p.sent.all() }

// Replies returns the answers so far, in the order of their arrival.
func (p *Probe) Replies() []Reply { return p.replies.all() }

// Refused returns how many requests this host's own kernel refused to send.
func (p *Probe) Refused() int { return int(p.refused.Load()) }

// Gap returns the longest time without an answer between from and to: what the client saw. Of two gaps it is the one
// with the longer [Gap.Outage], so that one in which the probe itself did not run hides no other. Answers that are still on
// their way at to count as missing, so to should be some milliseconds ago.
func (p *Probe) Gap(from, to time.Time) Gap {
	return longestGap(p.sent.all(), p.replies.all(), from, to)
}

// Turns returns which hosts answered between from and to, one entry for each unbroken run of one host's answers.
func (p *Probe) Turns(from, to time.Time) []Turn {
	return turns(p.replies.all(), p.hostName, from, to)
}

// hostName returns the host of a MAC; the MAC itself, if it is no host's of the LAN.
func (p *Probe) hostName(mac [6]byte) string {
	for _, h := range p.lan.Hosts() {
		if [6]byte(h.MAC) == mac {
			return h.Name
		}
	}
	return net.HardwareAddr(mac[:]).String()
}

// Await waits until the host of this name has answered a request at or after the time, and returns its first answer.
func (p *Probe) Await(ctx context.Context, since time.Time, host string) (Reply, error) {
	mac := [6]byte(p.lan.Host(host).MAC)
	return p.replies.await(ctx, func(r Reply) bool { return r.MAC == mac && !r.At.Before(since) })
}
