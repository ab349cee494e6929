// Package conformance asks any VRRP daemon whether it keeps the rules: the cases of the operations test plan of the
// University of New Hampshire's InterOperability Laboratory (groups 1 to 4), and cases after the tests of VPP and holo
// (group 5), for versions 2 and 3 and both families.
//
// A [Case] is judged on the wire of a small LAN (package lab) and nowhere else: a tester sends adverts with whatever
// fields it likes, asks by ARP and neighbour solicitation, and reads what comes back with the kernel's receive times. What
// a daemon logs is never read. Each [Point] of a case states the sentence that it judges. The encoder, the decoder and the
// timers here are the suite's own, so that a mistake of package vrrp is not judged by itself.
//
// A daemon joins by a [Driver], which says how it is configured and what it cannot do. The package is called by `make
// conformance` and by tests; it is no part of the product. It needs root.
package conformance
