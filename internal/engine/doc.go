// Package engine runs all virtual routers of this node: it is the one goroutine that owns protocol state.
//
// Each time it wakes it does the same things in the same order: take what the sockets have (bounded), tick the machines
// that are due, send their adverts in one batch, hand the address orders to the address manager, and only then read its
// mail: link snapshots, the address manager's results, sightings, what trackers found, what became of services, a new
// configuration, the order to stop. It waits in one place, [Wire.Wait], and for nothing else: not for the kernel's address
// tables, a disk, a command or a log.
//
// The decisions are elsewhere: package vrrp decides what a router does and whose adverts are genuine, package tracker what
// priority it has, resolve.go where it lives, grid.go when its adverts are due. The engine only carries values between them
// and the world. It runs on real sockets in the daemon, and on a simulated link in tests.
package engine
