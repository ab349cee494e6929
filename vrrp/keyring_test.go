package vrrp

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"log/slog"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestNewKeyBounds(t *testing.T) {
	for _, test := range []struct {
		id   uint8
		size int
		want string // of the error
	}{
		{0, 32, "the number of a key is 1 to 255"},
		{1, 0, "a key has 32 to 64 bytes, not 0"},
		{1, 31, "a key has 32 to 64 bytes, not 31"},
		{1, 32, ""},
		{255, 64, ""},
		{1, 65, "a key has 32 to 64 bytes, not 65"},
	} {
		key, err := NewKey(test.id, make([]byte, test.size))
		if got := errorText(err); got != test.want {
			t.Errorf("NewKey(%d, %d bytes): %q, want %q", test.id, test.size, got, test.want)
		}
		if err == nil && key.ID() != test.id {
			t.Errorf("ID = %d, want %d", key.ID(), test.id)
		}
	}
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func TestNewKeyCopiesTheSecret(t *testing.T) {
	secret := bytes.Clone(vectorKey)
	key := newKey(1, secret)
	clear(secret)
	if !key.Equal(newKey(1, vectorKey)) {
		t.Error("the key changed with the bytes that it was made of")
	}
}

func TestKeyEqual(t *testing.T) {
	key := newKey(1, vectorKey)
	for _, test := range []struct {
		name string
		o    Key
		want bool
	}{
		{"the same", newKey(1, vectorKey), true},
		{"another number", newKey(2, vectorKey), false},
		{"another secret", newKey(1, bytes.Repeat([]byte{1}, 32)), false},
		{"a longer secret", newKey(1, append(bytes.Clone(vectorKey), 0)), false},
		{"none", Key{}, false},
	} {
		if key.Equal(test.o) != test.want || test.o.Equal(key) != test.want {
			t.Errorf("%s: Equal = %v, %v, want %v", test.name, key.Equal(test.o), test.o.Equal(key), test.want)
		}
	}
	if !(Key{}).Equal(Key{}) {
		t.Error("no key is not equal to no key")
	}
	// What compares whole configurations sees what is behind the pointer.
	other := ring(func(k *Keyring) { k.Keys[0] = newKey(1, make([]byte, 32)) })
	if !reflect.DeepEqual(ring(), ring()) || reflect.DeepEqual(ring(), other) {
		t.Error("reflect.DeepEqual does not compare secrets")
	}
	if diff := cmp.Diff(ring(), ring()); diff != "" {
		t.Errorf("two rings alike (-want +got):\n%s", diff)
	}
}

func TestKeyringValidate(t *testing.T) {
	second := newKey(2, bytes.Repeat([]byte{2}, 32))
	all := func(k *Keyring) {
		k.Keys = nil
		for id := 1; id <= 255; id++ {
			k.Keys = append(k.Keys, newKey(uint8(id), vectorKey))
		}
	}
	twice := func(k *Keyring) { k.Keys = append(k.Keys, second, second) }
	const windows = "a window is 1 to 300 whole seconds, not "
	for _, test := range []struct {
		name    string
		changes []func(*Keyring)
		want    string
	}{
		{"one key", nil, ""},
		{"two keys", []func(*Keyring){func(k *Keyring) { k.Keys, k.Active = append(k.Keys, second), 2 }}, ""},
		{"all keys", []func(*Keyring){all}, ""},
		{"no key", []func(*Keyring){func(k *Keyring) { k.Keys = nil }}, "there is no key"},
		{"a zero key", []func(*Keyring){func(k *Keyring) { k.Keys = append(k.Keys, Key{}) }}, "the number of a key is 1 to 255"},
		{"a number twice", []func(*Keyring){twice}, "there are two keys of number 2"},
		{
			"no active",
			[]func(*Keyring){func(k *Keyring) { k.Active = 0 }},
			"adverts are to be signed with key 0, which is not among the keys",
		},
		{
			"another active",
			[]func(*Keyring){func(k *Keyring) { k.Active = 7 }},
			"adverts are to be signed with key 7, which is not among the keys",
		},
		{
			"another active, receive-only",
			[]func(*Keyring){receiveOnly, func(k *Keyring) { k.Active = 7 }},
			"adverts are to be signed with key 7, which is not among the keys",
		},
		{"no window", []func(*Keyring){window(0)}, windows + "0s"},
		{"too narrow", []func(*Keyring){window(time.Second - 1)}, windows + "999.999999ms"},
		{"narrowest", []func(*Keyring){window(time.Second)}, ""},
		{"part of a second", []func(*Keyring){window(1500 * time.Millisecond)}, windows + "1.5s"},
		{"widest", []func(*Keyring){window(300 * time.Second)}, ""},
		{"too wide", []func(*Keyring){window(301 * time.Second)}, windows + "5m1s"},
		{"backwards", []func(*Keyring){window(-time.Second)}, windows + "-1s"},
		{"no window, monotonic", []func(*Keyring){monotonic, window(0)}, ""},
	} {
		k := ring(test.changes...)
		if got := errorText(k.Validate()); got != test.want {
			t.Errorf("%s: %q, want %q", test.name, got, test.want)
		}
	}
}

// holder holds what knows a secret, in all ways that a structure can.
type holder struct {
	Key      Key
	hidden   Key
	Pointer  *Key
	List     []Key
	list     []Key
	Map      map[string]Key
	byNumber map[uint8]Key
	Ring     Keyring
	ring     Keyring
	RingAt   *Keyring
	Signer   *Signer
	signer   *Signer
	Sign     Signer
	sign     Signer
	Verifier *Verifier
	verify   Verifier
	Any      any
	any      any
}

// secretForms are all the ways in which printing could show a piece of the secret: bytes, digits, and the same of what an
// HMAC makes of a key before it hashes it.
func secretForms(secret []byte) []string {
	var forms []string
	for _, pad := range []byte{0, 0x36, 0x5c} {
		padded := bytes.Clone(secret)
		for i := range padded {
			padded[i] ^= pad
		}
		for i := 0; i+6 <= len(padded); i += 3 {
			part := padded[i : i+6]
			forms = append(
				forms, string(part), hex.EncodeToString(part), strings.ToUpper(hex.EncodeToString(part)), fmt.Sprintf("% x", part),
				fmt.Sprintf("% X", part), fmt.Sprintf("%#v", part)[len("[]byte{"):34], fmt.Sprint(part)[1:16],
				strings.ReplaceAll(fmt.Sprint(part)[1:16], " ", ","), strings.ReplaceAll(fmt.Sprint(part)[1:16], " ", ", "),
				base64.StdEncoding.EncodeToString(part), base64.URLEncoding.EncodeToString(part),
				strings.Trim(fmt.Sprintf("%q", part), `"`), fmt.Sprintf("%o", part)[1:16],
			)
		}
	}
	return forms
}

func TestSecretsAreNeverPrinted(t *testing.T) {
	secret := sha256.Sum256([]byte("a secret that is not of this text"))
	key := newKey(7, secret[:])
	k := Keyring{Keys: []Key{key}, Active: 7, Window: 5 * time.Second}
	s, w := NewSigner(k), NewVerifier(k)
	forged := signed(s, vectorTime)
	forged[len(forged)-1] ^= 1
	w.Verify(forged, source4, vectorTime)
	all := holder{
		Key: key, hidden: key, Pointer: &key, List: []Key{key}, list: []Key{key}, Map: map[string]Key{"a": key},
		byNumber: map[uint8]Key{7: key}, Ring: k, ring: k, RingAt: &k, Signer: s, signer: s, Sign: *s, sign: *s, Verifier: w,
		verify: *w, Any: key, any: key,
	}
	forms := secretForms(secret[:])
	forms = append(forms, secretForms(slowDigest(secret[:], forged, source4))...) // what would have made the forged one good
	look := func(what, text string) {
		t.Helper()
		for _, form := range forms {
			if strings.Contains(text, form) {
				t.Errorf("%s shows %q:\n%s", what, form, text)
				return
			}
		}
	}
	for name, value := range map[string]any{
		"Key": key, "*Key": &key, "[]Key": []Key{key}, "Keyring": k, "*Keyring": &k, "Signer": *s, "*Signer": s,
		"Verifier": *w, "*Verifier": w, "mac": s.mac, "holder": all, "*holder": &all, "[]any": []any{all, &all},
		"hidden Key": struct{ k Key }{key}, "error": fmt.Errorf("a %v, %+v, %#v", key, &key, k),
	} {
		for _, verb := range []string{"v", "+v", "#v", "s", "q", "x", "X", "# x", "d", "o", "b", "c", "U", "t", "e", "p", "T"} {
			look("%"+verb+" of "+name, fmt.Sprintf("%"+verb, value))
		}
		look("Sprint of "+name, fmt.Sprint(value))
		if text, err := json.Marshal(value); err == nil {
			look("json of "+name, string(text))
		}
		if text, err := xml.Marshal(value); err == nil {
			look("xml of "+name, string(text))
		}
		var out bytes.Buffer
		slog.New(slog.NewTextHandler(&out, nil)).Info("text", "value", value)
		slog.New(slog.NewJSONHandler(&out, nil)).Info("json", "value", value)
		look("slog of "+name, out.String())
	}
}

// The test above sees nothing in an empty text, and would not know a form that it does not have.
func TestSecretFormsFindASecret(t *testing.T) {
	secret := sha256.Sum256([]byte("another secret"))
	inner := hmac.New(sha256.New, secret[:])
	padded := bytes.Repeat([]byte{0x36}, 32)
	for i := range padded {
		padded[i] ^= secret[i]
	}
	for _, text := range []string{
		fmt.Sprint(secret), fmt.Sprintf("%#v", secret[:]), fmt.Sprintf("%x", secret), fmt.Sprintf("%X", secret), string(secret[:]),
		fmt.Sprintf("% x", secret), base64.StdEncoding.EncodeToString(secret[:]), fmt.Sprintf("%q", secret[:]),
		fmt.Sprintf("%o", secret), fmt.Sprint(padded), fmt.Sprintf("%+v", reflect.ValueOf(inner).Elem()),
		fmt.Sprintf("%+v", struct{ k []byte }{secret[:]}),
	} {
		if !slices.ContainsFunc(secretForms(secret[:]), func(form string) bool { return strings.Contains(text, form) }) {
			t.Errorf("not found in %s", text)
		}
	}
}

func TestKeyIsPrintedByItsNumber(t *testing.T) {
	key := newKey(7, vectorKey)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x", "%q", "%d"} {
		if got := fmt.Sprintf(verb, key); got != "key 7" {
			t.Errorf("%s = %q, want %q", verb, got, "key 7")
		}
	}
	if text, err := encoding.TextMarshaler(key).MarshalText(); err != nil || string(text) != "key 7" {
		t.Errorf("MarshalText = %q, %v, want %q", text, err, "key 7")
	}
	if got, want := fmt.Sprint(ring()), "{[key 1] 1 enforce time 5s}"; got != want {
		t.Errorf("keyring = %s, want %s", got, want)
	}
}
