package rules_test

import (
	"fmt"
	"io/fs"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var (
	testNamed    = regexp.MustCompile("`(Test\\w+|Fuzz\\w+)`")
	testDeclared = regexp.MustCompile(`(?m)^func ((?:Test|Fuzz)\w+)\(`)
	noteLinked   = regexp.MustCompile(`\[note (\d+)[^\]]*\]\(([^)#]*)#([^)]+)\)`)
	noteWritten  = regexp.MustCompile(`(?m)^### (\d+)\. (.*)$`)
)

// ledgers are the pages that follow an RFC sentence by sentence, each with the sections of the RFC that ask something.
var ledgers = map[string][]asked{
	"rfc9568": sections9568,
	"rfc3768": sections3768,
}

func page(name string) string { return "../../docs/" + name + ".md" }

// row is a row of a ledger.
type row struct {
	sections             []string
	level, asks, verdict string
	proof                string
	text                 string
}

// rows reads the tables of a ledger.
func rows(ledger string) (list []row) {
	for line := range strings.SplitSeq(ledger, "\n") {
		if !strings.HasPrefix(line, "|") || strings.HasPrefix(line, "| section |") || strings.HasPrefix(line, "|--") {
			continue
		}
		cells := strings.Split(strings.Trim(line, "|"), "|")
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		r := row{text: line}
		if len(cells) == 5 {
			r.sections, r.level, r.asks, r.verdict, r.proof = strings.Split(cells[0], ", "), cells[1], cells[2], cells[3], cells[4]
		}
		list = append(list, r)
	}
	return list
}

// faults are what is wrong with a row by itself: what asks something and is done needs a test, what is done otherwise or not
// at all a note, and what is another's to do a word about whose.
func (r row) faults() (list []string) {
	levels := []string{"MUST", "MUST NOT", "SHOULD", "SHOULD NOT", "MAY", "RECOMMENDED", "NOT RECOMMENDED", "says"}
	if !slices.Contains(levels, r.level) || r.asks == "" {
		return []string{"not a row of section, level, requirement, aloft and proof"}
	}
	word := r.verdict
	if end := strings.IndexAny(word, " ,:;"); end >= 0 {
		word = word[:end]
	}
	proven, noted := testNamed.MatchString(r.proof), noteLinked.MatchString(r.verdict)
	switch {
	case word == "yes" && !proven:
		list = append(list, "says yes and names no test")
	case word == "other" && !strings.HasPrefix(r.verdict, "other: "):
		list = append(list, "does not say whose it is")
	case (word == "no" || word == "differs") && r.level != "MAY" && !noted:
		list = append(list, fmt.Sprintf("says %s and argues it in no note", word))
	case !slices.Contains([]string{"yes", "no", "differs", "other"}, word):
		list = append(list, fmt.Sprintf("begins with %q, not with yes, differs, no or other", word))
	}
	return list
}

// missing are the sections of which there are fewer rows than the RFC has requirements.
func missing(list []row, sections []asked) (out []string) {
	found := map[string]*asked{}
	for _, r := range list {
		for _, s := range r.sections {
			if found[s] == nil {
				found[s] = &asked{section: s}
			}
			switch {
			case strings.HasPrefix(r.level, "MUST"):
				found[s].must++
			case r.level == "MAY":
				found[s].may++
			case r.level != "says":
				found[s].should++
			}
		}
	}
	for _, want := range sections {
		got := found[want.section]
		switch {
		case got == nil:
			out = append(out, fmt.Sprintf("section %s has no row", want.section))
		case got.must < want.must || got.should < want.should || got.may < want.may:
			out = append(out, fmt.Sprintf("section %s has rows of %d MUST, %d SHOULD and %d MAY, want %d, %d and %d at least",
				want.section, got.must, got.should, got.may, want.must, want.should, want.may))
		}
		delete(found, want.section)
	}
	for s := range found {
		out = append(out, fmt.Sprintf("section %s is none that asks anything", s))
	}
	slices.Sort(out)
	return out
}

// TestLedgersAreComplete holds the ledgers to what they say at their top.
func TestLedgersAreComplete(t *testing.T) {
	for name, sections := range ledgers {
		list := rows(read(t, page(name)))
		for _, r := range list {
			for _, fault := range r.faults() {
				t.Errorf("%s: a row %s: %s", name, fault, r.text)
			}
		}
		for _, m := range missing(list, sections) {
			t.Errorf("%s: %s", name, m)
		}
	}
}

// TestLedgersNameTestsThatExist wants a proof that is named to exist, and a test of an RFC to be a proof of something.
func TestLedgersNameTestsThatExist(t *testing.T) {
	declared, named := declaredTests(t), map[string]bool{}
	for name := range ledgers {
		for _, m := range testNamed.FindAllStringSubmatch(read(t, page(name)), -1) {
			named[m[1]] = true
			if !declared[m[1]] {
				t.Errorf("%s names %s, which is in no file", name, m[1])
			}
		}
	}
	for name := range declared {
		if strings.HasPrefix(name, "TestRFC") && !named[name] {
			t.Errorf("no ledger names %s", name)
		}
	}
}

// TestLedgersLinkToTheirNotes wants the note of each link to be there, under its number, and each note to be of use.
func TestLedgersLinkToTheirNotes(t *testing.T) {
	headings, used := map[string]string{}, map[string]bool{}
	for name := range ledgers {
		for _, m := range noteWritten.FindAllStringSubmatch(read(t, page(name)), -1) {
			headings[name+" "+m[1]] = anchor(m[1] + ". " + m[2])
		}
	}
	for name := range ledgers {
		for _, m := range noteLinked.FindAllStringSubmatch(read(t, page(name)), -1) {
			of := name
			if m[2] != "" {
				of = strings.TrimSuffix(m[2], ".md")
			}
			note := of + " " + m[1]
			used[note] = true
			if headings[note] != m[3] {
				t.Errorf("%s: note %s is linked as #%s, and is #%s", name, note, m[3], headings[note])
			}
		}
	}
	for note := range headings {
		if !used[note] {
			t.Errorf("nothing refers to note %s", note)
		}
	}
}

// anchor is the name that a heading has in a link, as GitHub makes it.
func anchor(heading string) string {
	keep := func(r rune) rune {
		switch {
		case r == ' ':
			return '-'
		case r == '-' || r == '_' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z':
			return r
		}
		return -1
	}
	return strings.Map(keep, strings.ToLower(heading))
}

// TestFaultsOfALedgerAreFound breaks a ledger in each way that the tests above are there for.
func TestFaultsOfALedgerAreFound(t *testing.T) {
	for text, want := range map[string][]string{
		"| 1 | MUST | x | yes | `TestX` |":             nil,
		"| 1 | MUST | x | yes, mostly | |":             {"says yes and names no test"},
		"| 1 | says | x | yes: always | TestX |":       {"says yes and names no test"},
		"| 1 | MUST | x | no | |":                      {"says no and argues it in no note"},
		"| 1 | SHOULD | x | differs: much | `TestX` |": {"says differs and argues it in no note"},
		"| 1 | MUST NOT | x | no: [note 1](#1-y) | |":  nil,
		"| 1 | MAY | x | no: why should it | |":        nil,
		"| 1 | MUST | x | other: the kernel's | |":     nil,
		"| 1 | MUST | x | other | |":                   {"does not say whose it is"},
		"| 1 | MUST | x | not yet | |":                 {`begins with "not", not with yes, differs, no or other`},
		"| 1 | MUST | x | | `TestX` |":                 {`begins with "", not with yes, differs, no or other`},
		"| 1 | must | x | yes | `TestX` |":             {"not a row of section, level, requirement, aloft and proof"},
		"| 1 | MUST | x | yes |":                       {"not a row of section, level, requirement, aloft and proof"},
	} {
		list := rows(text)
		if len(list) != 1 {
			t.Fatalf("%d rows in %s", len(list), text)
		}
		if diff := cmp.Diff(want, list[0].faults()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", text, diff)
		}
	}
	got := missing(rows("| 1, 2 | MUST | | | |\n| 2 | MAY | | | |\n| 5 | says | | | |"),
		[]asked{{"1", 1, 0, 0}, {"2", 1, 1, 1}, {"3", 0, 0, 0}})
	if diff := cmp.Diff([]string{
		"section 2 has rows of 1 MUST, 0 SHOULD and 1 MAY, want 1, 1 and 1 at least", "section 3 has no row",
		"section 5 is none that asks anything",
	}, got); diff != "" {
		t.Errorf("missing (-want +got):\n%s", diff)
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
