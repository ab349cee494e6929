// Package daemon is what `aloft run` runs: it finds out which node this is, takes the lock, and starts the engine and
// what feeds it and what it feeds, each a blocking Run that is joined at the end.
//
//	link.Monitor ─ snapshots ─► Engine ─ orders ─► vip.Manager ─► kernel
//	             └ hints ─────────────────────────►     │
//	vip.Listener ─ sightings ─► Engine ◄─── results ────┘
//	tracker.Manager ─ statuses ─► Engine ─ wishes ─► service.Manager ─ results ─► Engine
//	                              Engine ─ events ─► notify.Notifier
//
// What the last three run, one command.Runner starts, which ends last.
//
// It decides nothing about a virtual router.
package daemon
