package keepalived

import (
	"fmt"
	"strings"
	"testing"

	"github.com/aloft-ha/aloft/internal/importer"
)

// TestEveryHintBecomesANote writes each keyword that is not carried over into its block, and demands a note at its line
// that repeats it and says what to do.
func TestEveryHintBecomesANote(t *testing.T) {
	blocks := []struct {
		open  string
		hints map[string]hint
	}{
		{"", topHints},
		{"global_defs {", globalHints},
		{"vrrp_instance a {", instanceHints},
		{"vrrp_sync_group a {", groupHints},
	}
	for _, block := range blocks {
		for keyword := range block.hints {
			text := fmt.Sprintf("%s\n%s 1 {\nx\n}\n", block.open, keyword)
			if block.open != "" {
				text += "}\n"
			}
			r, err := Import(memory{"a": text}, []Input{{Node: "www1", File: "a"}}, nil)
			if err != nil {
				t.Fatal(err)
			}
			found := 0
			for _, n := range r.Notes {
				if n.Line == 2 && strings.HasPrefix(n.What, keyword+" ") && n.Instead != "" && n.Kind != importer.Broken {
					found++
				}
			}
			if found != 1 {
				t.Errorf("%s %s: want one note, got %v", block.open, keyword, r.Notes)
			}
		}
	}
}

// TestNoSecretIsPrinted puts a password everywhere that a note may repeat.
func TestNoSecretIsPrinted(t *testing.T) {
	const conf = `
@main auth_pass geheim
auth_pass "geheim
vrrp_instance a {
    interface eth0
    virtual_router_id 1
    authentication {
        auth_type PASS
        auth_pass geheim extra geheim
    }
    auth_hmac {
        key 1 hex:geheim
        active_key 1
    }
    auth_pass geheim
    ~SEQ(I,1,0,9) auth_pass geheim
    virtual_ipaddress {
        192.0.2.1
    }
}
virtual_server 192.0.2.1 80 {
    password geheim
}
`
	r, err := Import(memory{"a": conf}, []Input{{File: "a"}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Notes) < 6 {
		t.Errorf("only %d notes", len(r.Notes))
	}
	for _, n := range r.Notes {
		if strings.Contains(n.What+n.Instead, "geheim") {
			t.Errorf("%s: %s", n.Place(), n.What)
		}
	}
	if strings.Contains(string(r.Cluster.YAML()), "geheim") {
		t.Error("the file has the password in it")
	}
}
