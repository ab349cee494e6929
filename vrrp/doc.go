// Package vrrp is the Virtual Router Redundancy Protocol, version 3 as RFC 9568 defines it and version 2 of RFC 3768: packets,
// checksums, intervals, the state machine of one virtual router, groups of them that move together, and the trailer that
// signs adverts.
//
// The package is pure. It opens no socket, reads no clock, starts no goroutine and writes no log: time is an argument,
// timers are data, and what has to be done in the world comes out of [Machine.Step] as an ordered list of actions.
// The same events at the same times give the same actions, always.
//
// A caller
//
//  1. parses what it receives with [Packet.Parse], verifies it with a [Verifier] where it has keys, and counts the [DropReason]
//     of what it refuses,
//  2. hands every event to [Group.Step] (or [Machine.Step]) and carries out the actions in their order,
//  3. reports the outcome of a [Send], which a [Signer] signs where there are keys, with [Sent], of a [Claim] or [Renew] with
//     [Held] or [ClaimFailed], and what became of the services of an Active Router, if it has any, with [Served],
//  4. steps with [Tick] when [Group.Deadline] has come.
//
// The words are those of RFC 9568: Active and Backup, Active_Down_Interval, Skew_Time. Where the machine goes beyond
// the RFC (the farewell, the challenge, stepping back after waking late, suffering who takes the addresses in turns) the
// comment says so, and docs/rfc9568.md argues it.
package vrrp
