package rules_test

import (
	"io/fs"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var (
	testNamed    = regexp.MustCompile("`(Test\\w+|Fuzz\\w+)`")
	testDeclared = regexp.MustCompile(`(?m)^func ((?:Test|Fuzz)\w+)\(`)
)

const ledger = "../../docs/rfc9568.md"

// TestLedgerNamesTestsThatExist holds the ledger of RFC 9568 to what it claims: a proof that it names has to exist, and a
// test of the RFC has to be a proof of something.
func TestLedgerNamesTestsThatExist(t *testing.T) {
	declared := declaredTests(t)
	named := map[string]bool{}
	for _, m := range testNamed.FindAllStringSubmatch(read(t, ledger), -1) {
		named[m[1]] = true
		if !declared[m[1]] {
			t.Errorf("the ledger names %s, which is in no file", m[1])
		}
	}
	for name := range declared {
		if strings.HasPrefix(name, "TestRFC9568_") && !named[name] {
			t.Errorf("the ledger does not name %s", name)
		}
	}
}

// TestLedgerHasAProofForEveryYes wants a test beside each plain "yes", unless it is of something that is not done at all.
func TestLedgerHasAProofForEveryYes(t *testing.T) {
	rows := 0
	for row := range strings.SplitSeq(read(t, ledger), "\n") {
		cells := strings.Split(row, "|")
		if len(cells) < 4 {
			continue
		}
		says := strings.TrimSpace(cells[len(cells)-3])
		if says != "yes" && !strings.HasPrefix(says, "yes, ") {
			continue
		}
		rows++
		if !testNamed.MatchString(cells[len(cells)-2]) {
			t.Errorf("no proof in: %s", row)
		}
	}
	if rows == 0 {
		t.Error("no row says yes: the test reads nothing")
	}
}

// declaredTests are the names of all tests of the module, whatever their build tags.
func declaredTests(t *testing.T) map[string]bool {
	t.Helper()
	names := map[string]bool{}
	err := filepath.WalkDir("../..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		for _, m := range testDeclared.FindAllStringSubmatch(read(t, path), -1) {
			names[m[1]] = true
		}
		return nil
	})
	if err != nil || len(names) == 0 {
		t.Fatalf("finding the tests: %d, %v", len(names), err)
	}
	return names
}
