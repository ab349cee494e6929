// Package heartbeat reads the files of Linux-HA heartbeat's first style (ha.cf, haresources, authkeys) and makes a
// cluster of aloft of them.
//
// [Import] is all there is: text in, a cluster and notes out. Whatever the files say either is in the cluster or has a
// note with its line; nothing is dropped in silence. What heartbeat itself would not start with is refused, because
// then nobody can know what the files were meant to do. The package opens no file, looks up no name, asks nothing of
// the host, and never repeats an argument that may be a secret: no key, no password of a fencing device. The command
// aloft import heartbeat calls it.
package heartbeat
