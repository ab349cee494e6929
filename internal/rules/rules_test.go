// Package rules tests what ARCHITECTURE.md promises about all packages together and the compiler does not see.
package rules

import (
	"errors"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const (
	module = "github.com/aloft-ha/aloft"
	root   = "../.." // of the module, seen from here
)

// imports are the packages of the module, each with what it imports outside its tests.
type imports map[string][]string

// loadImports asks the go command; a package that does not exist yet is not in the answer.
func loadImports(t *testing.T) imports {
	t.Helper()
	command := exec.Command("go", "list", "-f", "{{.ImportPath}}{{range .Imports}} {{.}}{{end}}", "./...")
	command.Dir = root
	out, err := command.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, stderrOf(err))
	}
	all := imports{}
	for line := range strings.Lines(string(out)) {
		words := strings.Fields(line)
		all[words[0]] = words[1:]
	}
	for _, name := range []string{"/vrrp", "/vip"} {
		if _, ok := all[module+name]; !ok {
			t.Fatalf("go list knows no %s: the rules would hold for nothing", module+name)
		}
	}
	return all
}

func stderrOf(err error) []byte {
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return exit.Stderr
	}
	return nil
}

// pure are the parts of the standard library that compute and do nothing else. Packages that can also print, read a
// clock or start something are here for the rest of what they have; TestVRRPTouchesNothing looks after them.
var pure = []string{
	"bytes", "cmp", "crypto/hmac", "crypto/sha256", "encoding", "encoding/binary", "encoding/json", "errors", "fmt", "hash",
	"iter", "maps", "math", "math/bits", "net/netip", "reflect", "slices", "sort", "strconv", "strings", "time", "unicode/utf8",
}

// impure returns what of the imports is not pure.
func impure(imports []string) []string {
	return slices.DeleteFunc(slices.Clone(imports), func(path string) bool { return slices.Contains(pure, path) })
}

func TestVRRPImportsOnlyPureStandardLibrary(t *testing.T) {
	if found := impure(loadImports(t)[module+"/vrrp"]); len(found) > 0 {
		t.Errorf("vrrp imports %q", found)
	}
}

func TestImpure(t *testing.T) {
	given := []string{
		"time", "net", "net/netip", "os", "log", "log/slog", "sync", "sync/atomic", "syscall", "runtime", "context",
		"golang.org/x/sys/unix", module + "/vip", "encoding/binary",
	}
	want := []string{
		"net", "os", "log", "log/slog", "sync", "sync/atomic", "syscall", "runtime", "context",
		"golang.org/x/sys/unix", module + "/vip",
	}
	if diff := cmp.Diff(want, impure(given)); diff != "" {
		t.Errorf("impure (-want +got):\n%s", diff)
	}
}

// path returns how from reaches to by imports inside the module, both ends included, or nil.
func (all imports) path(from, to string) []string {
	seen := map[string]bool{}
	var search func(at string) []string
	search = func(at string) []string {
		if at == to {
			return []string{at}
		}
		if seen[at] {
			return nil
		}
		seen[at] = true
		for _, next := range all[at] {
			if rest := search(next); rest != nil {
				return append([]string{at}, rest...)
			}
		}
		return nil
	}
	return search(from)
}

func TestPublicPackagesDoNotImportEachOther(t *testing.T) {
	all := loadImports(t)
	public := []string{module + "/vrrp", module + "/vip", module + "/tracker"}
	for _, from := range public {
		for _, to := range public {
			if found := all.path(from, to); from != to && found != nil {
				t.Error(strings.Join(found, " imports "))
			}
		}
	}
}

func TestPath(t *testing.T) {
	all := imports{"a": {"x", "b"}, "b": {"c", "a"}, "c": {"d"}, "e": nil}
	tests := []struct {
		from, to string
		want     []string
	}{
		{"a", "d", []string{"a", "b", "c", "d"}},
		{"b", "a", []string{"b", "a"}},
		{"a", "e", nil},
		{"d", "a", nil},
		{"nowhere", "a", nil},
	}
	for _, test := range tests {
		if diff := cmp.Diff(test.want, all.path(test.from, test.to)); diff != "" {
			t.Errorf("path from %s to %s (-want +got):\n%s", test.from, test.to, diff)
		}
	}
}

// One package owns the file's syntax, so that every mistake in it is told in one way.
func TestOnlyConfigImportsYAML(t *testing.T) {
	for path, list := range loadImports(t) {
		if path != module+"/internal/config" && slices.Contains(list, "gopkg.in/yaml.v3") {
			t.Errorf("%s imports yaml.v3", path)
		}
	}
}
