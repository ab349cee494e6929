// Package wire is the daemon's raw sockets: VRRP (IP protocol 112) over IPv4 and IPv6, multicast and unicast.
//
// A [Net] is one epoll set with one socket per interface and family, a timer and a wake-up, and it is owned by one
// goroutine, the engine's: that goroutine waits in [Net.Wait], takes what has come with [Net.Receive] and sends with
// [Net.Send], so a datagram reaches the state machines without passing through a second goroutine. Only [Net.Wake] may
// be called from elsewhere.
//
// The package knows nothing of VRRP's contents: it moves payloads with their addresses, hop limits and the kernel's
// receive time, in batches (recvmmsg, sendmmsg), and never blocks outside Wait.
package wire
