package keepalived

import (
	"fmt"
	"maps"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/aloft-ha/aloft/internal/config"
	"github.com/aloft-ha/aloft/internal/importer"
)

// source is the configuration of one node.
type source struct {
	Input
	node      string // its name in the cluster
	root      []*statement
	global    globals
	instances []*instance
	groups    []*group
	groupOf   map[string]*group // by the name of an instance
	notes     []importer.Note

	definitions []*trackerDef
	defined     map[trackerKey]*trackerDef
}

// The bounds of what is compared with each other. They are above what aloft takes.
const (
	maxInstances = 2048
	maxPeers     = 64
)

var tooMany = hint{importer.Broken, "there are too many of them: split the file"}

// globals are what global_defs and the top level say.
type globals struct {
	routerID      string
	routerIDAt    *statement
	version       int
	strict        bool
	iface         string
	downAdverts   int
	startupDelay  time.Duration
	checksumAsV2  bool
	linkUpDelays  map[string]time.Duration
	announcements bool   // something is said about gratuitous ARP
	scriptUser    string // empty: not said
	scriptUserAt  *statement
	scriptsSecure bool // enable_script_security
	fifos         []fifo
}

// fifo is a named pipe that changes are written to.
type fifo struct {
	at   *statement
	path string
}

// group is a vrrp_sync_group.
type group struct {
	at      *statement
	name    string
	members []string
	weights bool // of the trackers of its members count
	tracked []tracked
	effects []effect
	notify  config.Notify
}

// note adds a note about a statement.
func (src *source) note(s *statement, kind importer.Kind, instead, format string, args ...any) {
	src.notes = append(src.notes, importer.Note{
		File: s.file, Line: s.line, Kind: kind, What: fmt.Sprintf(format, args...), Instead: instead,
	})
}

// drop adds a note about a statement with all that is in it. A mistake is named by its keyword only: nobody knows what
// stands behind it.
func (src *source) drop(s *statement, h hint) {
	s.use(true)
	text := s.head()
	if h.kind != importer.Broken {
		text = s.text()
	}
	src.note(s, h.kind, h.instead, "%s", text)
}

// hint is what to say about a statement that is not carried over.
type hint struct {
	kind    importer.Kind
	instead string
}

// handler reads one statement into T.
type handler[T any] func(src *source, into *T, s *statement)

// vocabulary is what may stand in a block: the statements that are read, and what to say about the others.
type vocabulary[T any] struct {
	noun  string
	read  map[string]handler[T]
	hints map[string]hint
}

// also adds keywords that are read alike.
func also[T any](m map[string]handler[T], h handler[T], keywords ...string) map[string]handler[T] {
	for _, k := range keywords {
		m[k] = h
	}
	return m
}

// handlers puts several maps of handlers together.
func handlers[T any](all ...map[string]handler[T]) map[string]handler[T] {
	m := make(map[string]handler[T])
	for _, one := range all {
		maps.Copy(m, one)
	}
	return m
}

// each reads all statements of a block. This is what every statement goes through: it is read, or it becomes a note.
func each[T any](src *source, list []*statement, v *vocabulary[T], into *T) {
	for _, s := range list {
		s.use(false)
		if read := v.read[s.keyword()]; read != nil {
			read(src, into, s)
			continue
		}
		if h, ok := v.hints[s.keyword()]; ok {
			src.drop(s, h)
			continue
		}
		src.drop(s, hint{importer.Broken, fmt.Sprintf("%q is no keyword of keepalived that is known here in %s: is it misspelt, or a } missing or too many before it?", s.name(), v.noun)})
	}
}

// noBlock reports a block where there should be none.
func (src *source) noBlock(s *statement) {
	if s.open {
		src.drop(s, hint{importer.Broken, s.name() + " has no block"})
	}
}

// leaf marks a line of a block as read, which has no block of its own.
func (src *source) leaf(s *statement) {
	s.use(false)
	src.noBlock(s)
}

// bare is for a statement that is one word.
func (src *source) bare(s *statement) {
	src.noBlock(s)
	src.spare(s, s.args())
}

// one returns the only argument of a statement.
func (src *source) one(s *statement) (string, bool) {
	src.noBlock(s)
	args := s.args()
	if len(args) == 0 {
		src.note(s, importer.Broken, "", "%s has no value", s.keyword())
		return "", false
	}
	src.spare(s, args[1:])
	return args[0], true
}

// spare reports words that keepalived does not look at.
func (src *source) spare(s *statement, words []string) {
	if len(words) == 0 {
		return
	}
	list, _ := shown(words)
	if i := len(s.words) - len(words) - 1; i >= 0 && secretWord.MatchString(s.words[i]) {
		list = []string{masked} // the keyword before has taken auth_pass for its value
	}
	src.note(s, importer.Broken, "", "%s: keepalived does not look at %s", s.name(), clip(strconv.Quote(strings.Join(list, " "))))
}

// number reads a whole number; one that is out of range becomes what keepalived takes instead, which may be nothing, 0.
func (src *source) number(s *statement, lo, hi, otherwise int) int {
	text, ok := src.one(s)
	if !ok {
		return otherwise
	}
	n, err := strconv.Atoi(text)
	if err == nil && n >= lo && n <= hi {
		return n
	}
	instead := "keepalived refuses it"
	if otherwise != 0 {
		instead = "keepalived takes " + strconv.Itoa(otherwise)
	}
	src.note(s, importer.Broken, "", "%s is %d to %d, not %s; %s", s.keyword(), lo, hi, clip(strconv.Quote(text)), instead)
	return otherwise
}

// downAdverts reads how many adverts are missed before a takeover.
func (src *source) downAdverts(s *statement) int {
	n := src.number(s, 1, 100, 3)
	if n == 1 {
		src.note(s, importer.Changed, "", "%s 1 becomes down_adverts: 2: an advert is always a little later than one interval", s.keyword())
		return 2
	}
	return n
}

// seconds reads a time. It is not ok when keepalived would ignore it, and the note says so.
func (src *source) seconds(s *statement, text string, lo, hi float64) (time.Duration, bool) {
	f, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsNaN(f) || f < lo || f > hi {
		src.note(s, importer.Broken, "", "%s is a time of %v to %v seconds, not %s; keepalived ignores it", s.keyword(), lo, hi, clip(strconv.Quote(text)))
		return 0, false
	}
	return time.Duration(math.Round(f*1e6)) * time.Microsecond, true // keepalived counts in microseconds
}

// delay reads a statement that is a time; 0 is none.
func (src *source) delay(s *statement, lo, hi float64) time.Duration {
	text, ok := src.one(s)
	if !ok {
		return 0
	}
	d, _ := src.seconds(s, text, lo, hi)
	return d
}

// truth reads an optional truth value; without one it is true.
func (src *source) truth(s *statement) bool {
	src.noBlock(s)
	if len(s.args()) == 0 {
		return true
	}
	src.spare(s, s.args()[1:])
	switch strings.ToLower(s.args()[0]) {
	case "on", "true", "yes":
		return true
	case "off", "false", "no":
		return false
	}
	src.note(s, importer.Broken, "", "%s is on or off, not %s", s.keyword(), clip(strconv.Quote(s.args()[0])))
	return true
}
