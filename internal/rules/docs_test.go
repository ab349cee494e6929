package rules_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/aloft-ha/aloft/internal/config"
)

var (
	fenced = regexp.MustCompile("(?s)```yaml\n(.*?)```")
	linked = regexp.MustCompile(`\]\(([^)#]+)(#[^)]*)?\)`)
	// sketch is the part of a configuration at the top of a script.
	sketch = regexp.MustCompile(`(?m)^#   (?:trackers|notify):\n(?:^#   .*\n)+`)
)

// TestYAMLInDocsIsValid parses every YAML block of the documentation: what a reader copies has to work.
func TestYAMLInDocsIsValid(t *testing.T) {
	blocks := 0
	for _, page := range pages(t) {
		for _, m := range fenced.FindAllStringSubmatch(read(t, page), -1) {
			blocks++
			if cfg, problems := config.Parse(page, []byte(m[1])); cfg == nil || len(problems) > 0 {
				t.Errorf("%s: %v\n%s", page, problems, m[1])
			}
		}
	}
	if blocks == 0 {
		t.Error("no page has a YAML block: the test reads nothing")
	}
}

// TestScriptsSayHowTheyAreConfigured parses what stands at the top of each script.
func TestScriptsSayHowTheyAreConfigured(t *testing.T) {
	const nodes = "nodes: [{name: www1, addresses: [192.0.2.1]}, {name: www2, addresses: [192.0.2.2]}]\n"
	const routers = "virtual_routers: {web: {vrid: 51, addresses: [192.0.2.100]}}\n"
	scripts, err := filepath.Glob("../../scripts/*-*")
	if err != nil || len(scripts) == 0 {
		t.Fatalf("finding the scripts: %d, %v", len(scripts), err)
	}
	for _, script := range scripts {
		text := strings.ReplaceAll("\n"+sketch.FindString(read(t, script)), "\n#   ", "\n")
		if !strings.Contains(text, ":") {
			t.Errorf("%s does not say how it is configured", script)
		}
		text += nodes
		if !strings.Contains(text, "virtual_routers:") {
			text += routers
		}
		if cfg, problems := config.Parse(script, []byte(text)); cfg == nil {
			t.Errorf("%s: %v\n%s", script, problems, text)
		}
	}
}

// TestLinksInDocsExist follows every relative link.
func TestLinksInDocsExist(t *testing.T) {
	for _, page := range pages(t) {
		for _, m := range linked.FindAllStringSubmatch(read(t, page), -1) {
			if strings.Contains(m[1], "://") {
				continue
			}
			if _, err := os.Stat(filepath.Join(filepath.Dir(page), m[1])); err != nil {
				t.Errorf("%s links to %s: %v", page, m[1], err)
			}
		}
	}
}

// pages are the Markdown files of the repository.
func pages(t *testing.T) (list []string) {
	t.Helper()
	err := filepath.WalkDir("../..", func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && filepath.Ext(path) == ".md" {
			list = append(list, path)
		}
		return err
	})
	if err != nil || len(list) == 0 {
		t.Fatalf("finding the pages: %d, %v", len(list), err)
	}
	return list
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
