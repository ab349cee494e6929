package service

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/aloft-ha/aloft/internal/config"
)

// reload gives each router the service of a word.
func (b *bench) reload(routers map[string]string) {
	cfg := make(map[string][]config.Service)
	for name, word := range routers {
		cfg[name] = services(word)
	}
	b.m.Configure(cfg)
}

func TestARenamedRouterKeepsItsServices(t *testing.T) {
	onHost(t, func(b *bench) {
		b.up()
		b.expect("status a|start a|web up")
		b.reload(map[string]string{"shop": "a"})
		b.m.Want("shop", true)
		b.expect("status a|shop up")
		b.m.Want("shop", false)
		b.expect("status a|stop a|shop down")
		if _, known := b.m.routers["web"]; known {
			t.Error("the old name is remembered")
		}
	}, "a")
}

func TestRoutersThatSwapNamesKeepTheirServices(t *testing.T) {
	onHostUnstarted(t, func(b *bench) {
		defer b.begin()()
		b.reload(map[string]string{"web": "a!", "mail": "b!"})
		b.m.Want("web", true)
		b.m.Want("mail", true)
		b.after(time.Hour)
		b.read()
		b.reload(map[string]string{"web": "b!", "mail": "a!"})
		b.after(time.Hour)
		b.expectRunning("a", "b")
		for _, line := range b.read() {
			if line != "web up" && line != "mail up" {
				t.Errorf("%s", line)
			}
		}
		b.m.Want("web", false)
		b.expect("stop b|web down")
	})
}

// A service is not started, or found running, while the router that had it stops it.
func TestAServiceThatIsStoppedForAnotherRouterIsWaitedFor(t *testing.T) {
	onHost(t, func(b *bench) {
		b.up()
		b.after(time.Hour)
		b.read()
		b.down()
		b.after(time.Second / 2)
		b.reload(map[string]string{"shop": "a", "web": "b"})
		b.m.Want("shop", true)
		b.after(time.Hour)
		// web finds out about its new service while shop starts its own: they do not wait for each other.
		lines := slices.DeleteFunc(b.read(), func(line string) bool { return line == "status b" || line == "web down" })
		if diff := cmp.Diff([]string{"status a", "stop a", "status a", "start a", "shop up"}, lines); diff != "" {
			t.Errorf("journal of a (-want +got):\n%s", diff)
		}
	}, "a")
}

func TestAStartThatIsUnderWayForAnotherRouterIsWaitedFor(t *testing.T) {
	onHost(t, func(b *bench) {
		b.set("start", "a", lately)
		b.up()
		b.after(time.Second)
		b.set("start", "a", well)
		b.reload(map[string]string{"shop": "a"})
		b.m.Want("shop", true)
		b.expect("status a|start a|stop a|status a|start a|shop up")
	}, "a")
}

// What the other cannot stop runs.
func TestAServiceThatAnotherRouterCannotStopIsNotWaitedFor(t *testing.T) {
	onHost(t, func(b *bench) {
		b.up()
		b.after(time.Hour)
		b.set("stop", "a", badly)
		b.down()
		b.after(time.Second / 2)
		b.read()
		b.reload(map[string]string{"shop": "a"})
		b.m.Want("shop", true)
		b.after(time.Hour)
		if lines := b.read(); !slices.Contains(lines, "shop up") {
			t.Errorf("%v", lines)
		}
	}, "a")
}
