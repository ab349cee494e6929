package importer

import (
	"strings"
	"testing"
	"time"

	"github.com/aloft-ha/aloft/internal/config"
	"github.com/aloft-ha/aloft/vrrp"
)

func TestAuthenticationIsWritten(t *testing.T) {
	pass := config.Authentication{Pass: "no"}
	keys := config.Authentication{
		Keys: []config.KeySource{
			{ID: 1, Kind: config.KeyFile, Value: "/etc/aloft/keys/web"},
			{ID: 2, Kind: config.KeyText, Value: `correct horse "battery" staple: #1`},
			{ID: 30, Kind: config.KeyCredential, Value: "web"},
		},
		Active: 2, Mode: vrrp.AuthPermissive, Replay: vrrp.ReplayMonotonic,
	}
	one := config.Authentication{Keys: keys.Keys[:1], Active: 1, Window: 7 * time.Second}
	tests := []struct {
		name  string
		parts []Part
		want  string // in the file
	}{
		{"a password that YAML takes for something else", both(Settings{Authentication: pass, Version: vrrp.Version2}, nil), "    version: 2\n    authentication: {pass: \"no\"}\n"},
		{"one key", both(Settings{Authentication: one}, nil), "    authentication: {keys: {1: \"file:/etc/aloft/keys/web\"}, window: 7s}\n"},
		{"more than a line", both(Settings{Authentication: keys}, nil), `    authentication:
      keys: {1: "file:/etc/aloft/keys/web", 2: "text:correct horse \"battery\" staple: #1", 30: "credential:web"}
      active: 2
      mode: permissive
      replay: monotonic
`},
		{"on one node alone", both(Settings{Authentication: one}, func(s *Settings) { s.Authentication = config.Authentication{} }), "      www2: {authentication: off}\n"},
		{"none", both(Settings{}, nil), ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for i := range tt.parts {
				tt.parts[i].Settings.Addresses = floating("192.0.2.100")
			}
			c := Cluster{Nodes: pair, Routers: []Router{{Name: "web", VRID: 51, Parts: tt.parts}}}
			file := string(c.YAML())
			if tt.want == "" && strings.Contains(file, "authentication") || !strings.Contains(file, tt.want) {
				t.Errorf("want %q in\n%s", tt.want, file)
			}
			cfg, problems := config.Parse("aloft.yaml", []byte(file))
			if cfg == nil {
				t.Fatal(problems)
			}
			if got := len(cfg.Inline) > 0; got != c.Secret() {
				t.Errorf("the file has a secret: %t, and Secret says %t", got, c.Secret())
			}
			for _, part := range tt.parts {
				got, want := cfg.Instances(part.Node)[0].Authentication, part.Settings.Authentication
				if string(got.Pass) != string(want.Pass) || len(got.Keys) != len(want.Keys) || got.Active != want.Active || got.Mode != want.Mode || got.Replay != want.Replay {
					t.Errorf("%s: read back: %+v, want %+v", part.Node, got, want)
				}
				for i, k := range want.Keys {
					if got.Keys[i].ID != k.ID || got.Keys[i].Kind != k.Kind || got.Keys[i].Value != k.Value {
						t.Errorf("%s: key %d is another one", part.Node, k.ID)
					}
				}
			}
		})
	}
}
