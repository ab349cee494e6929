// Package config reads aloft's one file, the same on every node, into validated values.
//
// [Parse] reports every mistake at once, each with its place ([Problem]). What it returns is complete: defaults are
// filled in, priorities derived, and [Config.Instances] gives what one node has to do. The package opens no socket and asks
// nothing of the host, so that a file can be checked on any machine; what depends on the host (which interface carries
// an address) is left to the engine. It is the only package that imports a YAML library.
package config
