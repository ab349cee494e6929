package keepalived

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Files is where files are read from.
type Files interface {
	// ReadFile returns the text of a file, or an error if it is larger than most bytes.
	ReadFile(name string, most int) ([]byte, error)
	// Glob returns the files that a pattern matches, sorted; the syntax is that of path/filepath.
	Glob(pattern string) ([]string, error)
}

// Disk reads the files of this machine.
type Disk struct{}

// ReadFile reads a file.
func (Disk) ReadFile(name string, most int) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	data, err := io.ReadAll(io.LimitReader(f, int64(most)+1))
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", name, err)
	}
	if len(data) > most {
		return nil, fmt.Errorf("%s is larger than %d KiB", name, most>>10)
	}
	return data, nil
}

// Glob finds files; folders are left out, and devices and pipes, which may have no end.
func (Disk) Glob(pattern string) ([]string, error) {
	names, err := filepath.Glob(pattern)
	return slices.DeleteFunc(names, func(name string) bool {
		info, err := os.Stat(name)
		return err != nil || !info.Mode().IsRegular()
	}), err
}

// expandBraces writes a pattern with {a,b} as several without, at most the given number of them.
func expandBraces(pattern string, most int) []string {
	done, todo := []string{}, []string{pattern}
	for len(todo) > 0 && len(done)+len(todo) <= most {
		p := todo[0]
		todo = todo[1:]
		open, end, parts := firstBraces(p)
		if parts == nil {
			done = append(done, p)
			continue
		}
		var next []string
		for _, part := range parts {
			next = append(next, p[:open]+part+p[end:])
		}
		todo = append(next, todo...)
	}
	return done
}

// firstBraces finds the first alternatives of a pattern; parts is nil when there are none.
func firstBraces(p string) (open, end int, parts []string) {
	open = strings.IndexByte(p, '{')
	if open < 0 {
		return 0, 0, nil
	}
	depth, from := 0, open+1
	for i := open; i < len(p); i++ {
		switch p[i] {
		case '{':
			depth++
		case '}':
			depth--
			if depth == 0 {
				return open, i + 1, append(parts, p[from:i])
			}
		case ',':
			if depth == 1 {
				parts = append(parts, p[from:i])
				from = i + 1
			}
		}
	}
	return 0, 0, nil
}
