package vrrp

import (
	"net/netip"
	"testing"
	"time"
)

// FuzzMachine hands a group any events at any times, three bytes each. Nothing panics, and what must always hold does.
func FuzzMachine(f *testing.F) {
	f.Add([]byte{0})
	f.Add([]byte{1, 0, 0, 0, 1, 255, 255, 1, 200, 2, 2, 100, 1, 10, 7, 1})
	f.Add([]byte{3, 0, 0, 0, 1, 255, 255, 1, 255, 255, 10, 0, 0, 1, 255, 3, 12, 0, 0})
	f.Add([]byte{2, 0, 0, 0, 1, 255, 255, 9, 1, 1, 9, 0, 1, 13, 40, 0, 14, 0, 9, 5, 0, 0, 6, 0, 0})
	f.Add([]byte{0x41, 0, 0, 0, 1, 255, 255, 0x80, 1, 9, 15, 0, 1, 0x89, 2, 8, 0x89, 0, 0, 16, 0, 255, 16, 0, 255})
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) == 0 {
			return
		}
		l := newLAN()
		n := newNode("a", 2, 100, data[0]&1 != 0)
		if data[0]&0x40 != 0 {
			n.routers(0, -10, 20, 0)
		}
		for i := range n.cfgs {
			n.cfgs[i].Preempt = data[0]&2 == 0
			if data[0]&4 != 0 {
				n.cfgs[i].Farewell = FarewellFast
			}
			if data[0]&8 != 0 {
				n.cfgs[i].PreemptDelay, n.cfgs[i].StartupDelay = time.Second, time.Second
			}
			n.cfgs[i].Others, n.cfgs[i].Gap = int(data[0]>>4&3), 10
		}
		l.nodes = []*node{n}
		completeConfigs(l.nodes)
		l.start(n)
		for data = data[1:]; len(data) >= 3; data = data[3:] {
			fuzzStep(l, n, data[0], data[1], data[2])
		}
		for _, err := range l.errs {
			t.Error(err)
		}
	})
}

// fuzzStep makes one event of three bytes: which, its argument, and how much later.
func fuzzStep(l *lan, n *node, kind, arg, later byte) {
	switch {
	case later == 255: // exactly when it is due
		if at := n.group.Deadline(); !at.IsZero() {
			l.now = at
		}
	case later >= 250: // back
		l.now = l.now.Add(-time.Duration(later) * time.Millisecond)
	default:
		l.now = l.now.Add(time.Duration(later) * time.Duration(later) * time.Millisecond / 8)
	}
	member := int(arg) % len(n.cfgs)
	if ev := fuzzEvent(l, n, member, kind, arg); kind&0x80 != 0 {
		l.step(n, member, ev)
	} else {
		l.stepAll(n, ev)
	}
}

func fuzzEvent(l *lan, n *node, member int, kind, arg byte) Event {
	switch kind & 0x7f % 17 {
	case 0:
		return Startup{}
	case 1, 2, 3:
		interval := Centiseconds(100)
		if arg&1 != 0 {
			interval = Centiseconds(arg) * 16
		}
		source := []netip.Addr{lowAddr, highAddr}[arg>>1&1]
		return Advert{
			Source: source, ReceivedAt: l.now.Add(-time.Duration(arg) * time.Millisecond),
			Packet: Packet{VRID: 51, Priority: arg &^ 3, Interval: max(interval, 1)},
		}
	case 4:
		return Sent{OK: arg&1 != 0}
	case 5:
		return Held{Until: l.now.Add(time.Duration(arg) * 50 * time.Millisecond)}
	case 6:
		return ClaimFailed{}
	case 7:
		return Announced{Address: n.cfgs[member].Addresses[0]}
	case 8:
		return PriorityChanged{Priority: max(arg, 1)}
	case 9:
		return FaultChanged{Fault: Fault(arg) % Fault(len(faultNames))}
	case 10:
		return Leave{Reason: []Reason{ReasonStop, ReasonStandby, ReasonRemoved}[arg%3]}
	case 11:
		return Hurry{}
	case 12:
		return Resume{}
	case 13:
		cfg := n.group.Members()[member].Config()
		cfg.Interval, cfg.DownAdverts = Centiseconds(arg)+1, int(arg>>6)+2
		cfg.Lease = leaseOf(cfg)
		return Reconfigured{Config: cfg}
	case 14:
		return SourceChanged{Source: n.sources[member]}
	case 15:
		return Served{OK: arg&1 != 0}
	}
	return Tick{}
}
