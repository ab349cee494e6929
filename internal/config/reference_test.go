package config

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const referencePage = "../../docs/configuration.md"

// TestReferencePageIsTheTableOfFields keeps docs/configuration.md true: it is written from the tables that drive the
// walker, with -update.
func TestReferencePageIsTheTableOfFields(t *testing.T) {
	got := referenceText()
	if *update {
		if err := os.WriteFile(referencePage, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(referencePage)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("the page is not what the tables say; run go test ./internal/config -update (-page +tables):\n%s", diff)
	}
}

func referenceText() string {
	var b strings.Builder
	b.WriteString(`# The configuration file

One file, /etc/aloft/aloft.yaml, the same on every node. ` + "`aloft check`" + ` reads it and nothing else, and reports every
mistake with its place. This page is written from the table of keys in the code, and so is
[reference.yaml](../configs/reference.yaml), which has every key with its default.

A node finds itself in the file by ` + "`--node`" + `, else ` + "`$ALOFT_NODE`" + `, else its host name (whatever its case; whole, else its
first label if that fits one node only), else one of its addresses. A host name and an address that name different nodes
are an error: that is a cloned machine. Durations have units: ` + "`1s`, `250ms`, `2m`" + `.

## In your editor

` + "`aloft schema`" + ` prints a JSON Schema of the file, made from the same table. Editors with yaml-language-server (VS Code with
the YAML extension, Neovim, Helix, Emacs and others) then complete keys, show their meaning and mark mistakes while you
type. Write it beside the file

` + "```\naloft schema > aloft.schema.json\n```" + `

and name it in the file's first line:

` + "```\n# yaml-language-server: $schema=aloft.schema.json\n```" + `

A schema looks at one value at a time. Whether two routers share a VRID, or a lease is shorter than a takeover, only
` + "`aloft check`" + ` says.

`)
	tables := newTables()
	section(&b, "The file", "", tables.file)
	section(&b, "An entry of nodes", "A bare name is short for `{name: …}`.", tables.nodeEntry)
	section(&b, "A router", "An entry of `virtual_routers`, by name. `defaults` takes the same keys. Without `priority`, the nodes of a\n"+
		"router have 200, 190, 180 and so on in their order. Keys marked *per node* may stand in `per_node` too, and hold for that node.",
		tables.all)
	section(&b, "authentication", "A router's. [Authentication](authentication.md) says what it protects from, how keys are made and changed, and what each\n"+
		"refusal means. Either `keys` or `pass` is written; `authentication: off` does without where `defaults` have one.", tables.auth)
	section(&b, "An address", "A bare address is short for `{address: …}`; the prefix defaults to /32 and /128.", tables.address)
	section(&b, "A tracker", "An entry of `trackers`, by name: exactly one of the kinds `script` to `systemd`, and beside it what all kinds have.\n"+
		"Every node checks for itself. [Trackers](trackers.md) says what a failure means to a router, and which kind to choose.", tables.tracker)
	s := &tables.subjects
	section(&b, "script", subjectIntro("script"), s.script)
	section(&b, "http", subjectIntro("http"), s.http)
	section(&b, "tcp", subjectIntro("tcp"), s.tcp)
	section(&b, "ping", subjectIntro("ping"), s.ping)
	section(&b, "process", subjectIntro("process")+" Either `name` or `pidfile` is written.", s.process)
	section(&b, "file", subjectIntro("file"), s.file)
	section(&b, "interface", subjectIntro("interface"), s.iface)
	section(&b, "haproxy", subjectIntro("haproxy"), s.haproxy)
	section(&b, "systemd", subjectIntro("systemd"), s.systemd)
	section(&b, "A group", "An entry of `groups`, by name. A list of routers is short for `{routers: […]}`.", tables.group)
	section(&b, "notify", "At the top of the file it is for every router and group; in a router, in `defaults` and `per_node`, and in a group it is\n"+
		"for that, and comes first. As with every key, the one of a router replaces that of `defaults` as a whole.\n"+
		"[Notify](notify.md) says what the commands are told, and in which order they run.", tables.notify)
	section(&b, "A command", "A line or a list is short for `{command: …}`. A program is named by its whole path, or by a name that is looked for\n"+
		"in /usr/local/sbin, /usr/local/bin, /usr/sbin, /usr/bin, /sbin and /bin.", tables.command)
	section(&b, "An entry of services", "A bare name is a unit of systemd, `.service` if it has no suffix. These keys are for anything else.\n"+
		"[Services](services.md) says when they are started and stopped.", tables.service)
	section(&b, "scripts", "How all commands of the file are run: in the folder /, and as [trackers](trackers.md#scripts) say. Users and groups are those\n"+
		"of /etc/passwd and /etc/group; a directory service is not asked.", tables.scripts)
	return strings.TrimRight(b.String(), "\n") + "\n"
}

// subjectIntro is the sentence above the keys of one kind of tracker, with its short form.
func subjectIntro(kind string) string {
	f := sharedTables().tracker.byName[kind]
	return fmt.Sprintf("%s. `{%s: %s}` is its short form.", strings.ToUpper(f.doc[:1])+f.doc[1:], kind, f.example)
}

func section[T any](b *strings.Builder, title, intro string, t *table[T]) {
	fmt.Fprintf(b, "## %s\n\n", title)
	if intro != "" {
		fmt.Fprintf(b, "%s\n\n", intro)
	}
	b.WriteString("| key | value | default | meaning |\n|---|---|---|---|\n")
	for _, f := range t.fields {
		def := "`" + f.def + "`"
		switch {
		case f.required:
			def = "required"
		case f.def == "":
			def = ""
		}
		meaning := f.doc
		if t.noun == "a router" && f.where&inNode != 0 {
			meaning += " (*per node*)"
		}
		fmt.Fprintf(b, "| `%s` | %s | %s | %s |\n", f.name, cell(f.value()), def, cell(meaning))
	}
	b.WriteString("\n")
}

// cell keeps a table's column in one piece.
func cell(s string) string { return strings.ReplaceAll(s, "|", `\|`) }
