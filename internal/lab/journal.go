package lab

import (
	"context"
	"slices"
	"sync"
)

// journal is a growing list that can be waited on. It is safe for concurrent use; the zero value is empty.
type journal[T any] struct {
	mu      sync.Mutex
	items   []T
	dropped int           // how many were forgotten from the front
	limit   int           // how many are kept; 0: all
	grownC  chan struct{} // closed at the next append; nil while nobody waits
}

// append adds items and wakes who waits. Beyond the limit the oldest half goes, so that forgetting stays cheap.
func (j *journal[T]) append(items ...T) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.items = append(j.items, items...)
	if j.limit > 0 && len(j.items) > j.limit {
		surplus := len(j.items) - j.limit/2
		j.items = slices.Delete(j.items, 0, surplus)
		j.dropped += surplus
	}
	if j.grownC != nil {
		close(j.grownC)
		j.grownC = nil
	}
}

// since returns a copy of the items from position n on, and the position behind the last. Positions count from the
// first item ever appended.
func (j *journal[T]) since(n int) (items []T, next int) {
	j.mu.Lock()
	defer j.mu.Unlock()
	first := min(max(n-j.dropped, 0), len(j.items))
	return slices.Clone(j.items[first:]), j.dropped + len(j.items)
}

// all returns a copy of the items.
func (j *journal[T]) all() []T {
	items, _ := j.since(0)
	return items
}

// await returns the first item that matches, waiting for it until ctx is done; then the error is the context's.
func (j *journal[T]) await(ctx context.Context, match func(T) bool) (T, error) {
	next := 0
	for {
		var items []T
		grownC := j.growth()
		items, next = j.since(next)
		if i := slices.IndexFunc(items, match); i >= 0 {
			return items[i], nil
		}
		select {
		case <-grownC:
		case <-ctx.Done():
			var none T
			return none, ctx.Err()
		}
	}
}

// growth returns a channel that is closed at the next append.
func (j *journal[T]) growth() <-chan struct{} {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.grownC == nil {
		j.grownC = make(chan struct{})
	}
	return j.grownC
}
