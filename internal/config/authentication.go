package config

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"gopkg.in/yaml.v3"

	"github.com/aloft-ha/aloft/vrrp"
)

// Authentication is how the adverts of a router are authenticated: not at all if it is zero, by the password of version
// 2, or by keys.
type Authentication struct {
	Pass Secret // at most [MaxPass] bytes; what is shorter is padded with zeroes on the wire

	Keys   []KeySource // by their numbers
	Active uint8       // the number of the one that signs
	Mode   vrrp.AuthMode
	Replay vrrp.Replay
	Window time.Duration // whole seconds, [vrrp.MinWindow] to [vrrp.MaxWindow]
}

// MaxPass is the room that an advert of version 2 has for a password, in bytes: RFC 2338 section 5.3.10.
const MaxPass = 8

// KeySource says where a key comes from.
type KeySource struct {
	ID    uint8 // 1 to 255
	Kind  KeyKind
	Value Secret // what follows the prefix: a path, a name, or the key itself; valid
	At    Place
}

// KeyKind is the kind of a key's source.
type KeyKind uint8

// The kinds.
const (
	_             KeyKind = iota
	KeyFile               // a file with the key in it, by its path
	KeyHex                // the key in hexadecimal digits
	KeyText               // the key as a text
	KeyCredential         // a credential of the unit of systemd, by its name: systemd.exec(5), LoadCredential=
)

// String returns the prefix of the file without its colon.
func (k KeyKind) String() string {
	switch k {
	case KeyFile:
		return "file"
	case KeyHex:
		return "hex"
	case KeyText:
		return "text"
	case KeyCredential:
		return "credential"
	}
	return "invalid"
}

// authDraft is an authentication as it was read, with the places of what is compared with other keys.
type authDraft struct {
	Authentication
	passAt, windowAt value
}

// authSettings are the keys of authentication.
type authSettings struct {
	pass   setting[Secret]
	keys   setting[[]KeySource]
	active setting[uint8]
	mode   setting[vrrp.AuthMode]
	replay setting[vrrp.Replay]
	window setting[time.Duration]
}

func authFields() []field[authSettings] {
	type S = authSettings
	return []field[S]{
		key("keys", keyMap(), func(s *S) *setting[[]KeySource] { return &s.keys },
			"the keys that signed adverts are verified with, by number", example[S]("{1: file:/etc/aloft/keys/web}", inRouter)),
		key("active", number[uint8](1, 255), func(s *S) *setting[uint8] { return &s.active },
			"the number of the key that signs; a single key does without it", example[S]("1", inRouter)),
		key("mode", oneOf(vrrp.AuthEnforce, vrrp.AuthPermissive, vrrp.AuthReceiveOnly), func(s *S) *setting[vrrp.AuthMode] { return &s.mode },
			"whether unsigned adverts are taken too (permissive), and whether this node signs its own (all but receive-only)", fallback[S]("enforce")),
		key("replay", oneOf(vrrp.ReplayTime, vrrp.ReplayMonotonic), func(s *S) *setting[vrrp.Replay] { return &s.replay },
			"how adverts that are sent again are refused: by growing numbers, and with time by the clocks of both nodes as well", fallback[S]("time")),
		key("window", duration(vrrp.MinWindow, vrrp.MaxWindow, time.Second), func(s *S) *setting[time.Duration] { return &s.window },
			"how far the clocks may be apart; without it three intervals, and 5s at least", example[S]("5s", inRouter)),
		key("pass", passKind(), func(s *S) *setting[Secret] { return &s.pass },
			"the password of version 2, in place of keys; everybody on the link can read it", example[S]("example", inRouter)),
	}
}

// authKind reads authentication.
func authKind() kind[authDraft] {
	return kind[authDraft]{
		typ: "a mapping of the keys of authentication, or off", schema: schema{Ref: refAuth},
		read: func(w *walker, v value) (authDraft, bool) {
			v.secret = true
			if isWord(v, "off") {
				return authDraft{}, true
			}
			const long = "write {keys: {1: file:/etc/aloft/keys/web}}, or off"
			switch {
			case isWord(v, "none", "no", "false", "never"):
				w.report(v, "write off", "authentication is a mapping, or off")
				return authDraft{}, false
			case v.node.Kind != yaml.MappingNode:
				w.report(v, long, "authentication is a mapping, or off, and not %s", v.describe())
				return authDraft{}, false
			}
			var s authSettings
			if !fill(w, v, w.tables.auth, &s) || !w.tables.auth.sound(&s) {
				return authDraft{}, false
			}
			return w.authentication(v, &s, long)
		},
	}
}

// authSchema is what authentication may be.
func authSchema() schema {
	off := schema{Type: types{"string"}, Pattern: "^off$", PatternError: "this is neither off nor a mapping with keys or pass"}
	return orMapping(off, newTable("authentication", authFields()))
}

// isWord says whether a value is one of the words, however YAML understands it.
func isWord(v value, words ...string) bool {
	return v.node.Kind == yaml.ScalarNode && slices.Contains(words, v.node.Value)
}

// authentication puts the keys of authentication together, each of which is right in itself.
func (w *walker) authentication(v value, s *authSettings, long string) (authDraft, bool) {
	idle := []struct {
		name string
		at   value
	}{{"active", s.active.at}, {"mode", s.mode.at}, {"replay", s.replay.at}, {"window", s.window.at}}
	ok := true
	switch {
	case s.pass.ok() && s.keys.ok():
		w.report(s.pass.at, "remove one of them", "authentication has both pass and keys")
		return authDraft{}, false
	case !s.pass.ok() && !s.keys.ok():
		w.report(v, long, "authentication has neither keys nor pass")
		return authDraft{}, false
	case s.pass.ok():
		for _, k := range idle {
			if k.at.written() {
				w.report(k.at, "remove it", "%s is for keys, and a password has none of it", k.name)
				ok = false
			}
		}
		return authDraft{Authentication: Authentication{Pass: s.pass.value}, passAt: s.pass.at}, ok
	}
	w.tables.auth.inherit(s, &w.tables.authDefaults)
	active, ok := w.activeKey(v, s)
	return authDraft{Authentication: Authentication{
		Keys: s.keys.value, Active: active, Mode: s.mode.value, Replay: s.replay.value, Window: s.window.value,
	}, windowAt: s.window.at}, ok
}

// activeKey returns the number of the key that signs.
func (w *walker) activeKey(v value, s *authSettings) (uint8, bool) {
	keys := s.keys.value
	var numbers []string
	for _, k := range keys {
		if s.active.ok() && k.ID == s.active.value {
			return k.ID, true
		}
		numbers = append(numbers, strconv.Itoa(int(k.ID)))
	}
	switch {
	case s.active.ok():
		w.report(s.active.at, "the numbers are "+strings.Join(numbers, ", "), "active is %d, and there is no key of that number", s.active.value)
	case len(keys) == 1:
		return keys[0].ID, true
	default:
		w.report(s.keys.at, "write active: "+numbers[0], "nothing says which of the keys %s signs", strings.Join(numbers, ", "))
	}
	return 0, false
}
