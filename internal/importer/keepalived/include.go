package keepalived

import (
	"path/filepath"
	"slices"
	"strings"

	"github.com/aloft-ha/aloft/internal/importer"
)

// includes are the keywords that read another file. They differ in what keepalived checks, which we always do.
var includes = []string{"include", "includer", "includem", "includew", "includeb", "includea"}

// searchCost is what a search for files counts for: it reads folders, many of them if a folder is a pattern too.
func searchCost(pattern string) int {
	cost := 8 << 10
	for folder := range strings.SplitSeq(filepath.Dir(pattern), "/") {
		if strings.ContainsAny(folder, "*?[") && cost <= maxText {
			cost *= 8
		}
	}
	return cost
}

// includePattern returns the pattern of an include line.
func includePattern(text string) (pattern string, ok bool) {
	tokens := strings.Fields(text)
	if !slices.Contains(includes, tokens[0]) {
		return "", false
	}
	rest := strings.TrimSpace(strings.TrimPrefix(text, tokens[0]))
	return strings.Trim(rest, `"'`), true
}

// include reads all files that a pattern matches.
func (l *loader) include(at line, pattern string) {
	if pattern == "" {
		l.note(at, importer.Broken, "", "include names no file")
		return
	}
	var names []string
	for _, p := range expandBraces(pattern, maxFiles) {
		l.spent += searchCost(p)
		if !l.charge(at) {
			return
		}
		if !filepath.IsAbs(p) {
			p = filepath.Join(l.dir(), p)
		}
		found, err := l.files.Glob(p)
		if err != nil {
			l.note(at, importer.Broken, "", "include %s: %v", clip(pattern), err)
		}
		names = append(names, found...)
	}
	if len(names) == 0 {
		instead := "copy the included files to where this file looks for them, and import again"
		if strings.Contains(pattern, "$") {
			instead = "write ${NAME}: $NAME has a value only before a space, a comma or a parenthesis"
		}
		l.note(at, importer.Broken, instead, "include %s matches no file here", clip(pattern))
	}
	for _, name := range names {
		l.includeFile(at, name)
	}
}

func (l *loader) includeFile(at line, name string) {
	switch {
	case slices.Contains(l.stack, name):
		l.note(at, importer.Broken, "", "include %s runs in a circle", clip(name))
	case len(l.stack) >= maxIncludes:
		l.note(at, importer.Broken, "", "include %s is nested more than %d deep", clip(name), maxIncludes)
	case l.read >= maxFiles:
		l.note(at, importer.Broken, "", "include %s: more than %d files are included", clip(name), maxFiles)
	default:
		data, err := l.files.ReadFile(name, maxFile)
		if err != nil {
			l.note(at, importer.Broken, "import again where it can be read", "include: %v", err)
			return
		}
		l.run(name, data)
	}
}
