package vrrp

import (
	"crypto/hmac"
	"errors"
	"fmt"
	"slices"
	"time"
)

// The bounds of a secret key, in bytes, and of a window: draft-cassen-vrrp-auth-hmac.
const (
	MinKey = 32
	MaxKey = 64

	MinWindow = time.Second
	MaxWindow = 300 * time.Second
)

// Key is a secret that adverts are signed with, and the number that says in a trailer which one it was. However it is
// printed, logged or marshalled, the secret is not shown.
type Key struct {
	id     uint8
	secret *sealed
}

// sealed keeps bytes from being printed with a structure that has a Key in a hidden field, whose methods package fmt does
// not call. It does follow a pointer there, for a verb that does not fit, but never two.
type sealed struct{ bytes *[]byte }

// NewKey returns a key. The id is 1 to 255, the secret [MinKey] to [MaxKey] bytes; it is copied.
func NewKey(id uint8, secret []byte) (Key, error) {
	switch {
	case id == 0:
		return Key{}, errors.New("the number of a key is 1 to 255")
	case len(secret) < MinKey || len(secret) > MaxKey:
		return Key{}, fmt.Errorf("a key has %d to %d bytes, not %d", MinKey, MaxKey, len(secret))
	}
	secret = slices.Clone(secret)
	return Key{id: id, secret: &sealed{&secret}}, nil
}

// ID returns the number of the key.
func (k Key) ID() uint8 { return k.id }

// Equal says that both have the same number and the same secret, and takes the same time whatever the secrets are.
func (k Key) Equal(o Key) bool {
	if k.secret == nil || o.secret == nil {
		return k == o
	}
	return k.id == o.id && hmac.Equal(*k.secret.bytes, *o.secret.bytes)
}

// String names the key.
func (k Key) String() string { return fmt.Sprintf("key %d", k.id) }

// Format is [Key.String] for every verb: %v would show the bytes.
func (k Key) Format(f fmt.State, _ rune) { _, _ = fmt.Fprint(f, k.String()) }

// MarshalText is [Key.String], for encoding/json, log/slog and others.
func (k Key) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// AuthMode says what a router does about trailers. A cluster goes through the three in their order, from the last one to
// the first, and loses no advert on the way.
type AuthMode uint8

// The modes.
const (
	AuthEnforce     AuthMode = iota // signs, and takes signed adverts alone
	AuthPermissive                  // signs, and takes unsigned adverts too
	AuthReceiveOnly                 // does not sign, verifies what is signed, and takes unsigned adverts too
)

// String returns the word of the configuration file.
func (m AuthMode) String() string {
	switch m {
	case AuthEnforce:
		return "enforce"
	case AuthPermissive:
		return "permissive"
	case AuthReceiveOnly:
		return "receive-only"
	}
	return "invalid"
}

// Replay says how an advert that was recorded and is sent again is told from a new one.
type Replay uint8

// The ways.
const (
	ReplayTime      Replay = iota // by the clocks of both, which agree within a window, and by growing numbers
	ReplayMonotonic               // by growing numbers alone
)

// String returns the word of the configuration file.
func (r Replay) String() string {
	switch r {
	case ReplayTime:
		return "time"
	case ReplayMonotonic:
		return "monotonic"
	}
	return "invalid"
}

// Keyring is how the adverts of a router are signed and verified. It is read only once handed over.
type Keyring struct {
	Keys   []Key // adverts signed with any of them are taken
	Active uint8 // the one that signs
	Mode   AuthMode
	Replay Replay
	Window time.Duration // of ReplayTime: whole seconds, [MinWindow] to [MaxWindow]
}

// Validate says what makes the keyring unusable, or nil.
func (k *Keyring) Validate() error {
	if len(k.Keys) == 0 {
		return errors.New("there is no key")
	}
	var known [256]bool
	for _, key := range k.Keys {
		switch {
		case key.id == 0:
			return errors.New("the number of a key is 1 to 255")
		case known[key.id]:
			return fmt.Errorf("there are two keys of number %d", key.id)
		}
		known[key.id] = true
	}
	switch {
	case !known[k.Active]:
		return fmt.Errorf("adverts are to be signed with key %d, which is not among the keys", k.Active)
	case k.Replay == ReplayTime && (k.Window < MinWindow || k.Window > MaxWindow || k.Window%time.Second != 0):
		return fmt.Errorf("a window is %d to %d whole seconds, not %s", MinWindow/time.Second, MaxWindow/time.Second, k.Window)
	}
	return nil
}
