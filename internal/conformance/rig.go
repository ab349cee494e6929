package conformance

import (
	"context"
	"net"
	"net/netip"
	"time"
)

// The hosts of a LAN. Their addresses are in this order, the tester's the lowest.
const (
	tester  = "tester"
	subject = "subject" // the daemon that is judged
	partner = "partner" // a second daemon, where a case needs a pair
)

// rig is a LAN with daemons, as a case sees it. What it records is in the order of arrival.
type rig interface {
	// mac returns a host's MAC address, source the address that its adverts come from, and global one that is not link-local.
	mac(host string) net.HardwareAddr
	source(host string) netip.Addr
	global(host string) netip.Addr

	// configure gives a host's daemon a setup, start starts it, and stop ends it in good order and waits for that.
	configure(host string, s Setup) error
	start(host string) error
	stop(ctx context.Context, host string) error

	// cut takes a host off the LAN, and heal puts it back; its link stays up.
	cut(host string) error
	heal(host string) error

	// send puts a frame on the LAN from the tester.
	send(frame []byte) error

	// await returns the first frame at or after a time that matches, or the context's error; frames returns those so far.
	await(ctx context.Context, since time.Time, match func(*Frame) bool) (Frame, error)
	frames(since time.Time, match func(*Frame) bool) []Frame

	// dead says how a host's daemon ended, if it did so by itself; only for the words of an error.
	dead(host string) string

	close() error
}
