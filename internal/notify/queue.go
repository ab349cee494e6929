package notify

import (
	"maps"
	"slices"

	"github.com/aloft-ha/aloft/internal/config"
	"github.com/aloft-ha/aloft/internal/engine"
)

// atOnce is how many commands run at the same time, over all routers and groups. A site with hundreds of routers that
// all move must not start hundreds of interpreters in the moment in which it takes over.
const atOnce = 32

// queue is one subject's. Its commands run one after the other, and the latest event waits.
type queue struct {
	subject subject
	plan    plan
	waiting *notice // no command was told of it yet
	begun   []job   // what is left of the event whose commands run
	busy    bool    // in queues.ready, or a command of it runs
	at      engine.Condition
	leaving bool // the file has the subject no more, its last event is still to come
}

// job is one command of one event.
type job struct {
	queue   *queue
	notice  notice
	command config.Command
}

// queues decides which command is the next to run. It runs nothing and is for one goroutine.
type queues struct {
	node     string
	everyone plan
	all      map[subject]*queue
	ready    []*queue // with something to do and no command that runs; the first has waited longest
	running  int
	left     bool // a subject was forgotten, and with it maybe a FIFO
}

func newQueues() *queues { return &queues{all: map[subject]*queue{}} }

// configure puts new plans in place for every event whose commands have not begun. A subject that is gone keeps its plan
// until it was told that it stopped: its last event comes after the file without it.
func (q *queues) configure(c configuration) {
	q.node, q.everyone = c.node, c.everyone
	for s, p := range c.plans {
		one := q.get(s)
		one.plan, one.leaving = p, false
	}
	for s, one := range q.all {
		if _, ok := c.plans[s]; !ok {
			one.leaving = true
			q.maybeForget(one)
		}
	}
}

func (q *queues) get(s subject) *queue {
	one := q.all[s]
	if one == nil {
		one = &queue{subject: s, plan: q.everyone, leaving: true}
		q.all[s] = one
	}
	return one
}

// tell queues an event and returns the FIFOs that get a line of it.
func (q *queues) tell(e engine.Event) (fifos []string) {
	one := q.get(subjectOf(e))
	one.at = e.To
	if one.waiting != nil {
		*one.waiting = one.waiting.then(e)
	} else {
		one.waiting = &notice{Event: e}
	}
	if !one.busy {
		one.busy = true
		q.ready = append(q.ready, one)
	}
	return one.plan.fifos()
}

// next returns a command to start now, if there is one.
func (q *queues) next() (job, bool) {
	for len(q.ready) > 0 && q.running < atOnce {
		one := q.ready[0]
		q.ready = q.ready[1:]
		if len(one.begun) == 0 {
			one.begin()
		}
		if len(one.begun) == 0 {
			one.busy = false
			q.maybeForget(one)
			continue
		}
		j := one.begun[0]
		one.begun = one.begun[1:]
		q.running++
		return j, true
	}
	return job{}, false
}

// begin makes the commands of the event that waits.
func (one *queue) begin() {
	if one.waiting == nil {
		return
	}
	n := *one.waiting
	one.waiting = nil
	for _, c := range one.plan.calls(n) {
		one.begun = append(one.begun, job{queue: one, notice: n, command: c})
	}
}

// finished says that the job's command has ended. The others come first, then the next command of this subject.
func (q *queues) finished(j job) {
	q.running--
	q.ready = append(q.ready, j.queue)
}

// idle reports whether nothing runs and nothing waits.
func (q *queues) idle() bool { return q.running == 0 && len(q.ready) == 0 }

// abandon takes away all that has not begun, and returns it in the order of the subjects' names.
func (q *queues) abandon() (jobs []job) {
	order := slices.SortedFunc(maps.Values(q.all), func(a, b *queue) int { return a.subject.compare(b.subject) })
	for _, one := range order {
		jobs = append(jobs, one.begun...)
		one.begun = nil
		one.begin()
		jobs = append(jobs, one.begun...)
		one.begun = nil
	}
	return jobs
}

// maybeForget drops a subject that has left and has nothing more to say.
func (q *queues) maybeForget(one *queue) {
	if one.leaving && !one.busy && one.at == engine.ConditionStopped {
		delete(q.all, one.subject)
		q.left = true
	}
}

// fifos are all paths in use.
func (q *queues) fifos() map[string]bool {
	paths := map[string]bool{}
	for _, one := range q.all {
		for _, path := range one.plan.fifos() {
			paths[path] = true
		}
	}
	for _, path := range q.everyone.fifos() {
		paths[path] = true
	}
	return paths
}
