// Package labtest is package lab for tests: laboratories that end with their test, and the aloft binary built once.
//
// A package whose tests use it runs them through [Main], which removes what the tests share.
package labtest

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/aloft-ha/aloft/internal/lab"
)

// command is the package of the aloft binary.
const command = "github.com/aloft-ha/aloft/cmd/aloft"

// built is the binary of this test process.
var built struct {
	once sync.Once
	dir  string
	path string
	err  error
}

// Main runs the tests of a package and returns the exit code: func TestMain(m *testing.M) { os.Exit(labtest.Main(m)) }.
func Main(m *testing.M) int {
	code := m.Run()
	if built.dir != "" {
		if err := os.RemoveAll(built.dir); err != nil {
			fmt.Fprintf(os.Stderr, "removing the built binary: %v\n", err)
			code = max(code, 1)
		}
	}
	return code
}

// Aloft returns the path of the aloft binary, built from the work tree at the first call.
func Aloft(tb testing.TB) string {
	tb.Helper()
	built.once.Do(func() { built.path, built.err = build() })
	if built.err != nil {
		tb.Fatalf("building aloft: %v", built.err)
	}
	return built.path
}

// build builds the binary into a directory of its own. With ALOFT_RACE=1 it looks for data races as it runs.
func build() (string, error) {
	var err error
	if built.dir, err = os.MkdirTemp("", "aloft-built-"); err != nil {
		return "", err
	}
	path := filepath.Join(built.dir, "aloft")
	cmd := exec.Command("go", "build", "-o", path, command)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if os.Getenv("ALOFT_RACE") == "1" {
		cmd = exec.Command("go", "build", "-race", "-o", path, command)
		cmd.Env = append(os.Environ(), "CGO_ENABLED=1")
	}
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w\n%s", err, out)
	}
	return path, nil
}

// LAN builds a LAN that ends with the test.
func LAN(tb testing.TB, o lab.Options) *lab.LAN {
	tb.Helper()
	l, err := lab.New(o)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { closeAll(tb, l.Close) })
	return l
}

// Cluster builds a cluster that ends with the test. If a node runs aloft and the options name no binary, it is built.
// When the test has failed, what the daemons wrote is logged.
func Cluster(tb testing.TB, o lab.ClusterOptions) *lab.Cluster {
	tb.Helper()
	for _, n := range o.Nodes {
		if n == lab.Aloft && o.Binary == "" {
			o.Binary = Aloft(tb)
		}
	}
	c, err := lab.NewCluster(o)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		closeAll(tb, c.Close)
		if tb.Failed() {
			logDaemons(tb, c)
		}
	})
	return c
}

// closeAll closes a laboratory.
func closeAll(tb testing.TB, f func() error) {
	tb.Helper()
	if err := f(); err != nil {
		tb.Error(err)
	}
}

// logDaemons logs what the daemons wrote at last.
func logDaemons(tb testing.TB, c *lab.Cluster) {
	tb.Helper()
	const tail = 60
	for _, n := range c.Nodes {
		for i, p := range n.Runs() {
			for _, l := range p.Output.Tail(tail) {
				tb.Logf("%s run %d %s %s", n.Name, i+1, l.At.Format("15:04:05.000"), l.Text)
			}
		}
	}
}

// Tap starts a tap on the LAN.
func Tap(tb testing.TB, l *lab.LAN, o lab.TapOptions) *lab.Tap {
	tb.Helper()
	t, err := l.StartTap(o)
	if err != nil {
		tb.Fatal(err)
	}
	return t
}

// Watcher starts a watcher on the LAN.
func Watcher(tb testing.TB, l *lab.LAN) *lab.Watcher {
	tb.Helper()
	w, err := l.StartWatcher()
	if err != nil {
		tb.Fatal(err)
	}
	return w
}

// Probe starts a probe on the host.
func Probe(tb testing.TB, h *lab.Host, o lab.ProbeOptions) *lab.Probe {
	tb.Helper()
	p, err := h.StartProbe(o)
	if err != nil {
		tb.Fatal(err)
	}
	return p
}

// Within returns a context that ends after the time, or with the test.
func Within(tb testing.TB, d time.Duration) context.Context {
	tb.Helper()
	ctx, cancel := context.WithTimeout(tb.Context(), d)
	tb.Cleanup(cancel)
	return ctx
}
