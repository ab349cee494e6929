package config

import (
	"bytes"
	"fmt"
	"unicode"
	"unicode/utf8"
)

// MaxSize is the size of the largest file that is read, in bytes. A thousand routers of fifty addresses fit.
const MaxSize = 1 << 20

// checkSource finds what is wrong with a file as text, before any YAML: it stops at the first, since nothing after it
// can be trusted. The line breaks that YAML knows beside the newline are refused here, so that line numbers mean the
// same to the parser, to Render and to an editor.
func checkSource(name string, data []byte) []Problem {
	at := func(line, column int, hint, format string, args ...any) []Problem {
		return []Problem{{File: name, Line: line, Column: column, Message: fmt.Sprintf(format, args...), Hint: hint}}
	}
	switch {
	case len(data) > MaxSize:
		return at(1, 1, "is it the right one?", "the file is larger than %d KiB", MaxSize>>10)
	case bytes.HasPrefix(data, []byte("\xef\xbb\xbf")):
		return at(1, 1, `save the file as "UTF-8 without BOM"`, "the file begins with a byte order mark")
	case bytes.HasPrefix(data, []byte("\xff\xfe")), bytes.HasPrefix(data, []byte("\xfe\xff")):
		return at(1, 1, "save the file as UTF-8", "the file is in UTF-16")
	}
	line, column := 1, 1
	for i := 0; i < len(data); {
		r, size := utf8.DecodeRune(data[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			return at(line, column, "save the file as UTF-8", "byte 0x%02x is not valid UTF-8", data[i])
		case r == '\n':
			line, column = line+1, 0
		case r == '\r' && i+1 < len(data) && data[i+1] == '\n':
		case r == '\r':
			return at(line, column, "save the file with Unix line ends", "a carriage return stands alone")
		case r == '\u0085' || r == '\u2028' || r == '\u2029' || r == '\ufeff':
			return at(line, column, "delete it", "the invisible character %U is not allowed", r)
		case unicode.IsControl(r) && r != '\t':
			return at(line, column, "delete it", "the control character %U is not allowed", r)
		}
		i += size
		column++
	}
	return nil
}
