package config

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"gopkg.in/yaml.v3"
)

// compile makes a validator of the schema, read as a draft of JSON Schema.
func compile(t testing.TB, draft *jsonschema.Draft) *jsonschema.Schema {
	t.Helper()
	var text bytes.Buffer
	if err := WriteSchema(&text); err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(&text)
	if err != nil {
		t.Fatal(err)
	}
	if draft != jsonschema.Draft2020 {
		delete(doc.(map[string]any), "$schema")
	}
	c := jsonschema.NewCompiler()
	c.DefaultDraft(draft)
	if err := c.AddResource("aloft.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("aloft.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// asJSON turns a file into what a validator sees of it: merge keys in their place, or as the keys that they are.
func asJSON(data []byte, merged bool) (any, error) {
	var v any
	var err error
	if merged {
		err = yaml.Unmarshal(data, &v)
	} else {
		var n yaml.Node
		if err = yaml.Unmarshal(data, &n); err == nil && len(n.Content) > 0 {
			v, err = unmerged(n.Content[0], 0)
		}
	}
	if err != nil {
		return nil, err
	}
	text, err := json.Marshal(wordKeys(v))
	if err != nil {
		return nil, err
	}
	return jsonschema.UnmarshalJSON(bytes.NewReader(text))
}

// unmerged decodes a node with << as a key like others.
func unmerged(n *yaml.Node, depth int) (any, error) {
	if depth > maxDepth {
		return nil, errors.New("too deep")
	}
	switch n = follow(n); n.Kind {
	case yaml.MappingNode:
		m := make(map[any]any)
		for i := 0; i < len(n.Content); i += 2 {
			v, err := unmerged(n.Content[i+1], depth+1)
			if err != nil {
				return nil, err
			}
			m[n.Content[i].Value] = v
		}
		return m, nil
	case yaml.SequenceNode:
		list := []any{}
		for _, item := range n.Content {
			v, err := unmerged(item, depth+1)
			if err != nil {
				return nil, err
			}
			list = append(list, v)
		}
		return list, nil
	}
	var v any
	return v, n.Decode(&v)
}

// wordKeys makes text of all keys, as JSON has them.
func wordKeys(v any) any {
	switch v := v.(type) {
	case map[any]any:
		m := make(map[string]any)
		for key, value := range v {
			m[fmt.Sprint(key)] = wordKeys(value)
		}
		return m
	case map[string]any:
		for key, value := range v {
			v[key] = wordKeys(value)
		}
	case []any:
		for i := range v {
			v[i] = wordKeys(v[i])
		}
	}
	return v
}

// drafts are the readings of the schema: its own, and that of editors which know no newer one.
func drafts(t testing.TB) map[string]*jsonschema.Schema {
	return map[string]*jsonschema.Schema{"2020-12": compile(t, jsonschema.Draft2020), "7": compile(t, jsonschema.Draft7)}
}
