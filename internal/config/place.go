package config

import (
	"fmt"
	"io/fs"
)

// Place is where something stands in a file.
type Place struct {
	File   string
	Line   int // from 1
	Column int // from 1, in characters
	Path   string
}

// Problem returns an error about what stands there.
func (p Place) Problem(hint, format string, args ...any) Problem {
	return Problem{
		File: p.File, Line: p.Line, Column: p.Column, Severity: Error, Path: p.Path,
		Message: fmt.Sprintf(format, args...), Hint: hint,
	}
}

// placeOf returns where a value stands.
func (w *walker) placeOf(v value) Place {
	return Place{File: w.file, Line: v.node.Line, Column: v.node.Column, Path: v.path}
}

// othersRead is the permission of everybody to read a file, chmod(2).
const othersRead fs.FileMode = 0o004

// ParseFile is [Parse] of a file with permissions: one that everybody on the host can read may have no secret in it.
func ParseFile(name string, data []byte, mode fs.FileMode) (*Config, []Problem) {
	c, problems := Parse(name, data)
	if c == nil || mode&othersRead == 0 || len(c.Inline) == 0 {
		return c, problems
	}
	hint := "chmod 640 " + name + "; or keep the key in a file of its own: file:/etc/aloft/keys/web"
	p := c.Inline[0].Problem(hint, "a secret stands here, and everybody on this host can read the file (mode %04o)", mode.Perm())
	return nil, tidy(append(problems, p), 0)
}
