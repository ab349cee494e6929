package vrrp

import "time"

// Centiseconds is an advertisement interval in the unit of the wire: 12 bits, 1 to 4095 (10 ms to 40.95 s).
type Centiseconds uint16

// The bounds of an advertisement interval, RFC 9568 section 6.1.
const (
	MinInterval Centiseconds = 1
	MaxInterval Centiseconds = 4095
)

// centisecond is the unit of the wire as a duration; version 2 counts seconds.
const (
	centisecond = 10 * time.Millisecond
	perSecond   = Centiseconds(time.Second / centisecond)
)

// Duration returns the interval as a duration.
func (c Centiseconds) Duration() time.Duration { return time.Duration(c) * centisecond }

// String returns the interval as a duration would print: "1s", "250ms".
func (c Centiseconds) String() string { return c.Duration().String() }

// Valid says whether the interval may stand in an advert.
func (c Centiseconds) Valid() bool { return c >= MinInterval && c <= MaxInterval }

// SkewTime is Skew_Time of RFC 9568 section 6.1: ((256 - Priority) * Active_Adver_Interval) / 256. It is computed to
// the nanosecond, not in whole centiseconds: at short intervals whole centiseconds would give neighbours the same skew.
func SkewTime(priority uint8, interval Centiseconds) time.Duration {
	return time.Duration(256-int64(priority)) * interval.Duration() / 256
}

// ActiveDownInterval is Active_Down_Interval of RFC 9568 section 6.1: downAdverts * Active_Adver_Interval + Skew_Time.
// The RFC's downAdverts is 3.
func ActiveDownInterval(priority uint8, interval Centiseconds, downAdverts int) time.Duration {
	return time.Duration(downAdverts)*interval.Duration() + SkewTime(priority, interval)
}

// SkewTime is [SkewTime] of a router that speaks this version. In version 2 it does not depend on the interval: it is
// ((256 - Priority) / 256) seconds, RFC 3768 section 6.1. A router of both counts as version 3 does.
func (v Version) SkewTime(priority uint8, interval Centiseconds) time.Duration {
	if v == Version2 {
		interval = perSecond
	}
	return SkewTime(priority, interval)
}

// ActiveDownInterval is [ActiveDownInterval] of a router that speaks this version: Master_Down_Interval of RFC 3768.
func (v Version) ActiveDownInterval(priority uint8, interval Centiseconds, downAdverts int) time.Duration {
	return time.Duration(downAdverts)*interval.Duration() + v.SkewTime(priority, interval)
}

// quickSpacing is the distance that two neighbouring backups need between their skews, so that the first one's advert
// reaches the second before its own timer ends.
const quickSpacing = 5 * time.Millisecond

// QuickInterval is the interval that makes the other nodes quick for a moment: they learn it from one advert (RFC 9568
// section 6.4.2) and so find a silence after it in a fraction of the usual time.
//
// With one other node it is one centisecond. With more, it is the smallest interval that puts the skews of neighbours
// 5 ms apart, where gap is the smallest distance between two of their priorities; gap 0 means that two are equal and
// no interval can order them. It is not ok when the result would not be shorter than own.
func QuickInterval(own Centiseconds, others int, gap uint8) (quick Centiseconds, ok bool) {
	switch {
	case others <= 0:
		return 0, false
	case others == 1:
		quick = MinInterval
	case gap == 0:
		return 0, false
	default:
		wanted := quickSpacing * 256 / time.Duration(gap)
		// At one centisecond the way of an advert itself is longer than any skew: two backups could both take over.
		quick = max(Centiseconds((wanted+centisecond-1)/centisecond), MinInterval+1)
	}
	return quick, quick < own
}
