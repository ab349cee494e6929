package lab

import (
	"slices"
	"time"
)

// Tenure is the time from when a host got an address until it lost it.
type Tenure struct {
	Host     string
	From, To time.Time // To is zero while it lasts
}

// at says whether the host held the address at the time.
func (t Tenure) at(now time.Time) bool {
	return !now.Before(t.From) && (t.To.IsZero() || now.Before(t.To))
}

// overlaps says whether the host held the address at any time from from until to.
func (t Tenure) overlaps(from, to time.Time) bool {
	return !t.From.After(to) && (t.To.IsZero() || t.To.After(from))
}

// tenures makes tenures out of the changes of one address, in the order in which they began.
func tenures(changes []AddressChange) []Tenure {
	var all []Tenure
	current := make(map[string]int) // host to its running tenure
	for _, c := range changes {
		i, holds := current[c.Host]
		switch {
		case c.Change == Removed && holds:
			all[i].To = c.At
			delete(current, c.Host)
		case c.Change != Removed && !holds:
			current[c.Host] = len(all)
			all = append(all, Tenure{Host: c.Host, From: c.At})
		}
	}
	return all
}

// HoldersAt returns the hosts that held the address at the time, by name.
func HoldersAt(all []Tenure, now time.Time) []string {
	var hosts []string
	for _, t := range all {
		if t.at(now) {
			hosts = append(hosts, t.Host)
		}
	}
	slices.Sort(hosts)
	return slices.Compact(hosts)
}

// SoleHolder returns the one host that held the address without a break from from until to; it is not ok if there was
// none, or if another held it too at any time in between.
func SoleHolder(all []Tenure, from, to time.Time) (host string, ok bool) {
	for _, t := range all {
		if !t.overlaps(from, to) {
			continue
		}
		if ok || t.From.After(from) || !t.To.IsZero() && t.To.Before(to) {
			return "", false
		}
		host, ok = t.Host, true
	}
	return host, ok
}

// LongestShared returns the longest time without a break for which two hosts or more held the address, between from
// and to.
func LongestShared(all []Tenure, from, to time.Time) time.Duration {
	var marks []time.Time // where the number of holders can change
	for _, t := range all {
		end := t.To
		if end.IsZero() || end.After(to) {
			end = to
		}
		begin := t.From
		if begin.Before(from) {
			begin = from
		}
		if begin.Before(end) {
			marks = append(marks, begin, end)
		}
	}
	slices.SortFunc(marks, time.Time.Compare)
	var longest, running time.Duration
	for i := 1; i < len(marks); i++ {
		if len(HoldersAt(all, marks[i-1])) < 2 {
			running = 0
			continue
		}
		running += marks[i].Sub(marks[i-1])
		longest = max(longest, running)
	}
	return longest
}
