package service

import (
	"testing"
	"time"

	"github.com/aloft-ha/aloft/internal/config"
)

func TestDownCancelsAStart(t *testing.T) {
	for _, m := range []manner{never, lately} {
		t.Run(m.String(), func(t *testing.T) {
			onHost(t, func(b *bench) {
				b.set("start", "b", m)
				b.up()
				b.after(5 * time.Second)
				b.expectNow("start a|status b|start b")
				b.down()
				b.after(2 * time.Second)
				b.expectNow("status c.service|stop b|stop a|web down")
				b.expectRunning()
			}, "a!", "b", "c.service")
		})
	}
}

func TestLogOfACancelledStart(t *testing.T) {
	onHost(t, func(b *bench) {
		b.set("start", "a", never)
		b.up()
		b.after(2 * time.Second)
		b.down()
		b.after(time.Hour)
		b.expectLog(`
level=INFO msg="starting service" router=web service=a
level=INFO msg="start of service cancelled" router=web service=a took=2s
level=INFO msg="stopping service" router=web service=a
level=INFO msg="service stopped" router=web service=a took=1s
`)
	}, "a")
}

func TestDownCancelsAStatus(t *testing.T) {
	onHost(t, func(b *bench) {
		b.set("status", "a", never)
		b.up()
		b.after(5 * time.Second)
		b.set("status", "a", well)
		b.down()
		b.expectNow("status a|status a|web down")
	}, "a")
}

func TestUpFinishesAStop(t *testing.T) {
	onHost(t, func(b *bench) {
		b.up()
		b.expect("status a|start a|status b|start b|web up")
		b.down()
		b.after(time.Second / 2)
		b.up()
		b.expectNow("status b|stop b")
		b.expect("status a|status b|start b|web up")
	}, "a", "b")
}

func TestOnlyTheLastWishIsAnswered(t *testing.T) {
	onHost(t, func(b *bench) {
		for range 10 {
			b.up()
			b.down()
			b.after(time.Second / 4)
			b.up()
			b.after(time.Second / 4)
		}
		b.down()
		b.after(time.Hour)
		lines := b.read()
		for _, l := range lines[:len(lines)-1] {
			if l == "web up" {
				t.Errorf("an earlier wish was answered: %v", lines)
			}
		}
		if last := lines[len(lines)-1]; last != "web down" || b.all() != nil {
			t.Errorf("%q, and %v run", last, b.all())
		}
	}, "a", "b", "c")
}

// The stop of a start that was cancelled comes before the next start.
func TestUpAgainAfterACancelledStart(t *testing.T) {
	onHost(t, func(b *bench) {
		b.set("start", "a.service", lately)
		b.up()
		b.after(time.Second)
		b.set("start", "a.service", well)
		b.down()
		b.up()
		b.expect("status a.service|start a.service|stop a.service|start a.service|web up")
	}, "a.service")
}

func TestANewServiceIsStartedInItsPlace(t *testing.T) {
	onHost(t, func(b *bench) {
		b.up()
		b.expect("status a|start a|start c|web up")
		b.configure("a", "b.service", "c!", "d!")
		b.expect("status a|status b.service|stop c|start b.service|start c|start d|web up")
	}, "a", "c!")
}

func TestARemovedServiceIsStoppedAsItWasConfigured(t *testing.T) {
	onHost(t, func(b *bench) {
		b.up()
		b.expect("start a|start b|start c|web up")
		list := services("a!", "b!", "c!")
		list[1].Start, list[1].Stop = line("start", "b2"), line("stop", "b2")
		b.replace(list...)
		b.expect("stop c|stop b|start b2|start c|web up")
		b.configure("a!", "c!")
		b.expect("stop b2|web up")
		b.m.Configure(nil)
		b.expect("stop c|stop a")
		b.down()
		b.expect("web down")
	}, "a!", "b!", "c!")
}

func TestARemovedServiceIsStoppedWhileItStarts(t *testing.T) {
	onHost(t, func(b *bench) {
		b.set("start", "b", lately)
		b.up()
		b.after(5 * time.Second)
		b.configure("a!", "c!")
		b.after(2 * time.Second)
		b.expectNow("start a|status b|start b|stop b|start c|web up")
		b.expectRunning("a", "c")
	}, "a!", "b")
}

func TestARemovedServiceThatWillNotStopIsNoReasonToLeave(t *testing.T) {
	onHost(t, func(b *bench) {
		b.up()
		b.expect("start a|status b|start b|web up")
		b.set("stop", "b", badly)
		b.configure("a!")
		b.expect("status b|stop b|web up")
		b.set("stop", "b", well)
		b.down()
		b.expect("status b|stop b|stop a|web down")
	}, "a!", "b")
}

func TestAServiceThatIsAlikeGoesOn(t *testing.T) {
	onHost(t, func(b *bench) {
		b.up()
		b.expect("status a|start a|start b|web up")
		list := services("a", "b!")
		list[0].Stop, list[1].Timeout = line("stop", "a2"), time.Minute
		b.replace(list...)
		b.expect("status a|web up")
		b.replace(list...)
		b.expect("")
		b.replace(list[1], list[0])
		b.expect("status a|web up")
		b.down()
		b.expect("status a|stop a2|stop b|web down")
	}, "a", "b!")
}

func TestOtherServicesWhileTheRouterIsDown(t *testing.T) {
	onHost(t, func(b *bench) {
		b.down()
		b.expect("status a|web down")
		b.runs["b.service"] = true
		b.configure("b.service")
		b.expect("status b.service|stop b.service|web down")
	}, "a")
}

func TestConfigureLeavesOtherRoutersAlone(t *testing.T) {
	onHost(t, func(b *bench) {
		all := map[string][]config.Service{"web": services("a"), "mail": services("m")}
		b.m.Configure(all)
		b.up()
		b.expect("status a|start a|web up")
		all["mail"] = services("m", "n")
		b.m.Configure(all)
		b.expect("")
		b.m.Want("mail", true)
		b.expect("status m|start m|status n|start n|mail up")
	})
}

func TestMergeKeepsPlaces(t *testing.T) {
	names := func(list []*entry) (text string) {
		for _, e := range list {
			text += e.service.Name
			if !e.configured {
				text += "-"
			}
		}
		return text
	}
	for _, tt := range []struct{ old, services, want string }{
		{"", "", ""},
		{"", "a b", "ab"},
		{"a:r b:r c:r", "a c", "ab-c"},
		{"a:r b:r c:r", "c a", "cab-"},
		{"a:r b:r c:r", "", "a-b-c-"},
		{"a:r b:r c:r", "x", "a-b-c-x"},
		{"a:r b c:r", "a", "ac-"},
		{"a:r b:rx c:r", "a c", "ab-c"},
		{"a:r b:rx c:r", "a c b", "acb"},
		{"a:r b:r c:r d:r", "a d x", "ab-c-dx"},
		{"a:r b:d c:r d:r", "d a", "dab-c-"},
	} {
		var list []config.Service
		for _, e := range entriesOf(tt.services) {
			list = append(list, e.service)
		}
		if got := names(merge(entriesOf(tt.old), list)); got != tt.want {
			t.Errorf("merge(%q, %q) = %s, want %s", tt.old, tt.services, got, tt.want)
		}
	}
}
