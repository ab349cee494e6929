package vrrp

import (
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
	VRID         uint8         // 1 to 255
	Priority     uint8         // effective priority, 1 to 254; 255 for the owner of the addresses
	Interval     Centiseconds  // Advertisement_Interval
	DownAdverts  int           // adverts missed before a takeover; the RFC's is 3
	Preempt      bool          // Preempt_Mode: take over from an Active of lower priority
	PreemptDelay time.Duration // how long a lower Active is suffered before Preempt_Mode acts
	StartupDelay time.Duration // how long Initialize lasts after Startup

	Addresses    []netip.Addr // the advertised addresses, in order; at least one
	Unadvertised []netip.Addr // held and announced together with them, never advertised

	Farewell Farewell
	Others   int   // how many other nodes may serve
	Gap      uint8 // the smallest distance between two of their priorities; 0: two are equal

	Lease   time.Duration // valid lifetime of the addresses in the kernel, whole seconds; 0: for ever
	Refresh time.Duration // how often an Active announces again; 0: never

	// Grid is any instant at which an advert is due: later ones are whole intervals away from it, so that routers
	// share ticks and the rate does not drift. Zero: the moment of promotion.
	Grid time.Time
}

// held returns all addresses that an Active Router holds, in order.
func (c *Config) held() []netip.Addr { return slices.Concat(c.Addresses, c.Unadvertised) }

// Equal says whether two configurations are the same.
func (c Config) Equal(o Config) bool {
	sameAddresses := slices.Equal(c.Addresses, o.Addresses) && slices.Equal(c.Unadvertised, o.Unadvertised)
	sameGrid := c.Grid.Equal(o.Grid)
	c.Addresses, c.Unadvertised, c.Grid = nil, nil, time.Time{}
	o.Addresses, o.Unadvertised, o.Grid = nil, nil, time.Time{}
	return sameAddresses && sameGrid && reflect.DeepEqual(c, o)
}
