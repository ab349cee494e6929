package keepalived

import (
	"strconv"
	"strings"
)

// uncomment cuts off a comment: what follows # or ! outside double quotes, unless a backslash is before it.
func uncomment(line string) string {
	quoted := false
	for i := 0; i < len(line); i++ {
		switch c := line[i]; {
		case c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case (c == '#' || c == '!') && !quoted:
			return line[:i]
		}
	}
	return line
}

// tokenize splits a line at spaces and braces outside quotes. It stops behind a brace, since what follows is a line of
// its own: rest. Whole is false when a quote is not closed.
func tokenize(line string) (words []string, brace byte, rest string, whole bool) {
	t := tokenizer{rest: line}
	for {
		t.rest = strings.TrimLeft(t.rest, " \t\r\v\f")
		if t.rest == "" {
			return words, 0, "", !t.open
		}
		if c := t.rest[0]; c == '{' || c == '}' {
			return words, c, t.rest[1:], true
		}
		words = append(words, t.word())
	}
}

type tokenizer struct {
	rest    string
	command bool // it is a command line, in which braces and line ends are nothing special
	open    bool // a quote was not closed
}

// word takes one word from the rest: pieces in quotes and outside them that stand together.
func (t *tokenizer) word() string {
	var out strings.Builder
	quote := byte(0)
	for t.rest != "" {
		c := t.rest[0]
		switch {
		case c == '\\' && len(t.rest) > 1 && (quote != 0 || strings.IndexByte("\"'#!\\", t.rest[1]) >= 0):
			t.rest = t.rest[1:]
			out.WriteString(t.escape())
			continue
		case quote != 0 && c == quote:
			quote = 0
		case quote == 0 && (c == '"' || c == '\''):
			quote = c
		case quote == 0 && !t.command && strings.HasPrefix(t.rest, "${"):
			end := strings.IndexByte(t.rest, '}') // a definition that nobody made stays as it is
			if end < 0 {
				end = 1
			}
			out.WriteString(t.rest[:end+1])
			t.rest = t.rest[end+1:]
			continue
		case quote == 0 && (strings.IndexByte(" \t\r\v\f", c) >= 0 || !t.command && (c == '{' || c == '}') || t.command && c == '\n'):
			return out.String()
		default:
			out.WriteByte(c)
		}
		t.rest = t.rest[1:]
	}
	t.open = quote != 0
	return out.String()
}

// plainEscapes are the escapes of a single letter.
var plainEscapes = map[byte]string{
	'a': "\a", 'b': "\b", 'E': "\x1b", 'f': "\f", 'n': "\n", 'r': "\r", 't': "\t", 'v': "\v",
}

// escape reads what stands behind a backslash.
func (t *tokenizer) escape() string {
	c := t.rest[0]
	if s, ok := plainEscapes[c]; ok {
		t.rest = t.rest[1:]
		return s
	}
	switch {
	case c >= '0' && c <= '7':
		return t.number(0, 3, 8)
	case c == 'x' && len(t.rest) > 1 && isHex(t.rest[1]):
		return t.number(1, 2, 16)
	case c == 'c' && len(t.rest) > 1:
		control := t.rest[1] & 0x1f
		t.rest = t.rest[2:]
		return string(rune(control))
	}
	t.rest = t.rest[1:]
	return string([]byte{c})
}

// number reads the digits of an escape.
func (t *tokenizer) number(from, most, base int) string {
	end := from
	for end < len(t.rest) && end < from+most && isHex(t.rest[end]) && (base == 16 || t.rest[end] >= '0' && t.rest[end] <= '7') {
		end++
	}
	n, err := strconv.ParseUint(t.rest[from:end], base, 16)
	t.rest = t.rest[end:]
	if err != nil {
		return ""
	}
	return string([]byte{byte(n)})
}

func isHex(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F'
}
