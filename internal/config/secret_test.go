package config

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"log/slog"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestSecretIsNeverPrinted(t *testing.T) {
	const text = "geheim"
	i := Instance{Authentication: Authentication{Pass: text, Keys: []KeySource{{ID: 1, Kind: KeyText, Value: text}}}}
	c := &Config{Routers: []Router{{Name: "web", PerNode: []Instance{i}}}}
	var out bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d"} {
		fmt.Fprintf(&out, verb+verb+verb+"\n", i.Authentication.Pass, i, c)
	}
	for _, h := range []slog.Handler{slog.NewTextHandler(&out, nil), slog.NewJSONHandler(&out, nil)} {
		slog.New(h).Info("secret", "pass", i.Authentication.Pass, "instance", i, "config", c)
	}
	if err := json.NewEncoder(&out).Encode(c); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(out.String(), hidden); n < 20 {
		t.Errorf("only %d secrets were printed: the test looks at nothing", n)
	}
	for _, form := range []string{text, fmt.Sprintf("%x", text), fmt.Sprintf("%X", text)} {
		if strings.Contains(out.String(), form) {
			t.Errorf("printed: %s", out.String())
		}
	}
	if got := Secret("").String(); got != "" {
		t.Errorf("no secret prints as %q", got)
	}
}

func TestFileWithSecretsMayNotBeReadByOthers(t *testing.T) {
	const head = "nodes: [{name: a, addresses: [192.0.2.1]}, {name: b, addresses: [192.0.2.2]}]\n"
	const web = "virtual_routers:\n  web: {vrid: 51, addresses: [192.0.2.100], version: 2, authentication: "
	key := strings.Repeat("k", 32)
	tests := []struct {
		name, text string
		place      string // of the refusal; empty: none
	}{
		{"password", head + web + "{pass: geheim}}\n", "f:3:80"},
		{"text", head + web + "{keys: {1: text:" + key + "}}}\n", "f:3:84"},
		{"hex", head + web + "{keys: {1: hex:" + key[:0] + strings.Repeat("0a", 32) + "}}}\n", "f:3:84"},
		{"in defaults that no router takes", head + "defaults: {authentication: {pass: geheim}}\n" + web + "off}\n", "f:2:35"},
		{"key in a file", head + web + "{keys: {1: file:/k}}}\n", ""},
		{"credential", head + web + "{keys: {1: credential:web}}}\n", ""},
		{"off", head + web + "off}\n", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for mode, readable := range map[uint32]bool{0o600: false, 0o640: false, 0o644: true, 0o604: true, 0o666: true, 0o662: false} {
				c, problems := ParseFile("f", []byte(tt.text), fs.FileMode(mode))
				refused := tt.place != "" && readable
				if (c == nil) != refused {
					t.Errorf("mode %04o: refused %t, want %t: %v", mode, c == nil, refused, problems)
				}
				said := fmt.Sprint(problems)
				if refused && (!strings.Contains(said, tt.place+": a secret stands here") || !strings.Contains(said, "chmod 640 f")) {
					t.Errorf("mode %04o: %s", mode, said)
				}
			}
		})
	}
}

// secrets are what the random files have for secrets: what YAML, the walker or a person could take for something else.
var secrets = []string{
	"geheim", "1geheim", "!geheim", "*geheim", "&geheim", "$geheim", "@geheim", "%geheim", "#geheim", "'geheim", `"geheim`, `"geh\geheim"`,
	"geheim: x", "{geheim", "[geheim", "- geheim", "geheim, x", "|geheim", "> geheim", "? geheim", "hex:geheim", "text:geheim", "file:geheim",
	"credential:ge/geheim", "!!binary geheim", "<<: geheim", "geheim\n", "\n          geheim", "\tgeheim", "geheim }", "geheim ]",
	"*geheim x", "{hex: geheim}", "[geheim, geheim]", "\u00a0geheim", "geheim:geheim", "geheim #geheim", "text:geheimgeheimgeheimgeheimgeheimgeheim",
}

// places are where they stand, rightly or not; %s is the secret.
var places = []string{
	"authentication: {pass: %s}", "authentication: {pass:%s}", "authentication: {%s}", "authentication: %s", "authentication:%s", "authentication:\n      pass: %s",
	"authentication:\n      pass:%s", "authentication:\n      pass %s", "authentication:\n      %s", "authentication:\n    pass: %s", "authentication:\n      pass: %s\n      pass: %s",
	"authentication: {keys: {1: %s}}", "authentication: {keys: {%s: file:/k}}", "authentication: {keys: {%s}}", "authentication: {keys: %s}", "authentication: {keys: [%s]}",
	"authentication:\n      keys:\n        1: %s", "authentication:\n      keys:\n        1: hex:%s", "authentication:\n      keys:\n        - %s",
	"authentication:\n      keys:\n        1:\n          hex: %s", "authentication: {active: %s, mode: %s, replay: %s, window: %s, keys: {1: file:/k}}",
	"authentication: {<<: %s}", "authentication: {pasword: %s, secret: %s}", "authentification: {pass: %s}", "authentication {pass: %s}", "auth: {pass: %s}", "auth: %s",
	"pass: %s", "pass:%s", "auth_pass: %s", "keys: {1: %s}", "password = %s", "secret:%s", "per_node: {www1: {authentication: {pass: %s}}}", "per_node: {www1: {pass: %s}}",
	"authentication: &x {pass: %s}\n  db: *x", "authentication: {pass: &x %s}\n  db: {authentication: {pass: *x}}",
}

// around is what else may be wrong.
var around = []string{"", "    vrid: 512\n", "    vrid: 1\n    vrid: 2\n", "  foo\n", "    colour: 5\n", "\tx: 1\n", "    x: [\n", "    : :\n", "    version: 2\n", "    version: 2+3\n    advert_interval: 1500ms\n", "   y: 1\n"}

// TestNoProblemShowsASecret writes files with secrets in them, whatever else is wrong, and looks for the secrets in all that
// is said of the files.
func TestNoProblemShowsASecret(t *testing.T) {
	told := 0
	check := func(fatal func(string, ...any), text string, mode fs.FileMode) {
		c, problems := ParseFile("f.yaml", []byte(text), mode)
		var out bytes.Buffer
		if err := Render(&out, []byte(text), problems, false); err != nil {
			fatal("%v", err)
		}
		fmt.Fprintf(&out, "%+v %+v", problems, c)
		if strings.Contains(out.String(), "geheim") {
			fatal("in what is said:\n%s\nof the file:\n%s", out.String(), text)
		}
		told += len(problems)
	}
	const head = "nodes: [{name: www1, addresses: [192.0.2.1]}, {name: www2, addresses: [192.0.2.2]}]\nvirtual_routers:\n  web:\n    addresses: [192.0.2.100]\n"
	for _, place := range places {
		for _, secret := range secrets {
			check(t.Errorf, head+"    "+strings.ReplaceAll(place, "%s", secret)+"\n", 0o600)
			check(t.Errorf, strings.ReplaceAll(place, "%s", secret)+"\n"+head, 0o600)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		text := head
		for range rapid.IntRange(1, 4).Draw(t, "pieces") {
			text += rapid.SampledFrom(around).Draw(t, "around")
			place, secret := rapid.SampledFrom(places).Draw(t, "place"), rapid.SampledFrom(secrets).Draw(t, "secret")
			text += "    " + strings.ReplaceAll(place, "%s", secret) + "\n"
		}
		check(t.Fatalf, text+rapid.SampledFrom(around).Draw(t, "end"), rapid.SampledFrom([]fs.FileMode{0o600, 0o644}).Draw(t, "mode"))
	})
	if told < 2000 {
		t.Errorf("only %d problems were looked at", told)
	}
}
