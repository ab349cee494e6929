package conformance

import "encoding/json"

// Verdict says what became of a point or a case.
type Verdict uint8

// The verdicts.
const (
	Pass    Verdict = iota + 1
	Differs         // the rule is not kept, on purpose: the daemon says so and why
	Cannot          // the daemon has no such feature
	Fail            // the rule is not kept
)

// String returns the word in the tables.
func (v Verdict) String() string {
	switch v {
	case Pass:
		return "pass"
	case Differs:
		return "differs"
	case Cannot:
		return "cannot"
	case Fail:
		return "FAIL"
	}
	return "invalid"
}

// MarshalJSON writes the word.
func (v Verdict) MarshalJSON() ([]byte, error) { return json.Marshal(v.String()) }

// PointResult is what became of a point.
type PointResult struct {
	ID      string  `json:"point"` // "A"
	Rule    string  `json:"rule"`  // with its section
	Verdict Verdict `json:"verdict"`
	Note    string  `json:"note,omitempty"` // unless it passed: what was expected and what was seen, or why not
}

// Result is what became of a case.
type Result struct {
	Case    string        `json:"case"`
	Title   string        `json:"title"`
	Profile string        `json:"profile"`
	Verdict Verdict       `json:"verdict"`
	Points  []PointResult `json:"points"`
	Tries   int           `json:"tries"`
	Again   []string      `json:"again,omitempty"` // what was wrong at the first of two tries
	Seconds float64       `json:"seconds"`         // all tries took
}

// fold makes the verdict on a case out of those on its points: a failure is one of the whole; one that keeps any rule has
// passed, with the rest as notes; one that was not tried at all cannot.
func fold(points []PointResult) Verdict {
	seen := make(map[Verdict]bool)
	for _, p := range points {
		seen[p.Verdict] = true
	}
	for _, v := range []Verdict{Fail, Pass, Differs} {
		if seen[v] {
			return v
		}
	}
	return Cannot
}
