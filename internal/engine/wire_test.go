package engine

import (
	"fmt"
	"net"
	"slices"
	"time"

	"github.com/aloft-ha/aloft/internal/wire"
)

// deliver puts datagrams into the queues of the sockets that they reach.
func (h *host) deliver(frames ...frame) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.cut {
		return
	}
	for _, f := range frames {
		key := f.key(h.links.Links[0].Index)
		member, open := h.sockets[key]
		if !open || (f.dst.IsMulticast() && !member) || (!f.dst.IsMulticast() && f.dst != h.addr4 && f.dst != h.addr6) {
			continue
		}
		if h.queued[key] >= h.limit {
			h.lost++
			continue
		}
		h.queued[key]++
		h.queue = append(h.queue, wire.Datagram{
			Key: key, Src: f.src, Dst: f.dst, HopLimit: f.hopLimit, At: h.clock(), Payload: f.payload,
		})
	}
	h.ring()
}

func (h *host) ring() {
	select {
	case h.wakeC <- struct{}{}:
	default:
	}
}

// Wait implements Wire.
func (h *host) Wait(deadline time.Time) error {
	for {
		h.mu.Lock()
		stalledC, readable, now := h.stalledC, len(h.queue) > 0, h.clock()
		h.mu.Unlock()
		switch {
		case stalledC != nil:
			<-stalledC
			continue
		case readable || (!deadline.IsZero() && !deadline.After(now)):
			return nil
		}
		woken, timer := false, time.NewTimer(time.Hour)
		if !deadline.IsZero() {
			timer.Reset(deadline.Sub(now))
		}
		select {
		case <-h.wakeC:
			woken = true
		case <-timer.C:
		}
		timer.Stop()
		h.mu.Lock()
		stalledC = h.stalledC
		h.mu.Unlock()
		if stalledC != nil {
			<-stalledC
		}
		if woken {
			return nil
		}
	}
}

// Wake implements Wire.
func (h *host) Wake() { h.ring() }

// Open implements Wire.
func (h *host) Open(key wire.Key, ifname string, multicast bool) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.openErr != nil {
		return fmt.Errorf("opening a socket on %s: %w", ifname, h.openErr)
	}
	if _, ok := h.sockets[key]; !ok {
		h.opened = append(h.opened, key)
	}
	h.sockets[key] = multicast
	return nil
}

// CloseSocket implements Wire.
func (h *host) CloseSocket(key wire.Key) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.sockets, key)
	delete(h.queued, key)
	h.queue = slices.DeleteFunc(h.queue, func(d wire.Datagram) bool { return d.Key == key })
}

// Receive implements Wire.
func (h *host) Receive(into []wire.Datagram) int {
	h.mu.Lock()
	defer h.mu.Unlock()
	n := copy(into, h.queue)
	for _, d := range h.queue[:n] {
		h.queued[d.Key]--
	}
	h.queue = slices.Delete(h.queue, 0, n)
	return n
}

// Send implements Wire.
func (h *host) Send(out []wire.Outgoing) {
	h.mu.Lock()
	refused := h.sendErr
	var frames []frame
	for i := range out {
		o := &out[i]
		o.Err = refused
		if _, open := h.sockets[o.Key]; !open {
			o.Err = net.ErrClosed
		}
		if o.Err == nil {
			frames = append(frames, frame{
				ipv6: o.Key.IPv6, src: o.Src, dst: o.Dst, hopLimit: vrrpHopLimit, payload: slices.Clone(o.Payload),
			})
		}
	}
	h.mu.Unlock()
	if len(frames) > 0 {
		h.lan.transmit(h, frames)
	}
}

// Lost implements Wire.
func (h *host) Lost() uint64 { return uint64(h.lostDatagrams()) }

const vrrpHopLimit = 255

// push puts a datagram into the host's queue, whatever it is.
func (h *host) push(d wire.Datagram) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.queued[d.Key]++
	h.queue = append(h.queue, d)
	h.ring()
}
