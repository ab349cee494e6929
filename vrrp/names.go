package vrrp

import "fmt"

// MarshalText returns the name, so that what is saved or printed does not depend on how the values are numbered.
func (s State) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads a name. It fails on one that it does not know.
func (s *State) UnmarshalText(text []byte) error { return readName(s, text) }

// MarshalText returns the name, so that what is saved or printed does not depend on how the values are numbered.
func (r Reason) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// UnmarshalText reads a name. It fails on one that it does not know.
func (r *Reason) UnmarshalText(text []byte) error { return readName(r, text) }

// MarshalText returns the name, so that what is saved or printed does not depend on how the values are numbered.
func (f Fault) MarshalText() ([]byte, error) { return []byte(f.String()), nil }

// UnmarshalText reads a name. It fails on one that it does not know.
func (f *Fault) UnmarshalText(text []byte) error { return readName(f, text) }

// readName sets e to the value of that name. Every String ends with "invalid" for what is past the last value.
func readName[E interface {
	~uint8
	String() string
}](e *E, text []byte) error {
	for v := E(0); v.String() != "invalid"; v++ {
		if v.String() == string(text) {
			*e = v
			return nil
		}
	}
	return fmt.Errorf("unknown %T %q", *e, text)
}
