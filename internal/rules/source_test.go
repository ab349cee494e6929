package rules

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// parseModule parses every Go file of the module that is no test, by directory, whatever its build tags.
func parseModule(t *testing.T) map[string][]*ast.File {
	t.Helper()
	set := token.NewFileSet()
	packages := map[string][]*ast.File{}
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && path != root && (strings.HasPrefix(entry.Name(), ".") || entry.Name() == "testdata"):
			return filepath.SkipDir
		case entry.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go"):
			return nil
		}
		file, err := parser.ParseFile(set, path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		directory := filepath.ToSlash(filepath.Dir(strings.TrimPrefix(path, root+"/")))
		packages[directory] = append(packages[directory], file)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return packages
}

// touches returns the places where a file does more than compute: go and select statements, channels, and calls of
// functions that read a clock, wait or print.
func touches(file *ast.File) []string {
	forbidden := []string{
		"time.Now", "time.Since", "time.Until", "time.After", "time.AfterFunc", "time.NewTimer", "time.NewTicker",
		"time.Tick", "time.Sleep", "fmt.Print", "fmt.Printf", "fmt.Println", "fmt.Scan", "fmt.Scanf", "fmt.Scanln",
	}
	var found []string
	ast.Inspect(file, func(node ast.Node) bool {
		switch node := node.(type) {
		case *ast.GoStmt:
			found = append(found, "go")
		case *ast.SelectStmt:
			found = append(found, "select")
		case *ast.ChanType:
			found = append(found, "chan")
		case *ast.SelectorExpr:
			if x, ok := node.X.(*ast.Ident); ok && slices.Contains(forbidden, x.Name+"."+node.Sel.Name) {
				found = append(found, x.Name+"."+node.Sel.Name)
			}
		}
		return true
	})
	return found
}

func TestVRRPTouchesNothing(t *testing.T) {
	files := parseModule(t)["vrrp"]
	if len(files) == 0 {
		t.Fatal("vrrp has no files")
	}
	for _, file := range files {
		for _, found := range touches(file) {
			t.Errorf("vrrp uses %s", found)
		}
	}
}

func TestTouches(t *testing.T) {
	file := parse(t, `package p
		func f(t time.Time) {
			go f(time.Now())
			var c chan int
			select {}
			fmt.Println(t.Add(time.Second).After(t), fmt.Sprint(1))
		}`)
	want := []string{"go", "time.Now", "chan", "select", "fmt.Println"}
	if diff := cmp.Diff(want, touches(file)); diff != "" {
		t.Errorf("touches (-want +got):\n%s", diff)
	}
}

// wordless returns the exported enums of a package that have no String method. An enum is a type with a constant group
// that counts with iota. One that a package keeps to itself may never be printed, and then a String would be dead code.
func wordless(files []*ast.File) []string {
	enums := map[string]bool{}
	for _, file := range files {
		for _, declaration := range file.Decls {
			if group, ok := declaration.(*ast.GenDecl); ok && group.Tok == token.CONST {
				if name := iotaType(group); ast.IsExported(name) {
					enums[name] = true
				}
			}
		}
	}
	for _, file := range files {
		for _, declaration := range file.Decls {
			if method, ok := declaration.(*ast.FuncDecl); ok && method.Recv != nil && method.Name.Name == "String" {
				delete(enums, receiver(method))
			}
		}
	}
	return slices.Sorted(maps.Keys(enums))
}

// iotaType is the named type of the group's constants if they count with iota, or empty.
func iotaType(group *ast.GenDecl) string {
	for _, spec := range group.Specs {
		spec := spec.(*ast.ValueSpec)
		name, named := spec.Type.(*ast.Ident)
		for _, value := range spec.Values {
			if named && mentionsIota(value) {
				return name.Name
			}
		}
	}
	return ""
}

func mentionsIota(value ast.Expr) (found bool) {
	ast.Inspect(value, func(node ast.Node) bool {
		name, ok := node.(*ast.Ident)
		found = found || ok && name.Name == "iota"
		return !found
	})
	return found
}

// receiver is the name of the type that a method belongs to.
func receiver(method *ast.FuncDecl) string {
	kind := method.Recv.List[0].Type
	if pointer, ok := kind.(*ast.StarExpr); ok {
		kind = pointer.X
	}
	if name, ok := kind.(*ast.Ident); ok {
		return name.Name
	}
	return ""
}

// The words of an enum are what logs, metrics and tests know it by.
func TestEveryEnumHasWords(t *testing.T) {
	for directory, files := range parseModule(t) {
		for _, name := range wordless(files) {
			t.Errorf("%s: %s has no String method", directory, name)
		}
	}
}

func TestWordless(t *testing.T) {
	file := parse(t, `package p
		const ( A Spoken = iota; B )
		const ( C Mute = 1 << iota; D )
		const ( E int = iota; F )
		const ( G = iota; H )
		const ( I Bound = 1; J Bound = 4095 )
		const ( _, K Silent = iota, iota )
		const ( L inner = iota; M )
		func (s *Spoken) String() string { return "" }
		func (m Mute) Text() string { return "" }
		func String() string { return "" }`)
	if diff := cmp.Diff([]string{"Mute", "Silent"}, wordless([]*ast.File{file})); diff != "" {
		t.Errorf("wordless (-want +got):\n%s", diff)
	}
}

func parse(t *testing.T, source string) *ast.File {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "p.go", source, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	return file
}
