package keyring

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"github.com/aloft-ha/aloft/internal/config"
	"github.com/aloft-ha/aloft/vrrp"
)

const (
	digits = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
	words  = "correct horse battery staple, and so on"
)

// parse reads a configuration of two nodes, of which www1 has the given authentication.
func parse(t *testing.T, authentication string) *config.Config {
	t.Helper()
	c, problems := config.Parse("aloft.yaml", []byte(`
nodes: [{name: www1, addresses: [192.0.2.1]}, {name: www2, addresses: [192.0.2.2]}]
virtual_routers:
  web:
    vrid: 51
    addresses: [192.0.2.100]
    authentication: off
    per_node:
      www1:
        authentication: `+authentication+"\n"))
	if c == nil {
		t.Fatal(problems)
	}
	return c
}

// file writes a file for its owner alone.
func file(t *testing.T, dir, name, content string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// key is the key of a number with the bytes of the digits, or of the words.
func key(t *testing.T, id uint8, content string) vrrp.Key {
	t.Helper()
	data, err := config.KeyBytes(config.KeyFile, content)
	if err != nil {
		t.Fatal(err)
	}
	k, err := vrrp.NewKey(id, data)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// sameKeys compares keys with their bytes.
var sameKeys = cmp.AllowUnexported(vrrp.Key{})

func TestLoadReadsEachSource(t *testing.T) {
	dir, credentials := t.TempDir(), t.TempDir()
	path := file(t, dir, "web", "hex:"+digits+"\n")
	file(t, credentials, "web", words+"\n")
	c := parse(t, "{keys: {1: \"file:"+path+"\", 2: hex:"+digits+", 3: \"text:"+words+"\", 4: credential:web}, active: 3, mode: permissive, replay: monotonic, window: 7s}")
	if problems := Load(c, "www1", credentials); len(problems) > 0 {
		t.Fatal(problems)
	}
	want := &vrrp.Keyring{
		Keys:   []vrrp.Key{key(t, 1, "hex:"+digits), key(t, 2, "hex:"+digits), key(t, 3, words), key(t, 4, words)},
		Active: 3, Mode: vrrp.AuthPermissive, Replay: vrrp.ReplayMonotonic, Window: 7 * time.Second,
	}
	if diff := cmp.Diff(want, c.Instances("www1")[0].Keyring, sameKeys); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if ring := c.Instances("www2")[0].Keyring; ring != nil {
		t.Errorf("www2 has no keys, and got %v", ring)
	}
}

func TestLoadReadsOnlyWhatTheNodeServes(t *testing.T) {
	c := parse(t, "{keys: {1: file:/nowhere/at/all}}")
	if problems := Load(c, "www2", ""); len(problems) > 0 {
		t.Errorf("of another node: %v", problems)
	}
	if problems := Load(c, "www1", ""); len(problems) != 1 {
		t.Errorf("of this node: %v", problems)
	}
}

func TestContentOfAFile(t *testing.T) {
	tests := []struct {
		name, content string
		want          string // of the key as KeyBytes takes it; empty: it is refused
		said          string
	}{
		{"digits", "hex:" + digits, "hex:" + digits, ""},
		{"digits and a line break", "hex:" + strings.ToUpper(digits) + "\n", "hex:" + digits, ""},
		{"digits and that of Windows", "hex:" + digits + "\r\n", "hex:" + digits, ""},
		{"bytes", words, words, ""},
		{"bytes with a zero", words + "\x00\xff", words + "\x00\xff", ""},
		{"one line break is no part", words + "\n\n", words + "\n", ""},
		{"text: is nothing special", "text:" + words, "text:" + words, ""},
		{"the longest", strings.Repeat("ab", 32), strings.Repeat("ab", 32), ""},
		{"the longest in digits", "hex:" + strings.Repeat("ab", 64) + "\r\n", "hex:" + strings.Repeat("ab", 64), ""},
		{"digits without their word", digits + "0", "", "a key has 32 to 64 bytes, and this one has 65"},
		{"short", "hex:0001", "", "a key has 32 to 64 bytes, and this one has 2"},
		{"odd", "hex:" + digits + "0", "", "the number of hexadecimal digits is odd: 65"},
		{"no digits", "hex:" + digits + " x", "", "something else than hexadecimal digits"},
		{"two lines", "hex:" + digits + "\nhex:00\n", "", "something else than hexadecimal digits"},
		{"empty", "", "", "this one has 0"},
		{"endless", strings.Repeat("x", 10000), "", "has more than 134 bytes, so it is no key"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := parse(t, "{keys: {9: \"file:"+file(t, t.TempDir(), "web", tt.content)+"\"}}")
			problems := Load(c, "www1", "")
			if tt.want == "" {
				if len(problems) != 1 || !strings.Contains(problems[0].Message, tt.said) || problems[0].Hint == "" {
					t.Errorf("said %q, want %q with a cure", problems, tt.said)
				}
				if len(tt.content) > 0 && strings.Contains(fmt.Sprint(problems), strings.TrimSpace(tt.content)) {
					t.Errorf("the key is in %v", problems)
				}
				return
			}
			if len(problems) > 0 {
				t.Fatal(problems)
			}
			want := []vrrp.Key{key(t, 9, tt.want)}
			if diff := cmp.Diff(want, c.Instances("www1")[0].Keyring.Keys, sameKeys); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestFilesThatAreRefused(t *testing.T) {
	dir := t.TempDir()
	path := file(t, dir, "web", "hex:"+digits)
	link := filepath.Join(dir, "link")
	if err := os.Symlink(path, link); err != nil {
		t.Fatal(err)
	}
	fifo := filepath.Join(dir, "fifo")
	if err := unix.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name, path string
		mode       fs.FileMode
		said, cure string // said empty: it is taken
	}{
		{"its owner's alone", path, 0o400, "", ""},
		{"a group's too", path, 0o660, "", ""},
		{"by a link", link, 0o600, "", ""},
		{"everybody reads it", path, 0o604, "others can read or write " + path + " (mode 0604)", "chmod 640 " + path + "; if they have read it, change the key"},
		{"everybody writes it", link, 0o602, "others can read or write " + link + " (mode 0602)", "chmod 640 " + link + "; if they have read it, change the key"},
		{"a FIFO", fifo, 0o600, fifo + " is no regular file", ""},
		{"a folder", dir, 0o700, dir + " is no regular file", ""},
		{"a device", "/dev/null", 0, "/dev/null is no regular file", ""},
		{"none", dir + "/none", 0, dir + "/none does not exist", freshKey},
		{"a file for a folder", path + "/web", 0, "open " + path + "/web: not a directory", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if tt.mode != 0 {
				if err := os.Chmod(tt.path, tt.mode); err != nil {
					t.Fatal(err)
				}
			}
			problems := Load(parse(t, "{keys: {1: \"file:"+tt.path+"\"}}"), "www1", "")
			var want []config.Problem
			if tt.said != "" {
				want = []config.Problem{{
					File: "aloft.yaml", Line: 10, Column: 36, Severity: config.Error, Message: "key 1: " + tt.said, Hint: tt.cure,
					Path: "virtual_routers.web.per_node.www1.authentication.keys.1",
				}}
			}
			if diff := cmp.Diff(want, problems); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestJudgeOwners(t *testing.T) {
	for _, tt := range []struct {
		owner, self uint32
		taken       bool
	}{{0, 0, true}, {0, 1000, true}, {1000, 1000, true}, {1000, 0, false}, {1001, 1000, false}} {
		wrong := judge("/k", 0o600, tt.owner, tt.self)
		if (wrong == nil) != tt.taken {
			t.Errorf("of %d for %d: %v, want it taken: %t", tt.owner, tt.self, wrong, tt.taken)
		}
		if wrong != nil && wrong.cure != "chown root /k" {
			t.Errorf("the cure %q", wrong.cure)
		}
	}
}

func TestCredentialsThatAreNotThere(t *testing.T) {
	c := parse(t, "{keys: {1: credential:web, 2: credential:db}, active: 1}")
	problems := Load(c, "www1", "")
	if len(problems) != 2 || !strings.Contains(problems[0].Error(), "10:36: key 1: $CREDENTIALS_DIRECTORY is not set") ||
		!strings.Contains(problems[1].Hint, "LoadCredential=db:/PATH") {
		t.Errorf("outside of a unit: %v", problems)
	}
	dir := t.TempDir()
	problems = Load(c, "www1", dir)
	if len(problems) != 2 || !strings.Contains(problems[0].Message, dir+"/web does not exist") {
		t.Errorf("in a unit without them: %v", problems)
	}
}

// TestRoutersShareTheKeysOfTheirDefaults has one mistake told once.
func TestRoutersShareTheKeysOfTheirDefaults(t *testing.T) {
	c, problems := config.Parse("aloft.yaml", []byte(`
nodes: [{name: www1, addresses: [192.0.2.1]}, {name: www2, addresses: [192.0.2.2]}]
defaults: {authentication: {keys: {1: file:/nowhere/at/all}}}
virtual_routers:
  web: {vrid: 51, addresses: [192.0.2.100]}
  db: {vrid: 52, addresses: [192.0.2.101]}
`))
	if c == nil {
		t.Fatal(problems)
	}
	if problems := Load(c, "www1", ""); len(problems) != 1 || problems[0].Line != 3 {
		t.Errorf("%v", problems)
	}
}

func TestSecret(t *testing.T) {
	for text, want := range map[string]bool{
		"off": false, "{keys: {1: file:/k}}": true, "{keys: {1: hex:" + digits + "}}": true,
	} {
		if got := Secret(parse(t, text)); got != want {
			t.Errorf("%s: %t", text, got)
		}
	}
}
