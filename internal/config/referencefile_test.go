package config

import (
	"net/netip"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

const referenceFile = "../../configs/reference.yaml"

// TestReferenceFileIsTheTableOfFields keeps configs/reference.yaml true: it is written from the tables that drive the
// walker, with -update.
func TestReferenceFileIsTheTableOfFields(t *testing.T) {
	got := referenceYAML()
	if *update {
		if err := os.WriteFile(referenceFile, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(referenceFile)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("the file is not what the tables say; run go test ./internal/config -update (-file +tables):\n%s", diff)
	}
	for line := range strings.Lines(got) {
		if n := utf8.RuneCountInString(line) - 1; n > referenceWidth || strings.TrimRight(line, " \n")+"\n" != line && line != "\n" {
			t.Errorf("%d characters: %q", n, line)
		}
	}
}

// TestReferenceFileHasEveryKey counts each key of each table, written or commented out.
func TestReferenceFileHasEveryKey(t *testing.T) {
	tables := newTables()
	want := map[string]int{
		"interface": 1, // that which per_node really sets
		"process":   1, // a second one, by its pidfile
	}
	lists := [][]string{
		tables.file.names, tables.nodeEntry.names, tables.address.names, tables.tracker.names, tables.notify.names,
		tables.command.names, tables.service.names, tables.group.names, tables.scripts.names,
		slices.DeleteFunc(slices.Clone(tables.auth.names), func(name string) bool { return name == "pass" }), // which keys rule out
	}
	for _, s := range tables.subjects.ownTables {
		lists = append(lists, s.names)
	}
	for _, names := range lists {
		for _, name := range names {
			want[name]++
		}
	}
	for _, f := range tables.all.fields {
		want[f.name]++
	}
	got := make(map[string]int)
	for _, m := range regexp.MustCompile(`(?m)^ *(?:- )?#?([a-z_]+):( |$)`).FindAllStringSubmatch(referenceYAML(), -1) {
		got[m[1]]++
	}
	for _, name := range []string{"web", "db", "site"} { // routers and a group
		delete(got, name)
	}
	for name := range referenceTrackers {
		delete(got, name)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("keys and how often they stand in the file (-want +got):\n%s", diff)
	}
}

// commentedOut is a key that is commented out: no space follows the #, as one does before a sentence.
var commentedOut = regexp.MustCompile(`(?m)^( *)#([a-z_]+: .*)$`)

// TestReferenceFileMayBeUncommented removes the # before each key by itself, and before all of them. A default that is
// written out has to change nothing.
func TestReferenceFileMayBeUncommented(t *testing.T) {
	text := referenceYAML()
	plain := mustParse(t, []byte(text))
	keys := commentedOut.FindAllStringSubmatchIndex(text, -1)
	defaults := 0
	for _, k := range keys {
		hash, line := k[4]-1, text[k[4]:k[5]]
		c, problems := Parse(referenceFile, []byte(text[:hash]+text[hash+1:]))
		if c == nil {
			t.Errorf("with %s: %v", line, problems)
			continue
		}
		if strings.HasSuffix(strings.TrimSpace(text[:hash]), "The default:") {
			defaults++
			if diff := cmp.Diff(plain, c, cmpopts.EquateComparable(netip.Addr{}, netip.Prefix{}), cmpopts.IgnoreTypes(Place{})); diff != "" {
				t.Errorf("%s is not the default (-without +with):\n%s", line, diff)
			}
		}
	}
	if len(keys) < 20 || defaults < 10 {
		t.Errorf("only %d keys are commented out, %d with their default", len(keys), defaults)
	}
	if all, problems := Parse(referenceFile, []byte(commentedOut.ReplaceAllString(text, "$1$2"))); all == nil {
		t.Errorf("with all keys: %v", problems)
	}
}

// writeKey writes what the table says about a key, and below it the key after lead: an indentation, with a # to comment
// it out or a dash if it begins an entry of a list.
func writeKey[T any](b *strings.Builder, f *field[T], lead, value string) {
	text := sentence(f.value())
	switch {
	case f.required:
		text += " Required."
	case !strings.Contains(lead, "#"):
	case f.def != "":
		text += " The default:"
	default:
		text += " For example:"
	}
	indent := lead[:len(lead)-len(strings.TrimLeft(lead, " "))]
	writeComment(b, indent, sentence(f.doc))
	writeComment(b, indent, text)
	b.WriteString(strings.TrimRight(lead+f.name+": "+value, " ") + "\n")
}

// writeComment writes a text in lines of a comment.
func writeComment(b *strings.Builder, indent, text string) {
	line := indent + "#"
	for word := range strings.FieldsSeq(text) {
		if utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > referenceWidth {
			b.WriteString(line + "\n")
			line = indent + "#"
		}
		line += " " + word
	}
	b.WriteString(line + "\n")
}

// referenceWidth is the longest line of the file.
const referenceWidth = 100

// sentence makes a sentence of the words of a table.
func sentence(s string) string { return strings.ToUpper(s[:1]) + s[1:] + "." }
