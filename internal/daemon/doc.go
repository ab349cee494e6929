// Package daemon is what `aloft run` runs: it finds out which node this is, takes the lock, and starts the engine and
// what feeds it, each a blocking Run that is joined at the end.
//
//	link.Monitor ─ snapshots ─► Engine ─ orders ─► vip.Manager ─► kernel
//	             └ hints ─────────────────────────►     │
//	vip.Listener ─ sightings ─► Engine ◄─── results ────┘
//
// It decides nothing about a virtual router.
package daemon
