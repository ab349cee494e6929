//go:build privileged

package wire

import (
	"errors"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func TestSendOfTwoHundred(t *testing.T) {
	a, b := newLAN(t)
	from, to := newNet(t), newNet(t)
	for _, v6 := range []bool{false, true} {
		a.add(t, from, v6, true)
		b.add(t, to, v6, true)
	}
	const count = 200
	var out []Outgoing
	for i := range count {
		m := Outgoing{Key: a.key(t, false), Src: a.v4, Dst: group4, Payload: []byte{0, byte(i)}}
		if i >= 120 { // runs of 120 and 80
			m = Outgoing{Key: a.key(t, true), Src: a.v6, Dst: group6, Payload: []byte{6, byte(i)}}
		}
		out = append(out, m)
	}
	// Refused, at the beginning, in the middle of a batch, next to each other and at the end: what is longer than the link
	// carries, what has a source that is not this host's, and what does not get as far as the kernel.
	refused := map[int]bool{0: true, 66: true, 70: true, 71: true, 150: true, 199: true}
	out[66].Dst = group6
	out[0].Src, out[70].Src, out[150].Src = b.v4, b.v4, b.v6
	out[71].Payload, out[199].Payload = make([]byte, 1600), make([]byte, 1600)
	from.Send(out)
	for i, m := range out {
		if got := m.Err != nil; got != refused[i] || len(m.Payload) == 1600 && !errors.Is(m.Err, unix.EMSGSIZE) {
			t.Errorf("message %d: %v, want it refused: %v", i, m.Err, refused[i])
		}
	}
	heard := map[byte]bool{}
	for range count - len(refused) {
		d := take(t, to)
		heard[d.Payload[1]] = true
	}
	silence(t, to, 10*time.Millisecond)
	for i := range count {
		if heard[byte(i)] == refused[i] {
			t.Errorf("message %d: heard %v, refused %v", i, heard[byte(i)], refused[i])
		}
	}
	if err := out[0].Err; !strings.Contains(err.Error(), "sending from 192.0.2.2 to 224.0.0.18 on wire1: ") {
		t.Errorf("the error reads %q", err)
	}
}

func TestLossIsCounted(t *testing.T) {
	a, b := newLAN(t)
	from, to := a.open(t, false, true), b.open(t, false, true)
	if err := unix.SetsockoptInt(to.sockets[0].fd, unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, 16<<10); err != nil {
		t.Fatal(err)
	}
	out := make([]Outgoing, batch)
	for i := range out {
		out[i] = Outgoing{Key: a.key(t, false), Src: a.v4, Dst: group4, Payload: make([]byte, 40)}
	}
	for range 4 {
		from.Send(out)
	}
	sent, received := uint64(4*batch), uint64(0)
	dst := make([]Datagram, batch)
	within(t, "all datagrams are received or counted as lost", func() bool {
		for got := to.Receive(dst); got > 0; got = to.Receive(dst) {
			received += uint64(got)
		}
		if to.Lost() > 0 && received+to.Lost() == sent {
			return true
		}
		from.Send(out[:1]) // the kernel tells with the next datagram
		sent++
		return false
	})
	lost := to.Lost()
	to.CloseSocket(b.key(t, false))
	if to.Lost() != lost {
		t.Errorf("%d lost after the socket was closed, want still %d", to.Lost(), lost)
	}
}

// Not a single datagram of a burst that the default buffer (some 256 adverts) could not hold.
func TestReceiveBufferHoldsABurst(t *testing.T) {
	a, b := newLAN(t)
	from, to := a.open(t, false, true), b.open(t, false, true)
	out := make([]Outgoing, 2500)
	for i := range out {
		out[i] = Outgoing{Key: a.key(t, false), Src: a.v4, Dst: group4, Payload: make([]byte, 250)}
	}
	from.Send(out)
	for range out {
		take(t, to)
	}
	if to.Lost() != 0 {
		t.Errorf("%d lost", to.Lost())
	}
}

func TestSteadyStateAllocatesNothing(t *testing.T) {
	a, b := newLAN(t)
	from, to := newNet(t), newNet(t)
	var out []Outgoing
	for _, v6 := range []bool{false, true} {
		a.add(t, from, v6, true)
		b.add(t, to, v6, true)
		for range 32 {
			m := Outgoing{Key: a.key(t, v6), Src: a.v4, Dst: group4, Payload: make([]byte, 40)}
			if v6 {
				m.Src, m.Dst = a.v6, group6
			}
			out = append(out, m)
		}
	}
	dst := make([]Datagram, 64)
	allocs := testing.AllocsPerRun(100, func() {
		from.Send(out)
		for got := 0; got < len(out); got += to.Receive(dst) {
			if err := to.Wait(time.Now().Add(soon)); err != nil {
				t.Error(err)
			}
		}
	})
	if allocs != 0 {
		t.Errorf("%v allocations for %d messages", allocs, len(out))
	}
}

// BenchmarkCable sends and receives batches of 64 adverts of 60 addresses over a cable within one machine.
func BenchmarkCable(bench *testing.B) {
	a, b := newLAN(bench)
	from, to := a.open(bench, false, true), b.open(bench, false, true)
	out := make([]Outgoing, batch)
	for i := range out {
		out[i] = Outgoing{Key: a.key(bench, false), Src: a.v4, Dst: group4, Payload: make([]byte, 8+60*4)}
	}
	dst := make([]Datagram, batch)
	bench.ReportAllocs()
	for bench.Loop() {
		from.Send(out)
		for got := 0; got < batch; got += to.Receive(dst) {
			if err := to.Wait(time.Now().Add(soon)); err != nil {
				bench.Fatal(err)
			}
		}
	}
	bench.ReportMetric(float64(bench.Elapsed().Nanoseconds())/float64(bench.N*batch), "ns/advert")
}
