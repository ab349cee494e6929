package config

import (
	"bytes"
	"encoding/json"
)

// schema is a JSON Schema (draft 2020-12) of one value, as far as the file format needs one. Only keywords are used
// that mean the same in draft 7, because that is the draft many editors know.
//
// A SCHEMA IS NEVER STRICTER THAN THE WALKER, for an editor must not underline what the daemon takes. It may be laxer:
// a pattern cannot compare durations, and nothing in a schema can compare two routers. The reader is one of YAML 1.2, as
// those of editors are; to one of YAML 1.1 the word off would be false.
type schema struct {
	Dialect     string `json:"$schema,omitempty"`
	Title       string `json:"title,omitempty"`
	Ref         string `json:"$ref,omitempty"`
	Description string `json:"description,omitempty"`
	Default     any    `json:"default,omitempty"`
	Examples    []any  `json:"examples,omitempty"`

	Type         types  `json:"type,omitempty"`
	Enum         []any  `json:"enum,omitempty"`
	Minimum      *int   `json:"minimum,omitempty"`
	Maximum      *int   `json:"maximum,omitempty"`
	MaxLength    int    `json:"maxLength,omitempty"`
	Pattern      string `json:"pattern,omitempty"`
	PatternError string `json:"patternErrorMessage,omitempty"` // no keyword of the draft: what editors show instead of the pattern

	MinItems    int     `json:"minItems,omitempty"`
	MaxItems    int     `json:"maxItems,omitempty"`
	UniqueItems bool    `json:"uniqueItems,omitempty"`
	Items       *schema `json:"items,omitempty"`

	MinProperties int        `json:"minProperties,omitempty"`
	MaxProperties int        `json:"maxProperties,omitempty"`
	PropertyNames *schema    `json:"propertyNames,omitempty"`
	Properties    properties `json:"properties,omitempty"`
	Others        any        `json:"additionalProperties,omitempty"` // a schema, or false
	Required      []string   `json:"required,omitempty"`

	AllOf []schema `json:"allOf,omitempty"`
	AnyOf []schema `json:"anyOf,omitempty"`
	Not   *schema  `json:"not,omitempty"`
	If    *schema  `json:"if,omitempty"`
	Then  *schema  `json:"then,omitempty"`

	Defs properties `json:"$defs,omitempty"`
}

// types are the JSON types that a value may have.
type types []string

// MarshalJSON writes a single type as a string, as people do.
func (t types) MarshalJSON() ([]byte, error) {
	if len(t) == 1 {
		return encode(t[0])
	}
	return encode([]string(t))
}

// properties are schemas by name. They keep their order, which is that of the documentation.
type properties []property

type property struct {
	name   string
	schema schema
}

// MarshalJSON writes an object.
func (p properties) MarshalJSON() ([]byte, error) {
	var out bytes.Buffer
	for i, member := range p {
		separator := byte(',')
		if i == 0 {
			separator = '{'
		}
		out.WriteByte(separator)
		name, err := encode(member.name)
		if err != nil {
			return nil, err
		}
		value, err := encode(member.schema)
		if err != nil {
			return nil, err
		}
		out.Write(name)
		out.WriteByte(':')
		out.Write(value)
	}
	out.WriteByte('}')
	return out.Bytes(), nil
}

// encode is json.Marshal that leaves << as it is.
func encode(v any) ([]byte, error) {
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	err := enc.Encode(v)
	return bytes.TrimSpace(out.Bytes()), err
}
