//go:build interop

package system_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/aloft-ha/aloft/internal/lab"
	"github.com/aloft-ha/aloft/internal/lab/labtest"
	"github.com/aloft-ha/aloft/vrrp"
)

// A pair of keepalived that speaks version 2 with a password becomes a pair of aloft that speaks version 3, under the eyes
// of a client, in the three steps of docs/interoperability.md. In each the two know each other, so nobody is Active beside
// another; the address moves once, and else no request is lost.
func TestMigrationFromVersion2(t *testing.T) {
	t.Parallel()
	steadily(t, time.Second, func(t *attempt) { migrated(t) })
}

// changing is a pair on the way from keepalived to aloft, and from version 2 to version 3.
type changing struct {
	*company
	aloft map[string]*lab.Process // by node, where aloft runs by now
}

// migrated goes through the steps.
func migrated(t *attempt) {
	c := &changing{
		company: newCompany(t, lab.ClusterOptions{Nodes: []lab.Software{lab.Keepalived, lab.Keepalived}}, 0),
		aloft:   make(map[string]*lab.Process),
	}
	first, second := c.Nodes[0], c.Nodes[1]
	for _, n := range c.Nodes {
		c.ofVersion2(n)
	}
	c.elects(first)

	// Step 1: aloft in the place of the keepalived that is Backup.
	both := []string{"version: 2+3", "authentication: {pass: migrate}"}
	c.rewrite(both...)
	at := time.Now()
	c.replace(second)
	c.believes(second)
	c.undisturbed("aloft as Backup", first, at)
	c.said(first, at, vrrp.Version2)

	// Step 2: it takes over, and aloft comes in the place of the other keepalived.
	c.rewrite(append(slices.Clone(both), "priority: {www2: 210}")...)
	at = time.Now()
	c.reload(second)
	taken := c.firstAdvert(second, at, c.down(second)+movePatience)
	c.awaitAlone(second, movePatience)
	c.answered(second, taken, answerPatience)
	if g := c.gap(at, time.Now()); g.Outage() > plannedGap {
		t.Errorf("when aloft took over from keepalived the client saw %s", g)
	} else {
		t.Logf("the one move: %s", g)
	}
	at = time.Now()
	c.replace(first)
	c.believes(first)
	c.undisturbed("aloft on both", second, at)
	c.said(second, at, vrrp.Version3, vrrp.Version2)
	c.logged(first, "adverts dropped", "reason=older-version", "peer="+c.Setup.Nodes[1].Addresses[0].String())

	// Step 3: version 3 alone, without the password.
	c.rewrite("priority: {www2: 210}")
	at = time.Now()
	c.reload(second)
	time.Sleep(c.Setup.Interval.Duration()) // so that the Backup hears version 3 alone while it takes both
	c.reload(first)
	c.undisturbed("version 3 alone", second, at)
	c.said(second, time.Now().Add(-3*c.Setup.Interval.Duration()), vrrp.Version3)

	// And then they serve each other as any pair.
	at = time.Now()
	c.do(c.aloft[second.Name].Signal(syscall.SIGTERM))
	c.firstAdvert(first, at, movePatience)
	c.awaitAlone(first, movePatience)
	c.answered(first, at, answerPatience)
	if g := c.gap(at, time.Now()); g.Outage() > plannedGap {
		t.Errorf("when the second one left the client saw %s", g)
	}
}

// ofVersion2 makes a keepalived speak version 2 with a password, as it does by default where there is one.
func (c *changing) ofVersion2(n *lab.Node) {
	c.t.Helper()
	file := filepath.Join(n.Dir, "keepalived.conf")
	text, err := os.ReadFile(file)
	c.do(err)
	changed := strings.NewReplacer("vrrp_version 3", "vrrp_version 2", "    virtual_ipaddress {",
		"    authentication {\n        auth_type PASS\n        auth_pass migrate\n    }\n    virtual_ipaddress {").Replace(string(text))
	c.do(os.WriteFile(file, []byte(changed), 0o640))
}

// rewrite writes aloft's file, which is the same on both nodes, with these lines of the router. There is a password in it.
func (c *changing) rewrite(lines ...string) {
	c.t.Helper()
	changed := c.Setup
	changed.Extra = lines
	c.do(os.WriteFile(c.File, []byte(changed.YAML()), 0o640))
	c.do(os.Chmod(c.File, 0o640))
}

// replace stops the keepalived of a node and starts aloft in its place.
func (c *changing) replace(n *lab.Node) {
	c.t.Helper()
	c.leave(n)
	c.ended(n)
	dir := filepath.Join(n.Dir, "aloft")
	p, err := n.Host.Start(exec.Command(labtest.Aloft(c.t), "run", "--config", c.File, "--node", n.Name,
		"--runtime-dir", dir, "--state-dir", dir))
	c.do(err)
	c.aloft[n.Name] = p
}

// reload makes the aloft of a node read the file again.
func (c *changing) reload(n *lab.Node) {
	c.t.Helper()
	p := c.aloft[n.Name]
	before := strings.Count(p.Output.String(), "msg=reloaded")
	c.do(p.Signal(syscall.SIGHUP))
	for deadline := time.Now().Add(patience); strings.Count(p.Output.String(), "msg=reloaded") == before; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			c.t.Fatalf("%s has not read the file within %s:\n%s", n.Name, patience, p.Output.String())
		}
	}
}

// believes waits until the aloft of a node is Backup.
func (c *changing) believes(n *lab.Node) {
	c.t.Helper()
	if _, err := c.aloft[n.Name].Output.Await(labtest.Within(c.t, patience), "to=Backup"); err != nil {
		c.t.Fatalf("%s is not Backup: %v", n.Name, err)
	}
}

// undisturbed watches for longer than any Backup would wait that a node alone holds the address and advertises, and that
// every request of the client since at was answered.
func (c *changing) undisturbed(what string, n *lab.Node, at time.Time) {
	c.t.Helper()
	time.Sleep(c.longestDown() + quietMargin)
	until := time.Now()
	c.wasAlone(n, at, until)
	if g := c.gap(at, until.Add(-onTheWay)); g.Outage() > plannedGap || g.Lost > 0 && g.Starved < unsteady {
		c.t.Errorf("%s: nothing was to move, and the client saw %s", what, g)
	}
	for name, p := range c.aloft {
		for _, l := range p.Output.Lines() {
			if l.At.After(at) && strings.Contains(l.Text, "adverts dropped") && !strings.Contains(l.Text, "older-version") {
				c.t.Errorf("%s: %s dropped adverts: %s", what, name, l.Text)
			}
		}
	}
}

// said checks in which versions a node advertised from a time on, each as often as its interval says, and those of
// version 2 with the password.
func (c *changing) said(n *lab.Node, from time.Time, want ...vrrp.Version) {
	c.t.Helper()
	count := make(map[vrrp.Version]int)
	frames := c.tap.Frames(func(f *lab.Frame) bool {
		return f.Kind == lab.KindAdvert && f.Port == n.Name && f.At.After(from) && f.Advert.Priority > 0
	})
	for _, f := range frames {
		count[f.Advert.Version]++
		if pass := strings.TrimRight(string(f.Advert.AuthData[:]), "\x00"); f.Advert.Version == vrrp.Version2 && pass != "migrate" {
			c.t.Errorf("%s said the password %q", n.Name, pass)
		}
	}
	for _, v := range want {
		if count[v] < 2 || len(count) != len(want) {
			c.t.Errorf("%s sent adverts of the versions %v, want %v", n.Name, count, want)
		}
	}
}

// logged checks that the aloft of a node wrote a line with all these words.
func (c *changing) logged(n *lab.Node, words ...string) {
	c.t.Helper()
	for _, l := range c.aloft[n.Name].Output.Lines() {
		if !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(l.Text, w) }) {
			return
		}
	}
	c.t.Errorf("%s has no line with %v:\n%s", n.Name, words, c.aloft[n.Name].Output.String())
}
