package vip

import "time"

const (
	// announceChunk is how many addresses are announced in one go.
	announceChunk = 32

	// announceCost is the time one address takes up at the highest rate, 64 a millisecond: 128 ARP frames, where the
	// receive queue of a Linux peer holds a thousand (net.core.netdev_max_backlog).
	announceCost = time.Millisecond / 64

	// announceSlack is how far ahead of the rate a burst may run: two chunks leave at once, and calls for a few addresses
	// each do not sleep for microseconds.
	announceSlack = announceChunk * announceCost
)

// pace keeps the rate of announcements down, across calls. The zero value is ready.
type pace struct {
	due time.Time // when everything so far would have been sent at the highest rate
}

// take books n addresses and returns how long to wait before they may be sent, 0 for not at all.
func (p *pace) take(now time.Time, n int) time.Duration {
	if p.due.Before(now) {
		p.due = now
	}
	wait := max(0, p.due.Sub(now)-announceSlack)
	p.due = p.due.Add(time.Duration(n) * announceCost)
	return wait
}
