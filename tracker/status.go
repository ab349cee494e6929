package tracker

import "time"

// State is what a tracker says of what it looks at.
type State uint8

// The states. The zero value is the one before the first result.
const (
	Pending State = iota
	Up
	Down
)

// String returns the word that is logged and printed.
func (s State) String() string {
	switch s {
	case Pending:
		return "pending"
	case Up:
		return "up"
	case Down:
		return "down"
	}
	return "invalid"
}

// Result is what one check found.
type Result struct {
	OK      bool
	Numeric bool   // Value is a number that a weight is multiplied by
	Value   int    // of a [FileNumber]; else 0
	Text    string // a sentence for a person, without a full stop: "connection refused by 127.0.0.1:80"
}

// Status is what a tracker has found so far.
type Status struct {
	Name    string
	State   State
	Numeric bool      // of the last result
	Value   int       // of the last result
	Text    string    // the last result as a sentence; empty before the first
	Since   time.Time // of State
	Checked time.Time // when the last check ended; zero: none has
}
