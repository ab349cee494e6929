package wire

import "time"

// receivedAt converts the kernel's receive time, nanoseconds of the wall clock, to a time that carries the monotonic
// clock. What counts is the datagram's age, and now holds both clocks at one moment; now has to be read after the
// datagram was.
//
// The wall clock may have been set since the kernel read it, by hours, and the age is nonsense then. So the result
// stays between empty, when the datagram was not there yet, and now. Without a stamp it is now.
func receivedAt(stamp int64, empty, now time.Time) time.Time {
	if stamp == 0 {
		return now
	}
	at := now.Add(time.Duration(stamp - now.UnixNano()))
	switch {
	case at.After(now):
		return now
	case at.Before(empty):
		return empty
	}
	return at
}
