package lab

import "time"

// failures are requests that failed.
type failures struct {
	count       int
	first, last time.Time // when they were sent
}

// add counts more of them, whatever their order.
func (f *failures) add(list []WebRequest) {
	for _, r := range list {
		if f.count == 0 || r.Sent.Before(f.first) {
			f.first = r.Sent
		}
		f.last = latest(f.last, r.Sent)
		f.count++
	}
}

// span returns the time from the first failure to the last.
func (f *failures) span() time.Duration { return f.last.Sub(f.first) }
