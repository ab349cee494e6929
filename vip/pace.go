package vip

import "time"

// Renewals are paced because each is one netlink message to every listener on the host.
const (
	renewalRate  = 200 // a second
	renewalBurst = 20  // at once, so that a crowd of renewals costs ten passes a second
)

// pacer is a token bucket for renewals. The zero value is full.
type pacer struct {
	spent float64 // tokens missing from a full bucket, at the time at
	at    time.Time
}

// take takes up to n tokens and returns how many there were.
func (p *pacer) take(now time.Time, n int) int {
	p.refill(now)
	n = min(n, int(renewalBurst-p.spent))
	p.spent += float64(n)
	return n
}

// next returns when there will be tokens for n renewals, or for a full burst if n is more.
func (p *pacer) next(now time.Time, n int) time.Time {
	p.refill(now)
	missing := float64(min(n, renewalBurst)) - (renewalBurst - p.spent)
	if missing <= 0 {
		return now
	}
	// One nanosecond more, so that the token is whole when the time has come.
	return now.Add(time.Duration(missing/renewalRate*float64(time.Second)) + time.Nanosecond)
}

func (p *pacer) refill(now time.Time) {
	if passed := now.Sub(p.at); passed > 0 {
		p.spent = max(0, p.spent-passed.Seconds()*renewalRate)
		p.at = now
	}
}
