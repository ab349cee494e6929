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

func TestOneKeywordHasOneAnswerInEitherPlace(t *testing.T) {
	for keyword, want := range topHints {
		if got, both := globalHints[keyword]; both && got != want {
			t.Errorf("%s: %v outside of all blocks, and %v in global_defs", keyword, want, got)
		}
	}
}
