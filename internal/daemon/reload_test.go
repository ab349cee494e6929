package daemon

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/aloft-ha/aloft/internal/config"
	"github.com/aloft-ha/aloft/internal/engine"
	"github.com/aloft-ha/aloft/internal/logbook"
)

const good = `
nodes: [{name: www1, addresses: [192.0.2.1]}, {name: www2, addresses: [192.0.2.2]}]
virtual_routers:
  web: {vrid: 51, addresses: [192.0.2.100]}
`

// write puts a configuration into a file.
func write(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "aloft.yaml")
	rewrite(t, path, text)
	return path
}

func rewrite(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestReadRefusesAFileWithMistakes(t *testing.T) {
	for name, text := range map[string]string{
		"a mistake": strings.Replace(good, "51", "0", 1),
		"no YAML":   "nodes: [",
		"empty":     "",
	} {
		t.Run(name, func(t *testing.T) {
			cfg, problems, err := read(write(t, text))
			var refused *ConfigError
			if cfg != nil || !errors.As(err, &refused) {
				t.Fatalf("read gives %v, %v, want a ConfigError", cfg, err)
			}
			if string(refused.Data) != text || len(refused.Problems) == 0 || len(problems) != len(refused.Problems) {
				t.Errorf("the error has %d bytes and %d problems, want all", len(refused.Data), len(refused.Problems))
			}
		})
	}
}

func TestReadSaysWhichFileIsMissing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "absent.yaml")
	_, _, err := read(path)
	if !errors.Is(err, os.ErrNotExist) || !strings.Contains(err.Error(), path) {
		t.Errorf("got %v", err)
	}
	if err := Run(t.Context(), Options{Config: path, Log: &logbook.Book{}}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("Run: %v", err)
	}
}

func TestReadTakesAGoodFile(t *testing.T) {
	cfg, _, err := read(write(t, good))
	if err != nil {
		t.Fatal(err)
	}
	if got := len(cfg.Instances("www1")); got != 1 {
		t.Errorf("www1 has %d routers, want 1", got)
	}
}

// idle is an engine's wire on which nothing happens. It counts the mail that the engine gets.
type idle struct {
	engine.Wire
	mu    sync.Mutex
	wakes int
}

func (w *idle) Wake() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.wakes++
}

func (w *idle) count() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.wakes
}

func TestReloadTakesAGoodFileAndRefusesABadOne(t *testing.T) {
	path := write(t, good)
	w, r := &idle{}, &logbook.Book{}
	eng := engine.New(engine.Options{Wire: w, Log: slog.New(slog.DiscardHandler)})
	o := Options{Config: path}
	for _, c := range []struct {
		why, text string
		applied   bool
		log       []string // prefixes
	}{
		{"good", good, true, []string{"INFO reloaded config=" + path + " routers=1"}},
		{"a mistake", strings.Replace(good, "51", "0", 1), false, []string{
			"ERROR reload refused at=" + path + ":4:", "ERROR reload refused, the old configuration stays error=the configuration has a mistake",
		}},
		{"not even YAML", "nodes: [", false, []string{"ERROR reload refused at=", "ERROR reload refused, the old configuration stays"}},
		{"this node is gone", strings.ReplaceAll(good, "www1", "www9"), false, []string{
			`ERROR reload refused, the old configuration stays error=--node says "www1", which is no node of the file`,
		}},
		{"good again", good, true, []string{"INFO reloaded"}},
	} {
		rewrite(t, path, c.text)
		before, logged := w.count(), len(r.Lines())
		o.reload(applyTo(eng), "www1", slog.New(r))
		if applied := w.count() > before; applied != c.applied {
			t.Errorf("%s: handed to the engine: %v, want %v", c.why, applied, c.applied)
		}
		if lines := r.Lines()[logged:]; !slices.EqualFunc(lines, c.log, strings.HasPrefix) {
			t.Errorf("%s: logged %q, want %q", c.why, lines, c.log)
		}
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	before := w.count()
	if o.reload(applyTo(eng), "www1", slog.New(r)); w.count() != before {
		t.Error("a missing file is handed to the engine")
	}
}

// applyTo gives a configuration to an engine alone.
func applyTo(eng *engine.Engine) func(*config.Config) {
	return func(cfg *config.Config) { eng.Apply(cfg.Instances("www1")) }
}

func TestObeyCarriesEachWish(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &idle{}
		eng := engine.New(engine.Options{Wire: w, Log: slog.New(slog.DiscardHandler)})
		stop, reload := make(chan struct{}), make(chan struct{})
		o := Options{Config: write(t, good), Stop: stop, Reload: reload}
		ctx, cancel := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		wg.Go(func() { _ = o.obey(ctx, eng.Stop, applyTo(eng), "www1", slog.New(slog.DiscardHandler)) })
		for i, wish := range []chan struct{}{stop, reload, stop, stop} {
			wish <- struct{}{}
			synctest.Wait()
			if got := w.count(); got != i+1 {
				t.Errorf("after %d wishes the engine got %d", i+1, got)
			}
		}
		cancel()
		wg.Wait()
	})
}

func TestWarningsAreLogged(t *testing.T) {
	r := &logbook.Book{}
	logWarnings(slog.New(r), []config.Problem{
		{Severity: config.Warning, Message: "odd"},
		{Severity: config.Error, Message: "wrong"},
	})
	if got := r.Lines(); len(got) != 1 || !strings.Contains(got[0], "odd") {
		t.Errorf("logged %q, want the warning alone", got)
	}
}
