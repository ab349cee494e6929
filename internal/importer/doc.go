// Package importer is what the importers of other tools' files have in common: a model of a cluster as it was read, the
// writer that makes one aloft.yaml of it, and the notes about everything that is not carried over or comes out
// different.
//
// It reads no foreign file, which the packages below it do, and judges no value: what it writes is checked by
// [config.Parse] like any other file. The importers, aloft import and aloft init call it.
package importer
