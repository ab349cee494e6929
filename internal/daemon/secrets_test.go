package daemon

import (
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/aloft-ha/aloft/internal/config"
	"github.com/aloft-ha/aloft/internal/logbook"
)

const (
	digits = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
	signed = `
nodes: [{name: www1, addresses: [192.0.2.1]}, {name: www2, addresses: [192.0.2.2]}]
virtual_routers:
  web: {vrid: 51, addresses: [192.0.2.100], authentication: {keys: {1: "SOURCE"}}}
`
)

// TestReloadRefusesSecretsThatAreNotSafe reloads with a key that is there, is not, is too short, and can be read by everybody:
// the old keys stay in place of half of the new ones.
func TestReloadRefusesSecretsThatAreNotSafe(t *testing.T) {
	setDumpable(t, 1)
	key := filepath.Join(t.TempDir(), "web")
	inFile := strings.Replace(signed, "SOURCE", "file:"+key, 1)
	path := write(t, inFile)
	var applied []*config.Config
	r, o := &logbook.Book{}, Options{Config: path}
	const stays = "ERROR reload refused, the old configuration stays error=the configuration has a mistake"
	for _, c := range []struct {
		why     string
		prepare func()
		log     []string // prefixes
	}{
		{"no file", func() {}, []string{"ERROR reload refused at=" + path + ":4:72: key 1: " + key + " does not exist", stays}},
		{"a good one", func() { rewrite(t, key, "hex:"+digits+"\n") }, []string{"INFO reloaded"}},
		{"others read it", func() { chmod(t, key, 0o644) }, []string{"ERROR reload refused at=" + path + ":4:72: key 1: others can read or write " + key, stays}},
		{"short", func() { chmod(t, key, 0o600); rewrite(t, key, "hex:0011") }, []string{"ERROR reload refused at=" + path + ":4:72: key 1: in " + key + ": a key has 32 to 64 bytes", stays}},
		{"the key itself", func() { rewrite(t, path, strings.Replace(signed, "SOURCE", "hex:"+digits, 1)) }, []string{"INFO reloaded"}},
		{"in a file that others read", func() { chmod(t, path, 0o644) }, []string{"ERROR reload refused at=" + path + ":4:72: a secret stands here", stays}},
		{"that they do not", func() { chmod(t, path, 0o640) }, []string{"INFO reloaded"}},
	} {
		c.prepare()
		before, logged := len(applied), len(r.Lines())
		o.reload(func(cfg *config.Config) { applied = append(applied, cfg) }, "www1", slog.New(r))
		lines := r.Lines()[logged:]
		if !slices.EqualFunc(lines, c.log, strings.HasPrefix) {
			t.Errorf("%s: logged %q, want %q", c.why, lines, c.log)
		}
		if taken := len(applied) > before; taken != (len(c.log) == 1) {
			t.Errorf("%s: taken: %t", c.why, taken)
		} else if ring := last(applied); taken && (ring.Instances("www1")[0].Keyring == nil || len(ring.Instances("www1")[0].Keyring.Keys) != 1) {
			t.Errorf("%s: it has no key", c.why)
		}
	}
	if all := strings.Join(r.Lines(), "\n"); strings.Contains(all, digits) || strings.Contains(all, "0011") {
		t.Errorf("a key is in the log: %s", all)
	}
}

func last(list []*config.Config) *config.Config {
	if len(list) == 0 {
		return nil
	}
	return list[len(list)-1]
}

func chmod(t *testing.T, path string, mode os.FileMode) {
	t.Helper()
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
}

func TestStartIsRefusedWithoutItsKeys(t *testing.T) {
	setDumpable(t, 1)
	cfg, _, err := read(write(t, strings.Replace(signed, "SOURCE", "credential:web", 1)))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	t.Setenv("CREDENTIALS_DIRECTORY", dir)
	var refused *ConfigError
	if err := loadSecrets(cfg, "www1"); !errors.As(err, &refused) || !strings.Contains(refused.Problems[0].Message, dir+"/web does not exist") {
		t.Errorf("without a credential: %v", err)
	}
	rewrite(t, filepath.Join(dir, "web"), "hex:"+digits)
	if err := loadSecrets(cfg, "www1"); err != nil {
		t.Errorf("with one: %v", err)
	}
}

// TestSecretsAreKeptOutOfCores asks the kernel.
func TestSecretsAreKeptOutOfCores(t *testing.T) {
	setDumpable(t, 1)
	for _, c := range []struct {
		text string
		want int
	}{{good, 1}, {strings.Replace(signed, "SOURCE", "text:"+digits, 1), 0}, {good, 0}} {
		cfg, _, err := read(write(t, c.text))
		if err != nil {
			t.Fatal(err)
		}
		if err := loadSecrets(cfg, "www1"); err != nil {
			t.Fatal(err)
		}
		if got := dumpable(t); got != c.want {
			t.Errorf("dumpable is %d, want %d with %s", got, c.want, c.text)
		}
	}
}

func dumpable(t *testing.T) int {
	t.Helper()
	n, err := unix.PrctlRetInt(unix.PR_GET_DUMPABLE, 0, 0, 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// setDumpable says whether there may be a core of this process, until the end of the test.
func setDumpable(t *testing.T, n int) {
	t.Helper()
	set := func(n int) {
		if err := unix.Prctl(unix.PR_SET_DUMPABLE, uintptr(n), 0, 0, 0); err != nil {
			t.Error(err)
		}
	}
	before := dumpable(t)
	t.Cleanup(func() { set(before) })
	set(n)
}
