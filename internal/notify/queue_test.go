package notify

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/aloft-ha/aloft/internal/config"
	"github.com/aloft-ha/aloft/internal/engine"
)

// referee watches queues from outside, with what is promised of them. Events are numbered by their VRID and time.
type referee struct {
	t       *rapid.T
	queues  *queues
	running []job
	told    map[subject]int // the latest event that a subject's queue was given
	begun   map[subject]int // the latest event of which a command was started
	calls   map[subject]int // commands of that event that were started
	events  int
}

func numbered(n int) time.Time { return clock.Add(time.Duration(n) * time.Second) }

func (r *referee) number(n notice) int { return int(n.At.Sub(clock) / time.Second) }

// tell gives one of 40 subjects an event.
func (r *referee) tell() {
	s := subject{group: rapid.Bool().Draw(r.t, "group"), name: fmt.Sprint(rapid.IntRange(0, 19).Draw(r.t, "name"))}
	r.events++
	r.told[s] = r.events
	r.queues.tell(engine.Event{
		Group: s.group, Name: s.name, At: numbered(r.events),
		To: rapid.SampledFrom([]engine.Condition{backup, active, fault, stopped}).Draw(r.t, "to"),
	})
}

// start starts what there is.
func (r *referee) start() {
	for j, ok := r.queues.next(); ok; j, ok = r.queues.next() {
		s := j.queue.subject
		for _, other := range r.running {
			if other.queue.subject == s {
				r.t.Fatalf("two commands of %v at once", s)
			}
		}
		switch n := r.number(j.notice); {
		case n < r.begun[s]:
			r.t.Fatalf("%v: event %d after event %d", s, n, r.begun[s])
		case n == r.begun[s]:
			r.calls[s]++
		case r.begun[s] > 0 && r.calls[s] != 2:
			r.t.Fatalf("%v: event %d has begun after %d of 2 commands of event %d", s, n, r.calls[s], r.begun[s])
		default:
			r.begun[s], r.calls[s] = n, 1
		}
		if want := j.notice.To.String(); r.calls[s] == 1 && j.command.Argv[0] != want {
			r.t.Fatalf("%v: the first command is %q, want %q", s, j.command.Argv[0], want)
		}
		if r.running = append(r.running, j); len(r.running) > atOnce {
			r.t.Fatalf("%d commands at once", len(r.running))
		}
	}
	if len(r.running) < atOnce && len(r.queues.ready) > 0 {
		r.t.Fatalf("only %d commands run, and %d routers wait", len(r.running), len(r.queues.ready))
	}
}

// end ends one of the commands.
func (r *referee) end() {
	if len(r.running) == 0 {
		return
	}
	i := rapid.IntRange(0, len(r.running)-1).Draw(r.t, "ends")
	r.queues.finished(r.running[i])
	r.running = append(r.running[:i], r.running[i+1:]...)
}

func TestQueuesKeepTheirPromisesWhateverHappens(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := &referee{
			t: t, queues: newQueues(), told: map[subject]int{}, begun: map[subject]int{}, calls: map[subject]int{},
		}
		notify := config.Notify{
			Active: run("Active"), Backup: run("Backup"), Fault: run("Fault"), Stop: run("Stopped"), Any: run("any"),
		}
		r.queues.configure(configuration{everyone: plan{notify}})
		for range rapid.IntRange(1, 300).Draw(t, "steps") {
			rapid.SampledFrom([]func(){r.tell, r.tell, r.end}).Draw(t, "step")()
			r.start()
		}
		for len(r.running) > 0 {
			r.end()
			r.start()
		}
		for s, n := range r.told {
			if r.begun[s] != n || r.calls[s] != 2 {
				t.Errorf("%v: told of event %d last, with %d commands; want %d with 2", s, r.begun[s], r.calls[s], n)
			}
		}
		if !r.queues.idle() {
			t.Error("nothing runs, and the queues are not idle")
		}
	})
}
