package config

import (
	"reflect"

	"gopkg.in/yaml.v3"
)

// mark is a place in a file: both counted from 1, the column in characters.
type mark struct{ line, column int }

// marks is where a YAML parser stopped.
type marks struct {
	problem mark // where it gave up
	context mark // where the thing began that it was reading
	event   mark // the last complete event
}

// marksOf reads the places out of a decoder that failed. The library's error has no column, and its line is that of
// the context, which may be far above the mistake; the parser inside knows better and does not say. The library is
// archived, so its fields stay as they are; where one is missing all the same, the place is the begin of the file.
func marksOf(dec *yaml.Decoder) marks {
	m := marks{problem: mark{1, 1}, context: mark{1, 1}, event: mark{1, 1}}
	parser := reflect.ValueOf(dec).Elem().FieldByName("parser")
	if !parser.IsValid() || parser.IsNil() {
		return m
	}
	readMark(parser.Elem(), &m.problem, "parser", "problem_mark")
	readMark(parser.Elem(), &m.context, "parser", "context_mark")
	readMark(parser.Elem(), &m.event, "event", "start_mark")
	return m
}

// readMark reads the place that a struct has in a field of a field, if it has one.
func readMark(of reflect.Value, into *mark, outer, inner string) {
	for _, name := range []string{outer, inner} {
		if of.Kind() != reflect.Struct {
			return
		}
		of = of.FieldByName(name)
	}
	if of.Kind() != reflect.Struct {
		return
	}
	line, column := of.FieldByName("line"), of.FieldByName("column")
	if line.IsValid() && column.IsValid() && line.CanInt() && column.CanInt() {
		*into = mark{int(line.Int()) + 1, int(column.Int()) + 1}
	}
}
