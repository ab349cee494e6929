package vip

import (
	"net/netip"
	"time"
)

const (
	// leaseSlack is taken off what we believe of a lease. The kernel counts a lifetime in jiffies and rounds its age
	// up by HZ/50, so that it may end a lease of 3 s after 2.97 s; an address gone in that moment was not deleted by
	// somebody, and must not be put back.
	leaseSlack = 50 * time.Millisecond

	// freeRestores is how often in a row a removed address is put back at once: a person deletes it twice, a program
	// in a loop does it for ever.
	freeRestores = 3

	// restoreDelay is the pause between two restores after the free ones. It doubles up to maxRestoreDelay.
	restoreDelay    = 50 * time.Millisecond
	maxRestoreDelay = 5 * time.Second

	// longestGap is the longest back-off for which an owner is still said to hold the address. Beyond it the owner hears
	// that it does not, so that another machine can serve.
	longestGap = 200 * time.Millisecond

	// restoreForgiven is how long after a restore a new removal counts as the first again.
	restoreForgiven = 10 * time.Second
)

// record is what we know of an address that we put up, in this run or in an earlier one.
type record struct {
	prefix  netip.Prefix
	label   string    // that we gave it
	adopted bool      // it is of an earlier run: when its lease ends is not known
	until   time.Time // end of the lease; zero: for ever

	strikes    int       // how often it was put back, without a rest of restoreForgiven
	restoredAt time.Time // the last time
	named      bool      // its remover was reported
}

// alive says that the lease has not ended, so that the address must be there unless somebody removed it.
func (r record) alive(now time.Time) bool {
	return !r.adopted && (r.until.IsZero() || now.Before(r.until))
}

// forgiven says that the last restore is so long ago that it no longer counts.
func (r record) forgiven(now time.Time) bool {
	return now.Sub(r.restoredAt) >= restoreForgiven
}

// restoreAt returns the earliest time at which it may be put back again.
func (r record) restoreAt(now time.Time) time.Time {
	if r.strikes < freeRestores || r.forgiven(now) {
		return now
	}
	delay := maxRestoreDelay
	if n := r.strikes - freeRestores; n < 10 {
		delay = min(delay, restoreDelay<<n)
	}
	return r.restoredAt.Add(delay)
}

// remaining returns the rest of the lease in whole seconds, at least one; 0 for ever. An address that is put back gets
// no more than it had: only the engine renews.
func (r record) remaining(now time.Time) time.Duration {
	if r.until.IsZero() {
		return 0
	}
	return max(time.Second, (r.until.Sub(now) + leaseSlack).Truncate(time.Second))
}

// leaseEnd returns when a lifetime given to the kernel after now ends at the earliest; zero for ever.
func leaseEnd(now time.Time, lease time.Duration) time.Time {
	if lease <= 0 {
		return time.Time{}
	}
	return now.Add(wholeSeconds(lease) - leaseSlack)
}

// wholeSeconds is the lease as the kernel counts it: in seconds, at least one.
func wholeSeconds(lease time.Duration) time.Duration {
	return max(time.Second, lease.Truncate(time.Second))
}
