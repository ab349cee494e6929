package config

import (
	"encoding/json"
	"fmt"
	"io"

	"gopkg.in/yaml.v3"
)

// WriteSchema writes the JSON Schema of the file, for editors and for whatever generates files. It is made from the
// tables of fields that [Parse] reads by, and takes every file that Parse takes.
func WriteSchema(w io.Writer) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	t := sharedTables()
	return enc.Encode(t.schema())
}

// The names of the schemas that others refer to.
const (
	refRouter  = "#/$defs/router"
	refPerNode = "#/$defs/per_node"
	refTracker = "#/$defs/tracker"
	refTrack   = "#/$defs/track"
	refNotify  = "#/$defs/notify"
	refCommand = "#/$defs/command"
	refAuth    = "#/$defs/authentication"
)

// schema returns the schema of the whole file.
func (t *tables) schema() schema {
	s := mappingOf(t.file)
	s.Dialect = "https://json-schema.org/draft/2020-12/schema"
	s.Title = "aloft.yaml"
	s.Description = "The configuration of aloft, the same on every node"
	s.AllOf = demanded(t.file)
	for _, f := range t.router.fields {
		if f.required {
			s.AllOf = append(s.AllOf, demandedOfRouters(f.name))
		}
	}
	s.Defs = properties{
		{"router", mappingOf(t.router)},
		{"per_node", mappingOf(t.node)},
		{"tracker", mappingOf(t.tracker)},
		{"track", trackSchema()},
		{"notify", mappingOf(t.notify)},
		{"command", commandSchema()},
		{"authentication", authSchema()},
	}
	return s
}

// mappingOf is the schema of a mapping with the keys of a table, and no others.
func mappingOf[T any](t *table[T]) schema {
	s := schema{Type: types{"object"}, Others: false}
	for _, f := range t.fields {
		s.Properties = append(s.Properties, property{f.name, f.described()})
	}
	s.Properties = append(s.Properties, mergeKey())
	return s
}

// orMapping is the schema of a value that has a short form beside the mapping. It has no anyOf, so that an editor
// complains of the one key that is wrong, and not of every form that does not fit.
func orMapping[T any](short schema, t *table[T]) schema {
	long := mappingOf(t)
	short.Type = append(short.Type, long.Type...)
	short.Properties, short.Others, short.AllOf = long.Properties, long.Others, demanded(t)
	return short
}

// described is the schema of a field's value with all that the table says about it.
func (f *field[T]) described() schema {
	s := f.schema
	s.Description = f.doc + " (" + f.value() + ")"
	if f.def != "" {
		s.Default = typed(f.def)
	}
	if f.example != "" {
		s.Examples = []any{typed(f.example)}
	}
	return s
}

// typed is the value of a piece of the file, which the tables are known to have right.
func typed(text string) any {
	var v any
	if err := yaml.Unmarshal([]byte(text), &v); err != nil {
		panic(fmt.Sprintf("config: a table has %q: %v", text, err))
	}
	return wordedKeys(v)
}

// wordedKeys makes texts of the keys of a value, as JSON has them.
func wordedKeys(v any) any {
	switch v := v.(type) {
	case map[any]any:
		m := make(map[string]any, len(v))
		for key, value := range v {
			m[fmt.Sprint(key)] = wordedKeys(value)
		}
		return m
	case map[string]any:
		for key, value := range v {
			v[key] = wordedKeys(value)
		}
	}
	return v
}

// mergeKey is the schema of the key <<, which may stand in any mapping. What is merged in is not looked at: most
// readers of YAML put it where it belongs before a schema sees the file.
func mergeKey() property {
	return property{mergeWord, schema{
		Type:        types{"object", "array"},
		Description: "takes over the keys of another mapping, or of a list of them, that are not written here: <<: *anchor",
	}}
}

// demanded wants the required keys of a table.
func demanded[T any](t *table[T]) []schema {
	var list []schema
	for _, f := range t.fields {
		if f.required {
			list = append(list, unlessMerged(f.name))
		}
	}
	return list
}

// unlessMerged wants a key in a mapping, unless a merge key may bring it. It is an if and a then, because editors show
// what is wrong with a then in its own words, and of an anyOf only that nothing fits.
func unlessMerged(key string) schema {
	return schema{
		If:   &schema{Not: &schema{Required: []string{mergeWord}}},
		Then: &schema{Required: []string{key}},
	}
}

// demandedOfRouters wants a key in each router, unless the defaults have it.
func demandedOfRouters(key string) schema {
	inherited := schema{
		Required: []string{"defaults"},
		Properties: properties{{"defaults", schema{
			AnyOf: []schema{{Required: []string{key}}, {Required: []string{mergeWord}}},
		}}},
	}
	routers := schema{Properties: properties{{mergeWord, schema{}}}, Others: unlessMerged(key)}
	return schema{
		If:   &schema{Not: &inherited},
		Then: &schema{Properties: properties{{"virtual_routers", routers}}},
	}
}

// byName is the schema of a mapping from names, which are the user's, to values of one kind. Names are a schema of
// text, or nil where another part of the file says which there are.
func byName(names *schema, values schema) schema {
	s := schema{Type: types{"object"}, Properties: properties{mergeKey()}, Others: values}
	if names != nil {
		s.PropertyNames = &schema{AnyOf: []schema{{Enum: []any{mergeWord}}, *names}}
	}
	return s
}

// listOf is the schema of a list.
func listOf(items schema, least, most int) schema {
	return schema{Type: types{"array"}, Items: &items, MinItems: least, MaxItems: most}
}
