package conformance

import (
	"errors"
	"net/netip"
	"os/exec"
	"time"

	"github.com/aloft-ha/aloft/internal/lab"
)

// ErrNotInstalled is wrapped by the error of [Driver.Version] where there is no such daemon on this machine.
var ErrNotInstalled = errors.New("not installed")

// Router is a virtual router that a daemon is to be configured with.
type Router struct {
	VRID      uint8
	Priority  uint8 // 255: it owns the addresses
	Interval  time.Duration
	Addresses []netip.Addr // of one family; in IPv6 the first is link-local, unless GlobalOnly
	NoPreempt bool         // Preempt_Mode False
	Unicast   bool         // adverts go to the peer alone
	Password  string       // version 2, type 1 of RFC 2338: at most 8 bytes; "": no authentication
}

// Setup is how a daemon is to be configured.
type Setup struct {
	Profile
	Name, PeerName string     // of this machine and of the other
	Self, Peer     netip.Addr // their addresses; in IPv6 link-local
	Interface      string
	Routers        []Router
}

// Traits are what the suite has to know of a daemon.
type Traits struct {
	Name string

	// Form is the checksum that the tester sends to it in IPv4 version 3, where a case is not about that.
	Form Form

	// GlobalOnly says that in IPv6 a router of it has no link-local address among its own.
	GlobalOnly bool

	// Differs are the rules that it does not keep on purpose or unless told to, each with the reason.
	Differs map[Deviation]string
}

// Driver is how a daemon is run.
type Driver interface {
	Traits() Traits

	// Version returns what the daemon says that it is. Without such a daemon the error wraps [ErrNotInstalled].
	Version() (string, error)

	// Cannot says why the daemon cannot be configured so, in a few words; "" if it can.
	Cannot(s Setup) string

	// Configure writes the daemon's files into dir, prepares the host, and returns the commands that run the daemon in the
	// foreground, in the order of their start. SIGTERM ends each, in the reverse order. At a later start of the host's daemon,
	// with another setup, it is called again with the same directory.
	Configure(h *lab.Host, dir string, s Setup) ([]*exec.Cmd, error)
}
