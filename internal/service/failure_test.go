package service

import (
	"strings"
	"testing"
	"time"
)

// failed is the answer to a start that fails in the tests.
const failed = "web up: starting b.service: no luck"

func TestAFailedStartStopsWhatWasStartedAndIsReportedOnce(t *testing.T) {
	onHost(t, func(b *bench) {
		b.set("start", "b.service", badly)
		b.up()
		b.expect("start a|status b.service|start b.service|stop b.service|stop a|" + failed)
		b.expectRunning()
	}, "a!", "b.service", "c")
}

func TestAFailedStartIsTriedAgainAfterADown(t *testing.T) {
	onHost(t, func(b *bench) {
		b.set("start", "b.service", badly)
		b.up()
		b.expect("start a|status b.service|start b.service|stop b.service|stop a|" + failed)
		b.up()
		b.expectNow(failed)
		b.set("start", "b.service", well)
		b.up()
		b.expect(failed)
		b.down()
		b.expect("status b.service|web down")
		b.up()
		b.expect("start a|status b.service|start b.service|web up")
	}, "a!", "b.service")
}

func TestAFailedStartIsTriedAgainWithOtherServices(t *testing.T) {
	onHost(t, func(b *bench) {
		b.set("start", "b.service", badly)
		b.up()
		b.expect("start a|status b.service|start b.service|stop b.service|stop a|" + failed)
		b.configure("a!", "b.service")
		b.expect("")
		b.configure("a!")
		b.expect("start a|web up")
	}, "a!", "b.service")
}

func TestWhatCameOfAStart(t *testing.T) {
	for _, tt := range []struct {
		name, service string
		manner        manner
		want          string
	}{
		{"exit status", "b", badly, "status b|start b|stop b|web up: starting b: exit status 1: no luck"},
		{"exit status, but it runs", "b", halfway, "status b|start b|stop b|web up: starting b: exit status 1: no luck"},
		{"hangs", "b", never, "status b|start b|stop b|web up: starting b: ended after 30s without an answer"},
		{"hangs, but it runs", "b", lately, "status b|start b|stop b|web up: starting b: ended after 30s without an answer"},
		{"refused, so there is nothing to stop", "b", refuses, "status b|start b|web up: starting b: not run: no luck"},
		{"without a status", "b!", badly, "start b|stop b|web up: starting b: exit status 1: no luck"},
		{"a unit's job that hangs", "b.service", never, "status b.service|start b.service|stop b.service|" +
			"web up: starting b.service: context deadline exceeded"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			onHost(t, func(b *bench) {
				b.set("start", strings.TrimSuffix(tt.service, "!"), tt.manner)
				b.up()
				b.expect(tt.want)
				b.expectRunning()
			}, tt.service)
		})
	}
}

func TestAStartHasItsTimeout(t *testing.T) {
	onHost(t, func(b *bench) {
		list := services("a", "b.service", "c")
		list[0].Start.Timeout, list[1].Timeout, list[2].Timeout = 5*time.Second, 7*time.Second, 0
		for _, s := range list {
			b.set("start", s.Name, never)
			b.replace(s)
			b.after(time.Second) // it has found out what runs
			b.read()
			began := time.Now()
			b.up()
			b.after(time.Duration(limits[s.Name]) - 1)
			if got := b.read(); len(got) != 2 {
				t.Errorf("%s after %v: %v", s.Name, time.Since(began), got)
			}
			b.after(1)
			if got := b.read(); len(got) != 1 || got[0] != "stop "+s.Name {
				t.Errorf("%s after %v: %v", s.Name, time.Since(began), got)
			}
			b.down()
			b.after(time.Hour)
			b.read()
		}
	})
}

var limits = map[string]time.Duration{"a": 5 * time.Second, "b.service": 7 * time.Second, "c": fallback}

// Scripts that have nothing to stop after a failed start often fail to stop, too. That is no second failure.
func TestTheStopOfAHalfStartedServiceMayFail(t *testing.T) {
	onHost(t, func(b *bench) {
		b.set("start", "b", badly)
		b.set("stop", "b", badly)
		b.up()
		b.expect("status a|start a|status b|start b|stop b|status b|stop a|web up: starting b: exit status 1: no luck")
	}, "a", "b")
}

// But not if it runs all the same.
func TestAHalfStartedServiceThatRunsIsNamed(t *testing.T) {
	onHost(t, func(b *bench) {
		b.set("start", "b", halfway)
		b.set("stop", "b", badly)
		b.up()
		b.expect("status a|start a|status b|start b|stop b|status b|stop b|stop a|" +
			"web up: starting b: exit status 1: no luck; stopping b: exit status 1: no luck")
		b.expectRunning("b")
	}, "a", "b")
}

func TestAStopThatFailsDoesNotKeepTheOthers(t *testing.T) {
	onHost(t, func(b *bench) {
		b.up()
		b.after(time.Minute)
		b.read()
		b.set("stop", "b", badly)
		b.set("stop", "c.service", never)
		b.down()
		b.expect("status c.service|stop c.service|status b|stop b|stop a|" +
			"web down: stopping c.service: context deadline exceeded; stopping b: exit status 1: no luck")
		b.expectRunning("b", "c.service")
		// The next wish sees how it stands. What was left is in the wrong order, and still will not stop.
		b.up()
		b.expect("status c.service|stop c.service|status b|stop b|" +
			"web up: stopping c.service: context deadline exceeded; stopping b: exit status 1: no luck")
		b.set("stop", "b", well)
		b.set("stop", "c.service", well)
		b.down()
		b.expect("status c.service|stop c.service|status b|stop b|web down")
	}, "a!", "b", "c.service")
}

func TestAStatusThatCannotBeToldEndsTheAttempt(t *testing.T) {
	onHost(t, func(b *bench) {
		b.set("status", "b", never)
		b.up()
		b.expect("start a|status b|stop a|web up: asking the status of b: ended after 30s without an answer")
		b.set("status", "b", refuses)
		b.down()
		b.read()
		b.up()
		b.expect("start a|status b|stop a|web up: asking the status of b: not run: no luck")
	}, "a!", "b")
}

func TestAUnitThatDoesNotExist(t *testing.T) {
	onHost(t, func(b *bench) {
		b.units["b.service"] = "absent"
		b.up()
		b.expect("start a|status b.service|stop a|web up: asking the status of b.service: there is no unit b.service")
		b.down()
		b.expect("status b.service|web down")
	}, "a!", "b.service")
}

func TestAStatusThatCannotBeToldDoesNotHinderAStop(t *testing.T) {
	onHost(t, func(b *bench) {
		b.runs["a"], b.runs["b.service"] = true, true
		b.set("status", "a", refuses)
		b.set("status", "b.service", never)
		b.down()
		b.expect("status b.service|stop b.service|status a|stop a|web down")
	}, "a", "b.service")
}

func TestWhatHasEndedByItselfIsStartedWithWhatFollowsIt(t *testing.T) {
	onHost(t, func(b *bench) {
		b.up()
		b.expect("status a|start a|status b|start b|web up")
		b.crash("a")
		b.configure("a", "b", "c")
		b.expect("status a|status b|stop b|start a|start b|status c|start c|web up")
	}, "a", "b")
}

func TestLogOfAFailure(t *testing.T) {
	onHost(t, func(b *bench) {
		b.set("start", "b.service", badly)
		b.up()
		b.after(time.Hour)
		b.expectLog(`
level=INFO msg="starting service" router=web service=a
level=INFO msg="service started" router=web service=a took=1s
level=INFO msg="starting service" router=web service=b.service
level=ERROR msg="service not started" router=web service=b.service error="starting b.service: no luck" took=1s next="systemctl status b.service; journalctl -u b.service"
level=INFO msg="stopping service" router=web service=b.service
level=INFO msg="service stopped" router=web service=b.service took=1s
level=INFO msg="stopping service" router=web service=a
level=INFO msg="service stopped" router=web service=a took=1s
`)
	}, "a", "b.service")
}

func TestLogOfSurprises(t *testing.T) {
	onHost(t, func(b *bench) {
		b.runs["a"] = true
		b.up()
		b.after(time.Hour)
		b.crash("a")
		b.set("status", "b", refuses)
		b.set("stop", "b", badly)
		b.down()
		b.after(time.Hour)
		b.expectLog(`
level=INFO msg="service runs already" router=web service=a
level=INFO msg="starting service" router=web service=b
level=INFO msg="service started" router=web service=b took=1s
level=WARN msg="status of service unknown" router=web service=b error="asking the status of b: not run: no luck" next="run it by hand and see: /etc/init.d/x status b"
level=INFO msg="stopping service" router=web service=b
level=ERROR msg="service not stopped" router=web service=b error="stopping b: exit status 1: no luck" took=1s next="stop it by hand, since another node may start it now; run it by hand and see: /etc/init.d/x stop b"
level=WARN msg="service does not run any more" router=web service=a next="run it by hand and see: /etc/init.d/x status a"
`)
	}, "a", "b")
}
