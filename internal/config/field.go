package config

import (
	"slices"

	"gopkg.in/yaml.v3"
)

// setting is the value of one key and where it stands. The zero setting is a key that nobody wrote.
type setting[V any] struct {
	value V
	at    value // at.node is nil for a default
	state settingState
}

type settingState uint8

const (
	absent settingState = iota
	broken              // it was written, and reported: nothing may be concluded from it
	present
)

// ok says that there is a value to work with.
func (s setting[V]) ok() bool { return s.state == present }

// written says that the file has the key, rightly or not.
func (s setting[V]) written() bool { return s.state != absent && s.at.written() }

// kind is a type of values: what a reader of the documentation has to know about it, and how it is read. Read reports
// what is wrong and is then not ok.
type kind[V any] struct {
	typ    string // "a duration"
	limits string // the range or the words; may be empty
	schema schema // the same for editors
	read   func(w *walker, v value) (V, bool)
}

// place says where a key may stand.
type place uint8

// The places. A key of one table that knows no places has none.
const (
	inRouter place = 1 << iota // in a router and in defaults
	inNode                     // in per_node
)

// field is one key of a mapping. The tables of fields are all there is to know about the file format: the walker, the
// defaults and the inheritance from defaults to routers to nodes are driven by them.
type field[T any] struct {
	name     string
	doc      string // one sentence
	typ      string
	limits   string
	schema   schema // of the value alone
	def      string // the default as the file would have it; empty when there is none or another rule gives it
	example  string // a value as the file would have it, where there is no default to show
	shownIn  place  // where the example may stand: one node's address makes none for a router
	required bool
	where    place

	read    func(w *walker, v value, into *T)
	inherit func(into, from *T) // takes the value from there if it is absent
	spoil   func(of *T)         // makes an absent value a broken one: it was probably meant by something reported
	state   func(of *T) settingState
}

// key makes the field of one setting.
func key[T, V any](name string, k kind[V], at func(*T) *setting[V], doc string, options ...func(*field[T])) field[T] {
	f := field[T]{
		name: name, doc: doc, typ: k.typ, limits: k.limits, schema: k.schema,
		where: inRouter | inNode,
		read: func(w *walker, v value, into *T) {
			s := setting[V]{at: v, state: broken}
			if null(v.node) {
				w.wrongKind(v, k.typ)
			} else if parsed, ok := k.read(w, v); ok {
				s.value, s.state = parsed, present
			} else {
				s.value = parsed
			}
			*at(into) = s
		},
		inherit: func(into, from *T) {
			if at(into).state == absent {
				*at(into) = *at(from)
			}
		},
		spoil: func(of *T) {
			if at(of).state == absent {
				at(of).state = broken
			}
		},
		state: func(of *T) settingState { return at(of).state },
	}
	for _, o := range options {
		o(&f)
	}
	return f
}

// only limits where a key may stand.
func only[T any](p place) func(*field[T]) { return func(f *field[T]) { f.where = p } }

// fallback gives a key a default, written as in the file.
func fallback[T any](def string) func(*field[T]) { return func(f *field[T]) { f.def = def } }

// example shows a value of a key, as the file would have it in a place.
func example[T any](as string, in place) func(*field[T]) {
	return func(f *field[T]) { f.example, f.shownIn = as, in }
}

// value says what may be written: "a number: 1 to 255".
func (f *field[T]) value() string {
	if f.limits == "" {
		return f.typ
	}
	return f.typ + ": " + f.limits
}

// must makes a key required.
func must[T any](f *field[T]) { f.required = true }

// table is the set of keys of one kind of mapping.
type table[T any] struct {
	noun   string // "a router"
	fields []field[T]
	byName map[string]*field[T]
	names  []string
}

func newTable[T any](noun string, fields []field[T]) *table[T] {
	t := &table[T]{noun: noun, fields: fields, byName: make(map[string]*field[T], len(fields))}
	for i := range fields {
		t.byName[fields[i].name] = &fields[i]
		t.names = append(t.names, fields[i].name)
	}
	return t
}

// at returns the table of the keys that may stand in a place.
func (t *table[T]) at(noun string, p place) *table[T] {
	return newTable(noun, slices.DeleteFunc(slices.Clone(t.fields), func(f field[T]) bool { return f.where&p == 0 }))
}

// defaults returns the settings that hold where a file says nothing.
func (t *table[T]) defaults() T {
	var d T
	for _, f := range t.fields {
		if f.def == "" {
			continue
		}
		var w walker
		f.read(&w, value{node: &yaml.Node{Kind: yaml.ScalarNode, Value: f.def}, name: f.name}, &d)
		if len(w.problems) > 0 {
			panic("the default of " + f.name + " is not valid: " + w.problems[0].Message)
		}
	}
	return d
}

// inherit fills what is absent from the next outer layer.
func (t *table[T]) inherit(into, from *T) {
	for _, f := range t.fields {
		f.inherit(into, from)
	}
}

// sound says that no key of a mapping is broken.
func (t *table[T]) sound(of *T) bool {
	for _, f := range t.fields {
		if f.state(of) == broken {
			return false
		}
	}
	return true
}

// fill reads a mapping into its settings. It is not ok when the value is no mapping.
func fill[T any](w *walker, v value, t *table[T], into *T) bool {
	entries, ok := w.entries(v, "a mapping with the keys of "+t.noun)
	if !ok {
		return false
	}
	for _, e := range entries {
		f := t.byName[e.name]
		if f == nil {
			if meant := t.byName[w.unknown(e, entries, t.noun, t.names)]; meant != nil {
				meant.spoil(into)
			}
			continue
		}
		f.read(w, e.value, into)
	}
	return true
}

// demand reports the required keys that are absent.
func demand[T any](w *walker, v value, t *table[T], of *T, what string) bool {
	if w.values >= maxValues {
		return false // nothing is known of what was not read
	}
	complete := true
	for _, f := range t.fields {
		if f.required && f.state(of) == absent {
			complete = false
			w.report(v, f.name+": "+f.doc, "%s has no %s", what, f.name)
		}
	}
	return complete
}
