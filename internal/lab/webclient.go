package lab

import (
	"errors"
	"fmt"
	"net/netip"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/vishvananda/netns"
)

// webTimeout is how long a request may take. A lost SYN is repeated after a second: it would hide that nobody answered.
const webTimeout = 250 * time.Millisecond

// webPort is where the proxies of the laboratory listen.
const webPort = 80

// WebRequest is a request of a [WebClient] that has come to its end.
type WebRequest struct {
	Seq  uint64
	Sent time.Time // when it began, with the connection
	Done time.Time
	Host string // who answered: the page is a host's name; empty: nobody did
	Err  string // why it failed; empty: it did not
}

// WebClient asks for a page again and again, on an absolute schedule, each time with a connection of its own: what a
// user of a web site sees. A request that is due while the client itself is kept from running is left out, not sent late.
type WebClient struct {
	Target netip.Addr

	interval time.Duration
	stopping atomic.Bool
	stop     func() error

	sent     journal[time.Time] // its positions are the numbers of the requests
	requests journal[WebRequest]

	wg  sync.WaitGroup
	err error // set before wg is done
}

// StartWebClient starts a client on the host. It ends with Stop or with the LAN.
func (h *Host) StartWebClient(o ProbeOptions) *WebClient {
	c := &WebClient{Target: o.Target, interval: o.Interval}
	if c.interval == 0 {
		c.interval = DefaultProbeInterval
	}
	c.stop = sync.OnceValue(func() error {
		c.stopping.Store(true)
		c.wg.Wait()
		return c.err
	})
	c.wg.Go(func() { c.err = c.ask(h.ns) })
	h.lan.onClose(c.Stop)
	return c
}

// Stop ends the client and returns why, if it had ended before. What was recorded stays.
func (c *WebClient) Stop() error { return c.stop() }

// ask is the goroutine that asks. Its thread is in the host's namespace and ends with it; like a probe's it runs in real
// time.
func (c *WebClient) ask(n *namespace) error {
	runtime.LockOSThread()
	if err := netns.Set(n.handle); err != nil {
		return err
	}
	runInRealTime(0)
	l, err := newWebLoop(c)
	if err != nil {
		return err
	}
	return errors.Join(l.run(), l.close())
}

// finish records the end of a request.
func (c *WebClient) finish(r WebRequest, page string, err error) {
	r.Done, r.Host = time.Now(), page
	if err != nil {
		r.Err = err.Error()
	}
	c.requests.append(r)
}

// parsePage returns the body of a page with status 200.
func parsePage(answer string) (string, error) {
	head, body, whole := strings.Cut(answer, "\r\n\r\n")
	status, _, _ := strings.Cut(head, "\r\n")
	switch fields := strings.Fields(status); {
	case !whole || len(fields) < 2:
		return "", errors.New("the answer is cut short")
	case fields[1] != "200":
		return "", fmt.Errorf("status %s", fields[1])
	}
	return strings.TrimSpace(body), nil
}

// Requests returns all requests that have come to their end, in the order of their ends.
func (c *WebClient) Requests() []WebRequest { return c.requests.all() }

// Failed returns the requests that were sent from a time until another and failed.
func (c *WebClient) Failed(from, to time.Time) (list []WebRequest) {
	for _, r := range c.requests.all() {
		if r.Err != "" && !r.Sent.Before(from) && r.Sent.Before(to) {
			list = append(list, r)
		}
	}
	return list
}

// Gap returns the longest time without a page between from and to, as [Probe.Gap] does.
func (c *WebClient) Gap(from, to time.Time) Gap {
	var replies []Reply
	for _, r := range c.requests.all() {
		if r.Err == "" {
			replies = append(replies, Reply{Seq: r.Seq, At: r.Done})
		}
	}
	return longestGap(c.sent.all(), replies, from, to)
}
