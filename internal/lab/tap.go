package lab

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"sync"
	"time"
)

// TapOptions say what a tap records.
type TapOptions struct {
	Everything bool // every frame, not only VRRP, ARP and neighbour advertisements
}

// Tap records what the hosts send, as it comes into the switch; also what comes from a port that is cut. The order is
// that of arrival. Its methods may be called from any goroutine.
type Tap struct {
	lan     *LAN
	capture *capture
	frames  journal[Frame]
	doneC   chan struct{}
	stop    func() error

	ports map[int]string // by interface index; only the reader uses it
	err   error          // why it ended early; set before doneC is closed
}

// StartTap starts recording. It ends with Stop or with the LAN.
func (l *LAN) StartTap(o TapOptions) (*Tap, error) {
	bridge := l.bridge.Attrs().Index
	filter := protocolFilter(bridge)
	if o.Everything {
		filter = everythingFilter(bridge)
	}
	c, err := openCapture(l.sw, 0, filter)
	if err != nil {
		return nil, err
	}
	t := &Tap{lan: l, capture: c, doneC: make(chan struct{}), ports: make(map[int]string)}
	t.stop = sync.OnceValue(func() error {
		err := t.capture.finish()
		<-t.doneC
		return errors.Join(err, t.err, t.capture.close())
	})
	go t.read()
	l.onClose(t.Stop)
	return t, nil
}

// Stop ends the recording, with all that came before it, and returns why, if it had ended earlier. What was recorded
// stays.
func (t *Tap) Stop() error { return t.stop() }

// read is the goroutine of the tap.
func (t *Tap) read() {
	defer close(t.doneC)
	for {
		c, err := t.capture.read()
		if errors.Is(err, os.ErrClosed) {
			return
		}
		if err != nil {
			t.err = fmt.Errorf("reading the tap: %w", err)
			return
		}
		f := decodeFrame(slices.Clone(c.bytes))
		f.At, f.Port = c.at, t.portName(c.ifindex)
		t.frames.append(f)
	}
}

// portName returns the host at a port, by the port's interface index.
func (t *Tap) portName(ifindex int) string {
	if name, ok := t.ports[ifindex]; ok {
		return name
	}
	for _, h := range t.lan.Hosts() {
		t.ports[h.Port.link.Attrs().Index] = h.Name
	}
	return t.ports[ifindex]
}

// Frames returns the frames recorded so far that match, in order; all with a nil match.
func (t *Tap) Frames(match func(*Frame) bool) []Frame {
	all := t.frames.all()
	if match == nil {
		return all
	}
	return slices.DeleteFunc(all, func(f Frame) bool { return !match(&f) })
}

// Await returns the first frame that came at or after the time and matches, waiting for it until ctx is done; then the
// error is the context's.
func (t *Tap) Await(ctx context.Context, since time.Time, match func(*Frame) bool) (Frame, error) {
	return t.frames.await(ctx, func(f Frame) bool { return !f.At.Before(since) && match(&f) })
}

// Last returns the last frame that came before the time and matches.
func (t *Tap) Last(before time.Time, match func(*Frame) bool) (Frame, bool) {
	for _, f := range slices.Backward(t.frames.all()) {
		if f.At.Before(before) && match(&f) {
			return f, true
		}
	}
	return Frame{}, false
}

// Lost returns how many frames the kernel had no room for since the last call: above 0 the record has holes.
func (t *Tap) Lost() (int, error) { return t.capture.lost() }

// ActiveAdvert matches the adverts with a priority above 0 that a host sends for a virtual router.
func ActiveAdvert(host string, vrid uint8) func(*Frame) bool {
	return func(f *Frame) bool { return f.Port == host && f.Advertises() && f.Advert.VRID == vrid }
}
