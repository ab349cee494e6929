// Package service runs what is to run where a router is Active: units of systemd, or commands that start, stop and tell.
//
// The engine says for each router whether its services are wanted, with [Manager.Want], and is told by a [Result] when
// they all run, when they are all stopped, or what went wrong. Services of a router start one after the other in the
// order of the file and stop in reverse. While something is to be done for a router, one goroutine does it, one thing at a
// time; routers do not wait for each other.
//
// The decision what to do next is next in plan.go, a pure function of what is wanted and what is known; worker.go carries
// it out, and reads the wish again after each step. The package never decides which node serves, does not look after a
// service that runs (a tracker does), and tries nothing again by itself: after a failure the engine yields the router.
package service
