package importer

import (
	"fmt"
	"net/netip"
	"strings"
	"unicode"
	"unicode/utf8"
)

// word writes a text as a YAML scalar that is read back as this text, with quotes only where YAML would read something
// else. The empty text stays empty.
func word(s string) string {
	if s == "" || plain(s) {
		return s
	}
	var out strings.Builder
	out.WriteByte('"')
	for i, r := range s {
		switch {
		case r == '"' || r == '\\':
			out.WriteByte('\\')
			out.WriteRune(r)
		case r == utf8.RuneError && !strings.HasPrefix(s[i:], "\uFFFD"):
			fmt.Fprintf(&out, `\x%02x`, s[i]) // a byte that is no text
		case unicode.IsPrint(r):
			out.WriteRune(r)
		case r > 0xFFFF:
			fmt.Fprintf(&out, `\U%08x`, r)
		default:
			fmt.Fprintf(&out, `\u%04x`, r)
		}
	}
	out.WriteByte('"')
	return out.String()
}

// reserved are the words that some YAML takes for a truth value or for nothing.
var reserved = map[string]bool{
	"true": true, "false": true, "yes": true, "no": true, "on": true, "off": true, "y": true, "n": true, "null": true,
}

// plain says that a text needs no quotes anywhere in a YAML file. It is stricter than YAML: what begins with a digit
// is plain only if it is an IPv4 address.
func plain(s string) bool {
	for _, r := range s {
		if !letter(r) && !strings.ContainsRune("0123456789._-/", r) {
			return false
		}
	}
	if letter(rune(s[0])) || s[0] == '/' {
		return !reserved[strings.ToLower(s)]
	}
	host, _, _ := strings.Cut(s, "/")
	_, err := netip.ParseAddr(host)
	return err == nil
}

func letter(r rune) bool { return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' }

// comment makes the text of a foreign file harmless in a comment: a line break in it would end the comment.
func comment(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '\t' {
			return ' '
		}
		if unicode.IsPrint(r) {
			return r
		}
		return '\uFFFD'
	}, s)
}
