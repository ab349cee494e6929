// Package link reads the host's links and addresses from netlink, as whole snapshots.
//
// A [Monitor] listens to the kernel's notifications only as hints: each one makes it read everything again, and what it
// publishes is always a complete [Snapshot]. A lost or doubled notification therefore cannot make it wrong. The package
// never changes anything in the kernel; package vip does. The daemon gives the snapshots to the engine and the trackers;
// `aloft init` reads one.
package link
