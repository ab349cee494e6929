package engine

import (
	"log/slog"
	"testing"
	"time"

	"github.com/aloft-ha/aloft/internal/config"
	"github.com/aloft-ha/aloft/internal/wire"
	"github.com/aloft-ha/aloft/vip"
)

// bench is an engine without goroutine and link: its clock goes from deadline to deadline, and what it sends vanishes.
type bench struct {
	engine *Engine
	at     time.Time
	sent   int
}

func (b *bench) Wait(time.Time) error              { return nil }
func (b *bench) Wake()                             {}
func (b *bench) Open(wire.Key, string, bool) error { return nil }
func (b *bench) CloseSocket(wire.Key)              {}
func (b *bench) Lost() uint64                      { return 0 }
func (b *bench) Receive([]wire.Datagram) int       { return 0 }
func (b *bench) Send(out []wire.Outgoing)          { b.sent += len(out) }

func (b *bench) Configure(map[vip.Owner][]vip.Address) {}
func (b *bench) Announce(vip.Owner)                    {}

func (b *bench) Set(owner vip.Owner, w vip.Want) {
	if len(w.Addresses) > 0 {
		b.Renew(owner, w.Lease, w.Generation)
	}
}

func (b *bench) Renew(owner vip.Owner, lease time.Duration, generation uint64) {
	b.engine.Result(vip.Result{Owner: owner, Generation: generation, Outcome: vip.OutcomeHeld, Until: b.at.Add(lease)})
}

// newBench starts routers and lets them become Active.
func newBench(instances []config.Instance) *bench {
	b := &bench{at: time.Unix(1, 0)}
	b.engine = New(Options{
		Wire: b, Addresses: b, Log: slog.New(slog.DiscardHandler), Now: func() time.Time { return b.at },
	})
	b.engine.Apply(instances)
	b.engine.Links((&lan{}).host("a", 1).links)
	b.engine.turn()
	for until := b.at.Add(10 * time.Second); b.at.Before(until); {
		b.step()
	}
	return b
}

// step is one wake of the engine, at its deadline.
func (b *bench) step() {
	if at := b.engine.deadline(); at.After(b.at) {
		b.at = at
	}
	b.engine.turn()
}

// BenchmarkAdvert is the cost of one advert of 250 Active routers, all that belongs to it included.
func BenchmarkAdvert(b *testing.B) {
	for name, option := range map[string]func(*config.Instance){
		"leased":    func(*config.Instance) {},
		"unleased":  func(i *config.Instance) { i.LeaseOff = true },
		"two_peers": unicast("192.0.2.2", "192.0.2.3"),
	} {
		b.Run(name, func(b *testing.B) {
			engine := newBench(crowd(200, option))
			target := engine.sent
			b.ReportAllocs()
			for b.Loop() {
				for target++; engine.sent < target; {
					engine.step()
				}
			}
		})
	}
}

// BenchmarkConverge is the cost of a link snapshot that changes nothing, with 250 routers of 60 addresses.
func BenchmarkConverge(b *testing.B) {
	instances := crowd(200)
	for i := range instances {
		instances[i].Addresses = nil
		for j := range 60 {
			instances[i].Addresses = append(instances[i].Addresses, config.Address{Prefix: prefix(i, j), Advertise: true})
		}
	}
	engine := newBench(instances)
	b.ReportAllocs()
	for b.Loop() {
		engine.engine.converge(engine.at)
	}
}
