package lab

import (
	"flag"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/aloft-ha/aloft/internal/config"
	"github.com/aloft-ha/aloft/vrrp"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares the text with a file of testdata, or writes it.
func golden(t *testing.T, file, got string) {
	t.Helper()
	path := filepath.Join("testdata", file)
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), got); d != "" {
		t.Errorf("%s (-want +got)\n%s", path, d)
	}
}

// setups are the configurations that the goldens show.
var setups = map[string]ClusterOptions{
	"plain":    {Nodes: make([]Software, 2)},
	"password": {Nodes: make([]Software, 2), Version: vrrp.Version2, Auth: Authentication{Pass: "1111"}},
	"keys": {
		Nodes: make([]Software, 2), Version: vrrp.Version2And3,
		Auth: Authentication{
			Keys:   map[uint8]string{7: strings.Repeat("a5", vrrp.MinKey), 1: strings.Repeat("01", vrrp.MaxKey)},
			Active: 7, Mode: vrrp.AuthPermissive,
		},
	},
	"all": {
		Nodes: make([]Software, 3), Interval: 25, IPv6: true, Unicast: true, NoFailback: true,
		Priorities: []uint8{200, 100, 90}, Extra: []string{"startup_delay: 3s", "track: [proxy]"},
		Trackers: []string{ProxyTracker},
	},
}

func TestSetupIsWritten(t *testing.T) {
	for name, o := range setups {
		t.Run(name, func(t *testing.T) {
			s := o.setup()
			golden(t, name+".yaml", s.YAML())
			golden(t, name+".keepalived.conf", s.KeepalivedConf(1))
			golden(t, name+".frr.conf", s.FRRConf(1))
		})
	}
}

// What the laboratory writes must be a file that aloft takes without a word, and mean what the setup means.
func TestAloftTakesTheFile(t *testing.T) {
	for name, o := range setups {
		t.Run(name, func(t *testing.T) {
			s := o.setup()
			c, problems := config.Parse("aloft.yaml", []byte(s.YAML()))
			for _, p := range problems {
				if p.Severity == config.Error || s.Version == vrrp.Version3 { // the others warn of what the setup asks for
					t.Errorf("problem: %v", p)
				}
			}
			if c == nil {
				t.Fatal("the file is refused")
			}
			if len(c.Nodes) != len(s.Nodes) || len(c.Routers) != 1 {
				t.Fatalf("%d nodes and %d routers", len(c.Nodes), len(c.Routers))
			}
			for i, n := range c.Routers[0].PerNode {
				if n.Priority != s.Priority(i) || n.Interval != s.Interval || n.VRID != s.VRID || n.AutoFailback == s.NoFailback ||
					(n.Transport == config.Unicast) != s.Unicast || len(n.Addresses) != len(s.Addresses) ||
					n.Version != s.Version || string(n.Authentication.Pass) != s.Auth.Pass ||
					len(n.Authentication.Keys) != len(s.Auth.Keys) || n.Authentication.Active != s.Auth.Active ||
					n.Authentication.Mode != s.Auth.Mode {
					t.Errorf("node %d is %+v", i, n)
				}
			}
		})
	}
}

// A node is told anew in its own language: aloft in the file of all, keepalived in its own.
func TestConfigureWritesTheFileOfANode(t *testing.T) {
	dir := t.TempDir()
	c := &Cluster{File: filepath.Join(dir, "aloft.yaml")}
	s := setups["password"].setup()
	for file, n := range map[string]*Node{
		"aloft.yaml":      {Index: 0, Software: Aloft, Dir: dir},
		"keepalived.conf": {Index: 1, Software: Keepalived, Dir: dir},
	} {
		if err := c.Configure(n, s); err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(filepath.Join(dir, file))
		if err != nil {
			t.Fatal(err)
		}
		golden(t, "password."+strings.TrimPrefix(file, "aloft."), string(text))
		if info, err := os.Stat(filepath.Join(dir, file)); err != nil || info.Mode().Perm()&0o007 != 0 {
			t.Errorf("others may read the password in %s: %v, %v", file, info.Mode(), err)
		}
	}
}

func TestDefaultsOfACluster(t *testing.T) {
	s := ClusterOptions{Nodes: make([]Software, 2), IPv6: true}.setup()
	want := Setup{
		VRID: 51, Interval: 100, Addresses: []netip.Addr{DefaultAddress4, DefaultLinkLocal, DefaultAddress6},
		Nodes: []SetupNode{
			{Name: "www1", Addresses: []netip.Addr{netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("2001:db8::1")}},
			{Name: "www2", Addresses: []netip.Addr{netip.MustParseAddr("192.0.2.2"), netip.MustParseAddr("2001:db8::2")}},
		},
	}
	if d := cmp.Diff(want, s, cmp.Comparer(func(a, b netip.Addr) bool { return a == b })); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
	// 3 x 1 s + (256 - 190)/256 s
	if got, want := s.DownInterval(1), 3257812500*time.Nanosecond; got != want {
		t.Errorf("the second node's down interval is %s, want %s", got, want)
	}
	// 3 x 2 s + (256 - 200)/256 s
	s.Version, s.Interval = vrrp.Version2, 200
	if got, want := s.DownInterval(0), 6218750*time.Microsecond; got != want {
		t.Errorf("in version 2 the first node's down interval is %s, want %s", got, want)
	}
	if got := s.Priority(MaxNodes - 1); got != 120 {
		t.Errorf("the last node's priority is %d", got)
	}
}

func TestClustersOfNoNodesOrTooMany(t *testing.T) {
	for _, n := range []int{0, MaxNodes + 1} {
		_, err := NewCluster(ClusterOptions{Nodes: make([]Software, n)})
		if err == nil || !strings.Contains(err.Error(), fmt.Sprintf("not %d", n)) {
			t.Errorf("%d nodes: %v", n, err)
		}
	}
}

func TestKeepalivedThatIsNotInstalled(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	_, err := NewCluster(ClusterOptions{Nodes: []Software{Aloft, Keepalived}})
	if err == nil || !strings.Contains(err.Error(), "keepalived") || !strings.Contains(err.Error(), "not installed") {
		t.Errorf("the error is %v", err)
	}
}
