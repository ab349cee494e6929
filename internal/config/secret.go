package config

import (
	"fmt"
	"log/slog"
)

// Secret is a text that nobody but its user may see. However it is printed, logged or marshalled, it does not show; a
// conversion to string gives it.
//
// The methods are found only where a Secret is reached by exported fields: what holds one keeps it in such a field.
type Secret string

// hidden stands in the place of a secret.
const hidden = "********"

// String returns asterisks, and nothing for no secret.
func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return hidden
}

// Format is [Secret.String] for every verb: %q and %x would show the text.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = fmt.Fprint(f, s.String()) }

// MarshalText is [Secret.String], for encoding/json and others.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// LogValue is [Secret.String], for log/slog.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }
