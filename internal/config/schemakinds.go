package config

// The schemas of scalars. Patterns are written for Go and for ECMAScript alike, and are anchored: a schema's pattern
// otherwise matches any part of the text.

const (
	octet     = `(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])`
	dotted    = octet + `(\.` + octet + `){3}`
	length4   = `([1-9]|[12][0-9]|3[0-2])`
	length6   = `([1-9][0-9]?|1[01][0-9]|12[0-8])`
	colons    = `([0-9A-Fa-f]{0,4}:){2,8}([0-9A-Fa-f]{0,4}|` + dotted + `)` // laxer than RFC 4291, and readable
	spanPart  = `([0-9]+(\.[0-9]*)?|\.[0-9]+)(ns|us|µs|μs|ms|s|m|h)`
	spanWhole = `\+?(` + spanPart + `)+`
)

// addressText is an IP address, with or without a prefix length.
func addressText(prefixed bool) schema {
	s := schema{Type: types{"string"}, PatternError: "this is no IPv4 or IPv6 address"}
	if !prefixed {
		s.Pattern = "^(" + dotted + "|" + colons + ")$"
		return s
	}
	s.Pattern = "^(" + dotted + "(/" + length4 + ")?|" + colons + "(/" + length6 + ")?)$"
	s.PatternError += ", or has no valid prefix length"
	return s
}

// spanText is a duration. The number 0 is one where a duration may be nothing; any other number lacks its unit.
func spanText(zero bool) schema {
	s := schema{
		Type: types{"string"}, Pattern: "^" + spanWhole + "$", PatternError: "a duration has a unit, such as 1s, 250ms or 2m",
	}
	if zero {
		none := integer(0, 0)
		s.Type, s.Minimum, s.Maximum = append(s.Type, none.Type...), none.Minimum, none.Maximum
		s.Pattern = `^(\+?0|` + spanWhole + ")$"
	}
	return s
}

// spanOrOff is a duration, or the word off.
func spanOrOff() schema {
	s := spanText(false)
	s.Pattern = "^(off|" + spanWhole + ")$"
	s.PatternError = "this is neither off nor a duration with a unit, such as 10s or 2m"
	return s
}

// integer is a whole number.
func integer(lo, hi int) schema {
	return schema{Type: types{"integer"}, Minimum: &lo, Maximum: &hi}
}

// oneWordOf is one of a few words.
func oneWordOf(words []string) schema {
	s := schema{Type: types{"string"}}
	for _, w := range words {
		s.Enum = append(s.Enum, w)
	}
	return s
}

// nameText is what badName lets through.
func nameText(longest int) schema {
	return schema{
		Type: types{"string"}, MaxLength: longest, Pattern: "^[A-Za-z0-9_][A-Za-z0-9_.-]*$",
		PatternError: "a name has letters, digits, dots, dashes and underscores",
	}
}

// linkText is what badLink lets through, and a little more.
func linkText() schema {
	return schema{
		Type: types{"string"}, MaxLength: maxLinkName, Pattern: `^[^/:\s]+$`,
		PatternError: "an interface name has no slash, no colon and no space",
	}
}
