package tracker

// Loss is what failing trackers without a weight take from a priority together, once, however many fail. It is more than
// the distance between the first of ten nodes and the last (200 and 110), so that a node that fails loses to every healthy
// one, and the bounds keep the order of those that fail together.
const Loss = 101

// MaxWeight bounds a weight, and what a file's number makes of it, either way: the distance between the lowest and the
// highest priority.
const MaxWeight = highest - lowest

// The bounds of an effective priority. 0 says farewell on the wire, and 255 is the owner's.
const (
	lowest  = 1
	highest = 254
	owner   = 255
)

// Mode is how a tracker acts on a priority.
type Mode uint8

// The modes. The zero value is what a bare name in `track` means.
const (
	ModeLoss   Mode = iota // failing takes [Loss], once for all trackers of this mode
	ModeWeight             // as in keepalived: a positive weight is added while it is up, a negative one while it is down
	ModeFault              // failing makes the router unable to serve
)

// String returns the word that is printed.
func (m Mode) String() string {
	switch m {
	case ModeLoss:
		return "loss"
	case ModeWeight:
		return "weight"
	case ModeFault:
		return "fault"
	}
	return "invalid"
}

// Effect is what a tracker means to one router.
type Effect struct {
	Tracker string
	Mode    Mode
	Weight  int // of ModeWeight, -[MaxWeight] to MaxWeight, not 0
}

// Part is one effect as it acts now.
type Part struct {
	Effect
	State State
	Delta int    // what it adds to the priority
	Text  string // the last result of the tracker
}

// Priority is an effective priority and what it is made of.
type Priority struct {
	Base      uint8
	Effective uint8
	Parts     []Part // in the order of the effects
	Fault     string // the first tracker that makes the router unable to serve; empty: none
	Pending   bool   // one of the trackers has no result yet
}

// Reason is the last result of a tracker, as a sentence; empty if it is none of the parts.
func (p *Priority) Reason(tracker string) string {
	for _, part := range p.Parts {
		if part.Tracker == tracker {
			return part.Text
		}
	}
	return ""
}

// Weigh adds up the effects of trackers on a priority. A tracker that is pending, of which look has the zero status, has no
// effect yet. The sum is bounded to 1 to 254; the owner's 255 stays, whatever fails.
func Weigh(base uint8, effects []Effect, look func(name string) Status) Priority {
	p := Priority{Base: base, Effective: base}
	sum, lost := int(base), false
	for _, e := range effects {
		s := look(e.Tracker)
		part := Part{Effect: e, State: s.State, Text: s.Text}
		switch {
		case s.State == Pending:
			p.Pending = true
		case e.Mode == ModeWeight:
			part.Delta = e.weigh(s)
		case s.State != Down:
		case e.Mode == ModeFault && p.Fault == "":
			p.Fault = e.Tracker
		case e.Mode == ModeLoss && !lost:
			part.Delta, lost = -Loss, true
		}
		sum += part.Delta
		p.Parts = append(p.Parts, part)
	}
	if base != owner {
		p.Effective = uint8(min(max(sum, lowest), highest))
	}
	return p
}

// weigh is what an effect with a weight adds. A file's number is multiplied by it.
func (e Effect) weigh(s Status) int {
	switch {
	case s.Numeric:
		value := min(max(s.Value, -MaxWeight), MaxWeight) // or the product could overflow 32 bits
		return min(max(e.Weight*value, -MaxWeight), MaxWeight)
	case e.Weight > 0 && s.State == Up, e.Weight < 0 && s.State == Down:
		return e.Weight
	}
	return 0
}
