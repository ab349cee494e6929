// Package config reads aloft's one file, the same on every node, into validated values.
//
// [Parse] reports every mistake at once, each with its place ([Problem]). What it returns is complete: defaults are
// filled in, priorities derived, and [Config.Instances] gives what one node has to do. The package opens no socket and asks
// nothing of the host, so that a file can be checked on any machine; what depends on the host (which interface carries
// an address) is left to the engine. It is the only package that imports a YAML library.
//
// All there is to know about a key stands once, in the tables of fields: the walker reads by them, [WriteSchema] makes a
// JSON Schema of them, and the tests write the reference page and the reference file from them. The importers, the
// daemon, and the commands aloft check, schema, run, import and init call it; the engine, notify and service take its values.
package config
