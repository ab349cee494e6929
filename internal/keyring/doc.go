// Package keyring reads the keys that adverts are signed with from where the configuration says that they are: files,
// credentials of systemd, and the configuration itself.
//
// [Load] fills in the keyrings of one node, and reports all that is wrong with the sources at once, each with its place in
// the configuration. It never shows a byte of a key. The daemon calls it at its start and at each reload.
package keyring
