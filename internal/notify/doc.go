// Package notify tells the world outside of aloft that a router or a group has changed its condition on this node: it
// runs the commands and writes the FIFO lines that the file asks for, in the words and the order of keepalived.
//
// It never holds up whoever tells it of a change, and a command of one router never waits for one of another, up to a
// bound over all. It starts no process itself; a [Runner] does. The daemon configures it, and the engine's events go to
// [Notifier.Tell].
package notify
