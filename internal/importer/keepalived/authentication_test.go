package keepalived

import (
	"slices"
	"strings"
	"testing"

	"github.com/aloft-ha/aloft/internal/config"
	"github.com/aloft-ha/aloft/internal/importer"
)

// TestAuthentication has all that keepalived makes of a password and of keys, and what is noted beside it. No note has the
// secret, which the file has where it is carried over.
func TestAuthentication(t *testing.T) {
	const (
		pass = "authentication {\nauth_type PASS\nauth_pass geheim\n}\n"
		long = "geheimgeheimgeheimgeheimgeheimgeheim"
		hex  = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
	)
	tests := []struct {
		name, conf string
		want       string // the line of the file; empty: there is none
		kind       importer.Kind
		note       string // empty: none is looked for
	}{
		{"password", pass, "authentication: {pass: geheim}", 0, ""},
		{"digits", "authentication {\nauth_pass 1111\nauth_type PASS\n}\n", `authentication: {pass: "1111"}`, 0, ""},
		{"eight bytes count", "authentication {\nauth_type PASS\nauth_pass geheimgeheim\n}\n", "authentication: {pass: geheimge}", importer.Changed, "auth_pass has 12 bytes"},
		{"what YAML takes for something else", "authentication {\nauth_type PASS\nauth_pass \"!a: {#\"\n}\n", `authentication: {pass: "!a: {#"}`, 0, ""},
		{"words after it", "authentication {\nauth_type PASS\nauth_pass geheim geheim\n}\n", "authentication: {pass: geheim}", importer.Broken, "does not look at what follows"},
		{"without a type", "authentication {\nauth_pass geheim\n}\n", "", importer.Broken, "authenticates nothing"},
		{"without a password", "authentication {\nauth_type PASS\n}\n", "", importer.Broken, "no auth_pass"},
		{"another type", "authentication {\nauth_type geheim\nauth_pass geheim\n}\n", "", importer.Broken, "is PASS or AH"},
		{"AH", "authentication {\nauth_type AH\nauth_pass geheim\n}\n", "", importer.Dropped, "does not speak it"},
		{"version 3", "version 3\n" + pass, "", importer.Broken, "with VRRP version 3"},
		{"strict", "strict_mode\n" + pass, "", importer.Broken, "strict mode"},
		{"not strict", "strict_mode off\n" + pass, "authentication: {pass: geheim}", 0, ""},
		{"half a letter", "authentication {\nauth_type PASS\nauth_pass geheim1äx\n}\n", "", importer.Dropped, "cannot have"},
		{"a word of its own", "authentication {\ngeheim\nauth_type PASS\n}\n", "", importer.Broken, "a value is missing"},
		{"nothing", "authentication {\n}\n", "", 0, ""},

		{"key", "auth_hmac {\nkey 7 hex:" + hex + "\nactive_key 7\n}\n", `authentication: {keys: {7: "hex:` + hex + `"}}`, 0, ""},
		{
			"keys", "auth_hmac {\nkey 2 file:/etc/keepalived/keys/web\nkey 3 \"file:${_ENV CREDENTIALS_DIRECTORY}/web\"\nactive_key 3\nmode receive-only\nanti_replay time\ntime_window 7\n}\n",
			`authentication: {keys: {2: "file:/etc/keepalived/keys/web", 3: "credential:web"}, active: 3, mode: receive-only, window: 7s}`, 0, "",
		},
		{"text", "auth_hmac {\nkey 1 " + long + "\nactive_key 1\nanti_replay monotonic\ntime_window 7\n}\n", `authentication: {keys: {1: "text:` + long + `"}, replay: monotonic}`, 0, ""},
		{"two of one number", "auth_hmac {\nkey 1 file:/a\nkey 1 file:/b\nactive_key 1\n}\n", `authentication: {keys: {1: "file:/a"}}`, importer.Broken, "takes the first"},
		{"beside a password", pass + "auth_hmac {\nkey 1 file:/a\nactive_key 1\n}\n", `authentication: {keys: {1: "file:/a"}}`, importer.Broken, "drops authentication beside auth_hmac"},
		{"no active key", "auth_hmac {\nkey 1 file:/a\n}\n", "", importer.Broken, "switches auth_hmac off"},
		{"a short key", "auth_hmac {\nkey 1 geheim\nactive_key 1\n}\n", "", importer.Broken, "32 to 64 bytes, and this one has 6"},
		{"no digits", "auth_hmac {\nkey 1 hex:geheim\nactive_key 1\n}\n", "", importer.Broken, "hexadecimal digits"},
		{"a relative file", "auth_hmac {\nkey 1 file:geheim\nactive_key 1\n}\n", "", importer.Broken, "no whole path"},
		{"no number", "auth_hmac {\nkey geheim " + long + "\nkey 256 " + long + "\nactive_key 1\n}\n", "", importer.Broken, "and this is none"},
		{"half a line", "auth_hmac {\nkey 1\nkey geheim\nactive_key\n}\n", "", importer.Broken, "a value is missing"},
		{"odd values", "auth_hmac {\nkey 1 file:/a\nactive_key 1\nactive_key geheim\nmode geheim\nanti_replay geheim\ntime_window geheim\ntime_window 301\ngeheim geheim\n}\n", `authentication: {keys: {1: "file:/a"}}`, importer.Broken, "keepalived refuses, and ignores"},
		{"a block in it", "auth_hmac {\nkey 1 file:/a {\nkey 2 geheim\n}\nactive_key 1\n}\n", `authentication: {keys: {1: "file:/a"}}`, importer.Broken, "does not look at"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			text := "vrrp_instance web {\ninterface eth0\nvirtual_router_id 51\nvirtual_ipaddress {\n192.0.2.100\n}\n" + tt.conf + "}\n"
			r, err := Import(memory{"a": text}, []Input{{Node: "www1", File: "a"}}, nil)
			if err != nil {
				t.Fatal(err)
			}
			file, problems := r.Checked("aloft.yaml")
			if slices.ContainsFunc(problems, func(p config.Problem) bool { return p.Severity == config.Error }) {
				t.Errorf("the file is refused: %v", problems)
			}
			if got := strings.Contains(string(file), "authentication:"); got != (tt.want != "") || !strings.Contains(unfolded(file), tt.want) {
				t.Errorf("want %q in\n%s", tt.want, file)
			}
			found := tt.note == ""
			for _, n := range r.Notes {
				found = found || n.Kind == tt.kind && strings.Contains(n.What, tt.note)
				if strings.Contains(n.What+n.Instead, "geheim") || strings.Contains(n.What+n.Instead, hex) {
					t.Errorf("the secret is in %v", n)
				}
			}
			if !found {
				t.Errorf("want %v: ...%s..., got %v", tt.kind, tt.note, r.Notes)
			}
			told := slices.ContainsFunc(r.Notes, func(n importer.Note) bool { return strings.Contains(n.What, "has a secret in it") })
			if secret := strings.Contains(tt.want, "pass:") || strings.Contains(tt.want, "hex:") || strings.Contains(tt.want, "text:"); told != secret {
				t.Errorf("that the file has a secret is told: %t, want %t", told, secret)
			}
		})
	}
}

// unfolded writes authentication that stands on lines of its own on one.
func unfolded(file []byte) string {
	head, tail, found := strings.Cut(string(file), "authentication:\n")
	if !found {
		return head
	}
	var keys []string
	for line := range strings.Lines(tail) {
		key, deeper := strings.CutPrefix(line, "      ")
		if !deeper {
			break
		}
		keys = append(keys, strings.TrimSpace(key))
	}
	return head + "authentication: {" + strings.Join(keys, ", ") + "}"
}

func TestStrictModeOfAllInstances(t *testing.T) {
	const text = "global_defs {\nvrrp_strict\n}\nvrrp_instance web {\nvirtual_router_id 51\nauthentication {\nauth_type PASS\nauth_pass geheim\n}\nvirtual_ipaddress {\n192.0.2.100\n}\n"
	for conf, want := range map[string]bool{text + "}\n": false, text + "strict_mode off\n}\n": true} {
		r, err := Import(memory{"a": conf}, []Input{{Node: "www1", File: "a"}}, nil)
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Contains(string(r.Cluster.YAML()), "pass: geheim"); got != want {
			t.Errorf("carried over: %t, want %t, of\n%s", got, want, conf)
		}
	}
}

func TestVersionOfAnInstance(t *testing.T) {
	const v4, v6 = "virtual_ipaddress {\n192.0.2.100\n}\n", "virtual_ipaddress {\nfe80::100\n}\n"
	for _, tt := range []struct {
		name, global, conf string
		version            string
		note               string
	}{
		{"default", "", v4, "    version: 2\n", "keepalived speaks VRRP version 2 here, and so does aloft"},
		{"of all", "vrrp_version 3", v4, "", ""},
		{"of one", "vrrp_version 3", "version 2\n" + v4, "    version: 2\n", "keepalived speaks VRRP version 2 here, and so does aloft"},
		{"IPv6", "", v6, "", ""},
		{"IPv6 with version 2", "", "version 2\n" + v6, "", "vrrp_instance web speaks version 2 over IPv6, which no RFC has, and aloft version 3"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			text := "global_defs {\n" + tt.global + "\n}\nvrrp_instance web {\ninterface eth0\nvirtual_router_id 51\n" + tt.conf + "}\n"
			r, err := Import(memory{"a": text}, []Input{{Node: "www1", File: "a"}}, nil)
			if err != nil {
				t.Fatal(err)
			}
			if file := string(r.Cluster.YAML()); strings.Contains(file, "version:") != (tt.version != "") || !strings.Contains(file, tt.version) {
				t.Errorf("want %q in\n%s", tt.version, file)
			}
			told := slices.ContainsFunc(r.Notes, func(n importer.Note) bool { return n.What == tt.note })
			speaks := slices.ContainsFunc(r.Notes, func(n importer.Note) bool { return strings.Contains(n.What, "version 2") })
			if told != (tt.note != "") || speaks != told {
				t.Errorf("want the note %q alone, got %v", tt.note, r.Notes)
			}
		})
	}
}
