package vrrp

import (
	"errors"
	"fmt"
	"net/netip"
	"reflect"
	"slices"
	"time"
)

// Farewell is how a router departs.
type Farewell uint8

// The farewells.
const (
	// FarewellPlain says priority 0 once and keeps the addresses until the successor is heard.
	FarewellPlain Farewell = iota
	// FarewellFast also makes the successor quick: its takeover lasts milliseconds instead of Skew_Time.
	FarewellFast
)

// String returns the word of the configuration file.
func (f Farewell) String() string {
	switch f {
	case FarewellPlain:
		return "plain"
	case FarewellFast:
		return "fast"
	}
	return "invalid"
}

// Config is what a machine is told. It is read only once handed over.
type Config struct {
	Version      Version
	VRID         uint8         // 1 to 255
	Priority     uint8         // effective priority, 1 to 254; 255 for the owner of the addresses
	Interval     Centiseconds  // Advertisement_Interval; whole seconds unless Version is Version3
	DownAdverts  int           // adverts missed before a takeover, 2 or more; the RFC's is 3
	Preempt      bool          // Preempt_Mode: take over from an Active of lower priority
	PreemptDelay time.Duration // how long a lower Active is suffered before Preempt_Mode acts
	StartupDelay time.Duration // how long Initialize lasts after Startup

	Addresses    []netip.Addr // the advertised addresses, in order; at least one
	Unadvertised []netip.Addr // held and announced together with them, never advertised

	Farewell Farewell
	Others   int   // how many other nodes may serve
	Gap      uint8 // the smallest distance between two of their priorities; 0: two are equal

	// Quickest is the shortest interval that the others may be made quick with, for a caller that has so many routers
	// that it cannot send all their adverts every centisecond. 0: a centisecond.
	Quickest Centiseconds

	Lease   time.Duration // valid lifetime of the addresses in the kernel, whole seconds; 0: for ever
	Refresh time.Duration // how often an Active announces again; 0: never

	// Grid is any instant at which an advert is due: later ones are whole intervals away from it, so that routers
	// share ticks and the rate does not drift. Zero: the moment of promotion.
	Grid time.Time
}

// Validate says what a machine could not work with.
func (c *Config) Validate() error {
	switch {
	case c.VRID == 0:
		return errors.New("a VRID is 1 to 255")
	case c.Priority == 0:
		return errors.New("a priority is 1 to 255")
	case !c.Interval.Valid():
		return fmt.Errorf("an advertisement interval is %s to %s, not %s", MinInterval, MaxInterval, c.Interval)
	case c.Version != Version3 && c.Interval%perSecond != 0:
		return fmt.Errorf("version 2 counts whole seconds, and an advertisement interval of %s has a part of one", c.Interval)
	case c.DownAdverts < 2:
		return fmt.Errorf("%d adverts missed are too few: the next one is always a little late", c.DownAdverts)
	case len(c.Addresses) == 0:
		return errors.New("there is no address to advertise")
	case c.Version == Version2 && slices.ContainsFunc(c.Addresses, netip.Addr.Is6):
		return errors.New("version 2 is IPv4 alone")
	}
	return nil
}

// must panics where [Config.Validate] has something to say.
func (c *Config) must() {
	if err := c.Validate(); err != nil {
		panic("vrrp: " + err.Error())
	}
}

// Held returns all addresses that an Active Router holds, in order.
func (c *Config) Held() []netip.Addr { return slices.Concat(c.Addresses, c.Unadvertised) }

// Equal says whether two configurations are the same.
func (c Config) Equal(o Config) bool {
	sameAddresses := slices.Equal(c.Addresses, o.Addresses) && slices.Equal(c.Unadvertised, o.Unadvertised)
	sameGrid := c.Grid.Equal(o.Grid)
	c.Addresses, c.Unadvertised, c.Grid = nil, nil, time.Time{}
	o.Addresses, o.Unadvertised, o.Grid = nil, nil, time.Time{}
	return sameAddresses && sameGrid && reflect.DeepEqual(c, o)
}
