package config

import (
	"net/netip"
	"os"
	"regexp"
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
	tables, want := newTables(), map[string]int{"interface": 1} // that which per_node really sets
	for _, names := range [][]string{tables.file.names, tables.nodeEntry.names, tables.address.names} {
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
	delete(got, "web")
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
			if diff := cmp.Diff(plain, c, cmpopts.EquateComparable(netip.Addr{}, netip.Prefix{})); diff != "" {
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

// referenceYAML writes the file. The keys that make it one are written out, and all others commented out.
func referenceYAML() string {
	tables := newTables()
	var b strings.Builder
	for _, paragraph := range []string{
		`Every key of aloft.yaml: what it means, what may be written, and its default. The file is written from the table of
		keys in the code, as docs/configuration.md and "aloft schema" are. To begin with, minimal.yaml is the better one.`,
		"",
		"To set a key that is commented out, remove its #. With the default as its value nothing changes.",
	} {
		writeComment(&b, "", paragraph)
	}
	b.WriteString("\n")
	writeKey(&b, tables.file.byName["nodes"], "", "")
	b.WriteString("  # An entry is a mapping of these keys, or a bare name.\n")
	writeKey(&b, tables.nodeEntry.byName["name"], "  - ", "www1")
	writeKey(&b, tables.nodeEntry.byName["addresses"], "    ", "[192.0.2.1]")
	b.WriteString("  - {name: www2, addresses: [192.0.2.2]}\n\n")
	defaults := tables.file.byName["defaults"]
	writeKey(&b, defaults, "#", defaults.example)
	b.WriteString("\n")
	writeKey(&b, tables.file.byName["virtual_routers"], "", "")
	b.WriteString("  # Each has a name of your choice, and these keys.\n  web:\n")
	for i := range tables.router.fields {
		writeRouterKey(&b, &tables, &tables.router.fields[i])
	}
	return strings.TrimSpace(b.String()) + "\n"
}

// writeRouterKey writes one key of a router, with what belongs below it.
func writeRouterKey(b *strings.Builder, t *tables, f *field[settings]) {
	switch {
	case f.shownIn == inNode:
		return
	case f.name == "vrid":
		writeKey(b, f, "    ", f.example)
	case f.name == "addresses":
		writeKey(b, f, "    ", "")
		b.WriteString("      # An entry is a bare address, or a mapping of these keys.\n      - 192.0.2.100\n")
		for i := range t.address.fields {
			lead := "        #"
			if i == 0 {
				lead = "      - "
			}
			entry := &t.address.fields[i]
			writeKey(b, entry, lead, entry.def+entry.example)
		}
	case f.name == "per_node":
		writeKey(b, f, "    ", "")
		b.WriteString("      www2:\n        interface: ens192\n")
		for i := range t.node.fields {
			if own := &t.node.fields[i]; own.shownIn == inNode {
				writeKey(b, own, "        #", own.example)
			}
		}
	default:
		writeKey(b, f, "    #", f.def+f.example)
	}
	b.WriteString("\n")
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
