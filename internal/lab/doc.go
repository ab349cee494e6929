// Package lab builds a LAN of network namespaces on this machine, runs real daemons in it, breaks it, and measures what
// happened from the outside.
//
// A [LAN] is one switch (a kernel bridge in a namespace of its own) and any number of hosts, each in its namespace with
// one interface, eth0. A [Port] of the switch can be cut, healed, deafened, or lose its carrier. A [Process] is a
// program that runs on a host and cannot outlive the laboratory. A [Cluster] is a LAN with VRRP daemons, a client and
// the one configuration file that all of them read; [Play] tells its story to a person.
//
// Four observers say what happened, and none of them asks a daemon: a [Tap] reads the wire at the switch, a [Watcher]
// reads the addresses of every kernel, a [Probe] is the client who sends an echo request every millisecond, and a
// [WebClient] the one who asks a [Proxy] for a page as often. Tap and Probe carry the kernel's receive time, and all times
// of the package carry the monotonic clock, so that they can be compared with each other and with [time.Now].
//
// The package needs root and a Linux with bridges and veths; it needs no program but aloft, and haproxy for a [Proxy],
// keepalived or Debian's frr for a node that runs it.
package lab
