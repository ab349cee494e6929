// Package keepalived reads keepalived.conf files as keepalived would, with includes, conditions, definitions and loops,
// and makes one cluster of the files of several nodes.
//
// It never drops a statement silently: each is carried over or becomes a note that says where it stands, what it was
// and what to do instead. It never runs anything, reads no environment, and is bounded in all it does, so that no file
// can hang it. The command aloft import keepalived calls it.
package keepalived
