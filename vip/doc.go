// Package vip puts floating addresses into the kernel and takes them away, and tells the link about them.
//
// A [Manager] holds a desired set per owner and converges the kernel to it from a fresh reading, so a first claim, a
// restart, a reload and an address that somebody deleted by hand are one case. Addresses are leased: they carry a
// finite valid lifetime that has to be renewed, so that a daemon that dies or hangs loses them.
//
// The package never decides who holds an address and never renews a lease by itself; the engine orders each step. It
// never touches an address that is not its own. Ours carry IFA_PROTO 112, and are configured, wanted or recorded in the
// state file; where the kernel has no IFA_PROTO (before Linux 5.18) the record alone decides.
package vip
