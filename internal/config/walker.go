package config

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"
)

// maxValues bounds how many values are read, those behind aliases each time they are used: a file of a few lines can
// otherwise expand to billions.
const maxValues = 250_000

// value is a place in the document that has been reached by a path. Its node is never an alias.
type value struct {
	node *yaml.Node
	path string // "virtual_routers.web.addresses[1]"
	name string // what a person calls it: "addresses", "an entry of addresses"

	secret bool // it may be a secret, or has one in it: what is said of it does not repeat it
}

// written says that the value stands in the file, and is no default.
func (v value) written() bool { return v.node != nil && v.node.Line > 0 }

// or returns v, or another place for a value that does not stand in the file.
func (v value) or(other value) value {
	if v.written() {
		return v
	}
	return other
}

// child is the value of a key of v.
func (v value) child(key string, n *yaml.Node) value {
	path := clip(key)
	if v.path != "" {
		path = v.path + "." + path
	}
	return value{follow(n), path, clip(key), v.secret}
}

// element is the entry of a list.
func (v value) element(i int, n *yaml.Node) value {
	return value{follow(n), v.path + "[" + strconv.Itoa(i) + "]", "an entry of " + v.name, v.secret}
}

// walker reads a document and collects every problem on the way.
type walker struct {
	file     string
	problems []Problem
	failed   bool // one of them is an error
	told     map[told]bool
	untold   int // how many more there are, beyond mostCollected
	values   int // read so far
	tables   tables
	inline   []Place                 // where a secret stands in the file itself
	lines    map[*yaml.Node][]string // command lines in words, so that an alias costs nothing
}

// told is what makes two problems one.
type told struct {
	line, column int
	severity     Severity
	message      string
}

// report adds an error at a value.
func (w *walker) report(v value, hint, format string, args ...any) {
	w.add(Error, v, hint, format, args...)
}

// warn adds a warning at a value.
func (w *walker) warn(v value, hint, format string, args ...any) {
	w.add(Warning, v, hint, format, args...)
}

func (w *walker) add(severity Severity, v value, hint, format string, args ...any) {
	p := Problem{
		File: w.file, Line: 1, Column: 1, Path: v.path,
		Severity: severity, Message: fmt.Sprintf(format, args...), Hint: hint,
	}
	if v.node != nil {
		p.Line, p.Column = v.node.Line, v.node.Column
		if v.node.Kind == yaml.ScalarNode && strings.HasPrefix(v.node.Value, "$") {
			p.Hint = "variables are not replaced in this file"
		}
	}
	same := told{p.Line, p.Column, p.Severity, p.Message}
	switch {
	case w.told[same]: // a value that several routers take from one anchor is wrong once
		return
	case len(w.problems) >= mostCollected && (severity == Warning || w.failed):
		w.untold++
		return
	case w.told == nil:
		w.told = make(map[told]bool)
	}
	w.told[same] = true
	w.failed = w.failed || severity == Error
	w.problems = append(w.problems, p)
}

// spent counts one value more, and says whether there are too many. The first time it reports that.
func (w *walker) spent(v value) bool {
	w.values++
	if w.values == maxValues {
		w.report(v, "aliases count each time they are used", "the file has more than %d values", maxValues)
	}
	return w.values >= maxValues
}

// follow returns the node that an alias stands for, and any other as it is.
func follow(n *yaml.Node) *yaml.Node {
	for n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	return n
}

// entry is a key of a mapping with its value.
type entry struct {
	name  string
	key   value
	value value
}

// entries returns what a mapping contains, in the file's order, with merge keys (<<) expanded: own keys come before
// merged ones and hide them. Another kind of value is reported, as not being what is wanted.
func (w *walker) entries(v value, wanted string) ([]entry, bool) {
	if v.node.Kind != yaml.MappingNode {
		w.wrongKind(v, wanted)
		return nil, false
	}
	m := merging{seen: make(map[string]bool)}
	w.merge(&m, v)
	return m.entries, true
}

// mergeWord is the key that merges mappings in.
const mergeWord = "<<"

// merging is the work on one mapping.
type merging struct {
	entries []entry
	seen    map[string]bool
	open    []*yaml.Node // the mapping, and those that are being merged in
}

// merge adds the keys of a mapping that are not there yet, and then those that it merges in.
func (w *walker) merge(m *merging, v value) {
	m.open = append(m.open, v.node)
	defer func() { m.open = m.open[:len(m.open)-1] }()
	var sources []*yaml.Node
	for i := 0; i+1 < len(v.node.Content); i += 2 {
		key, val := v.node.Content[i], v.node.Content[i+1]
		if key.Kind != yaml.ScalarNode || w.spent(v) {
			continue // checkShape reported a key that is no word
		}
		if key.Tag == "!!merge" {
			sources = append(sources, val)
			continue
		}
		if m.seen[key.Value] {
			continue
		}
		m.seen[key.Value] = true
		m.entries = append(m.entries, entry{key.Value, v.child(key.Value, key), v.child(key.Value, val)})
	}
	for _, source := range sources {
		if list := follow(source); list.Kind == yaml.SequenceNode {
			for _, item := range list.Content { // the first wins
				w.mergeSource(m, v, item)
			}
			continue
		}
		w.mergeSource(m, v, source)
	}
}

// mergeSource adds what one << names. Mistakes are told where it is named, not where it was anchored.
func (w *walker) mergeSource(m *merging, v value, source *yaml.Node) {
	from := v.child(mergeWord, source)
	at := value{node: source, path: from.path, name: from.name}
	switch {
	case from.node.Kind != yaml.MappingNode:
		w.report(at, "", "<< merges mappings, and this is %s", from.describe())
	case slices.Contains(m.open, from.node):
		w.report(at, "remove it", "<< merges a mapping into itself")
	case len(m.open) > maxDepth:
		w.report(at, "", "merge keys are nested more than %d deep", maxDepth)
	default:
		w.merge(m, from)
	}
}

// items returns the elements of a list. Another kind of value is reported, as not being what is wanted, and so are
// more elements than limit.
func (w *walker) items(v value, wanted string, limit int) ([]value, bool) {
	if v.node.Kind != yaml.SequenceNode {
		w.wrongKind(v, wanted)
		return nil, false
	}
	if len(v.node.Content) > limit {
		w.report(v, "", "the list has %d entries, and %d are the most", len(v.node.Content), limit)
		return nil, false
	}
	var items []value
	for i, n := range v.node.Content {
		item := v.element(i, n)
		if w.spent(item) {
			return nil, false
		}
		items = append(items, item)
	}
	return items, true
}

// wrongKind reports a value that is not of the kind that its place wants.
func (w *walker) wrongKind(v value, wanted string) {
	hint := ""
	if v.node.Kind == yaml.ScalarNode && v.node.Value != "" && strings.HasPrefix(wanted, "a list") {
		hint = "write [" + clip(v.node.Value) + "]"
	}
	if null(v.node) {
		w.report(v, "give it "+wanted+", or remove it", "%s has no value", v.name)
		return
	}
	if items := strings.Fields(v.node.Value); strings.HasPrefix(wanted, "a list") && v.node.Style == 0 && v.node.Value != "" && allDashed(items) {
		hint = "put a space after the dash: - " + clip(items[0][1:])
	}
	w.report(v, hint, "%s is %s, not %s", v.name, wanted, v.describe())
}

// allDashed says that every word begins with a dash that belongs to none: entries of a list without their space.
func allDashed(words []string) bool {
	return !slices.ContainsFunc(words, func(s string) bool { return len(s) < 2 || s[0] != '-' || s[1] == '-' })
}

// describe is describe of its node, which repeats no secret.
func (v value) describe() string {
	if v.secret && v.node.Kind == yaml.ScalarNode && !null(v.node) {
		return "this text"
	}
	return describe(v.node)
}

// describe says what a node is, in words of the user.
func describe(n *yaml.Node) string {
	switch {
	case n.Kind == yaml.AliasNode:
		return "an alias"
	case n.Kind == yaml.MappingNode:
		return "a mapping"
	case n.Kind == yaml.SequenceNode:
		return "a list"
	case null(n):
		return "nothing"
	}
	switch n.ShortTag() {
	case "!!int", "!!float":
		return "the number " + clip(n.Value)
	case "!!bool":
		return clip(n.Value)
	}
	return "the text " + quote(n.Value)
}

// null says whether a node is the absence of a value.
func null(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.ShortTag() == "!!null" }

// maxQuoted is how much of the file's text a message repeats, in bytes.
const maxQuoted = 60

// clip shortens a piece of the file for a message. What looks like a secret is not repeated at all.
func clip(s string) string {
	if strings.ContainsAny(s, ":={ \t\n") && joinedSecret.MatchString(s) {
		return hidden
	}
	if len(s) <= maxQuoted {
		return s
	}
	return strings.ToValidUTF8(s[:maxQuoted], "") + "..."
}

// quote is clip in quotes.
func quote(s string) string { return strconv.Quote(clip(s)) }
