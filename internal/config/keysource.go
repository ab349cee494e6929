package config

import (
	"cmp"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"gopkg.in/yaml.v3"

	"github.com/aloft-ha/aloft/vrrp"
)

// The schemas of what stands in authentication. They bound no length: a schema counts characters, and keys have bytes.
const (
	keyNumbers  = "^(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9][0-9]?)$"
	keySources  = `^(file:/|hex:[0-9A-Fa-f]+$|text:|credential:[^/]+$)`
	keyPrefixes = "write file:/PATH, credential:NAME, hex:DIGITS or text:WORDS"
)

// maxCredential is the longest name of a credential, that of a file.
const maxCredential = 255

// passKind reads a password. A number or a truth is taken as it is written, as keepalived takes it: 1111 is a password.
func passKind() kind[Secret] {
	text := schema{Type: types{"string", "number", "boolean"}, Pattern: `[\s\S]`, PatternError: "the password is empty"}
	return kind[Secret]{typ: "a password", limits: "1 to 8 bytes", schema: text, read: func(w *walker, v value) (Secret, bool) {
		switch pass := v.node.Value; {
		case v.node.Kind != yaml.ScalarNode:
			w.wrongKind(v, "a password")
		case pass == "":
			w.report(v, "write authentication: off to do without", "pass is empty")
		case strings.ContainsFunc(pass, unicode.IsControl):
			w.report(v, "", "pass has a control character in it")
		default:
			w.inline = append(w.inline, w.placeOf(v))
			if len(pass) > MaxPass {
				w.warn(v, "write the first eight alone", "pass has %d bytes, and an advert has room for %d: the rest is cut off, as keepalived does it", len(pass), MaxPass)
				pass = pass[:MaxPass]
			}
			return Secret(pass), true
		}
		return "", false
	}}
}

// keyMap reads the keys by their numbers. No message repeats a key, nor a number that is none: it may be a key too.
func keyMap() kind[[]KeySource] {
	numbers := schema{Type: types{"string"}, Pattern: keyNumbers, PatternError: "the number of a key is 1 to 255"}
	sources := schema{Type: types{"string"}, Pattern: keySources, PatternError: "a key is file:/PATH, credential:NAME, hex:DIGITS or text:WORDS"}
	keys := byName(&numbers, sources)
	keys.MinProperties = 1
	return kind[[]KeySource]{typ: "a mapping from number to key", limits: "file:/PATH, credential:NAME, hex:DIGITS or text:WORDS", schema: keys, read: func(w *walker, v value) ([]KeySource, bool) {
		if v.node.Kind != yaml.MappingNode {
			w.report(v, "write {1: file:/etc/aloft/keys/web}", "keys is a mapping from number to key, not %s", v.describe())
			return nil, false
		}
		entries, ok := w.entries(v, "a mapping from number to key")
		if ok && len(entries) == 0 {
			w.report(v, "", "keys is empty")
			return nil, false
		}
		var list []KeySource
		for _, e := range entries {
			id, err := strconv.ParseUint(e.name, 10, 8)
			if err != nil || id == 0 || e.name != strconv.Itoa(int(id)) {
				e.key.path = v.path
				w.report(e.key, "write 1: file:/etc/aloft/keys/web", "the number of a key is 1 to 255, and this is none")
				ok = false
				continue
			}
			k, good := w.keySource(e.value, uint8(id))
			list, ok = append(list, k), ok && good
		}
		slices.SortFunc(list, func(a, b KeySource) int { return cmp.Compare(a.ID, b.ID) })
		return list, ok
	}}
}

// keySource reads one key.
func (w *walker) keySource(v value, id uint8) (KeySource, bool) {
	k := KeySource{ID: id, At: w.placeOf(v)}
	v.name = fmt.Sprintf("key %d", id)
	if v.node.Kind != yaml.ScalarNode || null(v.node) {
		w.report(v, keyPrefixes, "%s is a text with a prefix, not %s", v.name, v.describe())
		return k, false
	}
	prefix, text, _ := strings.Cut(v.node.Value, ":")
	for _, kind := range []KeyKind{KeyFile, KeyHex, KeyText, KeyCredential} {
		if kind.String() == prefix {
			k.Kind, k.Value = kind, Secret(text)
		}
	}
	var err error
	switch k.Kind {
	case KeyFile:
		if _, ok := path(maxPath).read(&walker{}, value{node: &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: text}}); !ok {
			err = errors.New("what follows file: is no whole path, from / on")
		}
	case KeyHex, KeyText:
		w.inline = append(w.inline, k.At)
		_, err = KeyBytes(k.Kind, text)
	case KeyCredential:
		if text == "" || len(text) > maxCredential || strings.Contains(text, "/") || strings.ContainsFunc(text, unicode.IsControl) || text == "." || text == ".." {
			err = errors.New("what follows credential: is no name of a credential")
		}
	default:
		w.report(v, keyPrefixes, "%s does not say where it comes from", v.name)
		return k, false
	}
	if err != nil {
		w.report(v, "", "%s: %v", v.name, err)
	}
	return k, err == nil
}

// KeyBytes returns the bytes of a key: of digits for [KeyHex], of words for [KeyText], and for the others of what is in
// the file, which are hex:DIGITS or the bytes themselves. The error says what is wrong and repeats nothing of it.
func KeyBytes(kind KeyKind, text string) ([]byte, error) {
	digits, isHex := text, kind == KeyHex
	if kind == KeyFile || kind == KeyCredential {
		digits, isHex = strings.CutPrefix(text, KeyHex.String()+":")
	}
	secret := []byte(text)
	if isHex {
		var err error
		if secret, err = hex.DecodeString(digits); errors.Is(err, hex.ErrLength) {
			return nil, fmt.Errorf("the number of hexadecimal digits is odd: %d", len(digits))
		} else if err != nil {
			return nil, errors.New("what follows hex: has something else than hexadecimal digits in it")
		}
	}
	if len(secret) < vrrp.MinKey || len(secret) > vrrp.MaxKey {
		return nil, fmt.Errorf("a key has %d to %d bytes, and this one has %d", vrrp.MinKey, vrrp.MaxKey, len(secret))
	}
	return secret, nil
}
