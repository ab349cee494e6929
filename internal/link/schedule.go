package link

import "time"

const (
	// lazyDelay is how long a new address of ours may be missing in the published snapshot. Nobody waits for it (who
	// claimed it was told already), while a claim of hundreds must not make us read them hundreds of times.
	lazyDelay = time.Second

	// restFactor is how many times as long as the last reading took the next one has to wait after it. It bounds what
	// a flood of changes can cost us to a fifth of a processor, however large the host's state is.
	restFactor = 4
)

// schedule says when to read next. The zero value has nothing to read.
type schedule struct {
	readAt   time.Time // zero: nothing to read
	earliest time.Time // the last reading's rest is over
}

// soon wants a reading as soon as the last one's rest is over.
func (s *schedule) soon(now time.Time) { s.want(now) }

// lazily wants a reading within lazyDelay.
func (s *schedule) lazily(now time.Time) { s.want(now.Add(lazyDelay)) }

func (s *schedule) want(at time.Time) {
	if at.Before(s.earliest) {
		at = s.earliest
	}
	if s.readAt.IsZero() || at.Before(s.readAt) {
		s.readAt = at
	}
}

// due says whether it is time to read.
func (s *schedule) due(now time.Time) bool { return !s.readAt.IsZero() && !now.Before(s.readAt) }

// done notes a reading.
func (s *schedule) done(start, end time.Time) {
	s.readAt = time.Time{}
	s.earliest = end.Add(restFactor * end.Sub(start))
}
