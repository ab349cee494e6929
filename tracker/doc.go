// Package tracker turns the health of what a router stands for (a proxy, a link, a gateway, a process) into a priority.
//
// A [Spec] says what is looked at and how often, a [Manager] looks, and a [Status] says what it found. One tracker serves
// all routers that name it; what its failing means to each of them is an [Effect], and [Weigh] adds the effects up: a
// pure function whose result has the sum, its parts and the reason of each.
//
// The package never talks to a virtual router and never changes anything on the host. It runs no command by itself: the
// caller says how scripts are run. In aloft, internal/config makes the specs, internal/daemon runs the manager, and
// internal/engine weighs.
package tracker
