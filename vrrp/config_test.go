package vrrp

import (
	"net/netip"
	"strings"
	"testing"
)

func TestValidateFindsWhatAMachineCannotWorkWith(t *testing.T) {
	for want, spoil := range map[string]func(*Config){
		"":                        func(*Config) {},
		"a VRID is":               func(c *Config) { c.VRID = 0 },
		"a priority is":           func(c *Config) { c.Priority = 0 },
		"not 0s":                  func(c *Config) { c.Interval = 0 },
		"not 40.96s":              func(c *Config) { c.Interval = MaxInterval + 1 },
		"1 adverts missed":        func(c *Config) { c.DownAdverts = 1 },
		"no address to advertise": func(c *Config) { c.Addresses = nil },
		"whole seconds":           func(c *Config) { c.Version, c.Interval = Version2, 150 },
		"of 150ms has a part":     func(c *Config) { c.Version, c.Interval = Version2And3, 15 },
		"IPv4 alone": func(c *Config) {
			c.Version, c.Addresses = Version2, append(c.Addresses, netip.MustParseAddr("2001:db8::100"))
		},
	} {
		cfg := stock(100)
		spoil(&cfg)
		err := cfg.Validate()
		if (err != nil) != (want != "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("Validate() = %v, want %q", err, want)
		}
		if panicked := panics(func() { NewMachine(cfg) }); panicked != (err != nil) {
			t.Errorf("%q: NewMachine panics: %t", want, panicked)
		}
		b := newBackup(t, stock(100))
		if panicked := panics(func() { b.m.Step(b.now, Reconfigured{Config: cfg}) }); panicked != (err != nil) {
			t.Errorf("%q: Reconfigured panics: %t", want, panicked)
		}
	}
}

func panics(f func()) (panicked bool) {
	defer func() { panicked = recover() != nil }()
	f()
	return false
}
