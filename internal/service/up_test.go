package service

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestServicesStartInOrderAndStopInReverse(t *testing.T) {
	onHost(t, func(b *bench) {
		b.up()
		b.expect("status a|start a|status b.service|start b.service|start c|web up")
		b.down()
		b.expect("stop c|status b.service|stop b.service|status a|stop a|web down")
		b.expectRunning()
	}, "a", "b.service", "c!")
}

func TestOneStartsWhenTheOneBeforeIsDone(t *testing.T) {
	onHost(t, func(b *bench) {
		b.up()
		b.after(time.Second - 1)
		b.expectNow("status a|start a")
		b.after(1)
		b.expectNow("status b|start b")
		b.after(time.Second)
		b.expectNow("web up")
	}, "a", "b")
}

func TestWhatRunsIsNotStarted(t *testing.T) {
	onHost(t, func(b *bench) {
		b.runs["a"], b.runs["c.service"] = true, true
		b.up()
		b.expect("status a|status b|start b|status c.service|web up")
		b.down()
		b.expect("status c.service|stop c.service|status b|stop b|status a|stop a|web down")
	}, "a", "b", "c.service")
}

// A router on a node that becomes Backup when the daemon starts: what was enabled at boot must not stay.
func TestTheFirstDownStopsWhatSomebodyElseStarted(t *testing.T) {
	onHost(t, func(b *bench) {
		b.runs["a"], b.runs["c.service"] = true, true
		b.down()
		b.expect("status c.service|stop c.service|status a|stop a|web down")
	}, "a", "b!", "c.service")
}

func TestNothingHappensBeforeTheFirstWant(t *testing.T) {
	onHost(t, func(b *bench) {
		b.runs["a"] = true
		b.expect("")
		b.configure("b")
		b.expect("")
	}, "a")
}

func TestWhatWasWantedBeforeRunIsDoneByRun(t *testing.T) {
	onHostUnstarted(t, func(b *bench) {
		b.up()
		b.configure("a")
		b.expect("")
		defer b.begin()()
		b.expect("status a|start a|web up")
	})
}

func TestARouterWithoutServicesIsAnsweredAtOnce(t *testing.T) {
	onHost(t, func(b *bench) {
		b.up()
		b.expectNow("web up")
		b.down()
		b.expectNow("web down")
	})
}

// Between the end of its services and the next ones the router may have become Backup, and nobody said so, since there
// was nothing to stop.
func TestServicesAfterNoneWaitForTheNextWant(t *testing.T) {
	onHost(t, func(b *bench) {
		b.up()
		b.expect("status a|start a|web up")
		b.configure()
		b.expect("status a|stop a")
		b.configure("a", "b")
		b.expect("")
		b.up()
		b.expect("status a|start a|status b|start b|web up")
	}, "a")
}

func TestARouterThatIsGoneIsForgotten(t *testing.T) {
	onHost(t, func(b *bench) {
		b.set("stop", "a", badly)
		b.up()
		b.expect("status a|start a|web up")
		b.m.Configure(nil)
		b.expect("status a|stop a")
		b.set("stop", "a", well)
		if len(b.m.routers) != 1 {
			t.Error("a router with a service that runs is forgotten")
		}
		b.down()
		b.expect("status a|stop a|web down")
		b.m.Configure(nil)
		if len(b.m.routers) != 0 {
			t.Errorf("%d routers are remembered", len(b.m.routers))
		}
	}, "a")
}

func TestARouterThatLeavesInAHurryIsForgotten(t *testing.T) {
	onHost(t, func(b *bench) {
		b.up()
		b.after(time.Second / 2)
		b.m.Configure(nil)
		b.expect("status a|start a|stop a")
		if len(b.m.routers) != 0 {
			t.Errorf("%d routers are remembered", len(b.m.routers))
		}
	}, "a")
}

func TestAWishIsRememberedWithoutServices(t *testing.T) {
	onHost(t, func(b *bench) {
		b.runs["a"] = true
		b.down()
		b.expect("web down")
		b.configure("a")
		b.expect("status a|stop a|web down")
	})
}

func TestServicesOfAnEarlierWantStartWhenTheyAreConfigured(t *testing.T) {
	onHost(t, func(b *bench) {
		b.up()
		b.expect("web up")
		b.configure("a")
		b.expect("status a|start a|web up")
	})
}

func TestRoutersDoNotWaitForEachOther(t *testing.T) {
	onHost(t, func(b *bench) {
		b.set("start", "a", never)
		b.up()
		b.after(2 * time.Second)
		b.m.Want("mail", true)
		b.expectNow("status a|start a|mail up")
	}, "a")
}

func TestUnitStates(t *testing.T) {
	for state, want := range map[string]string{
		"active":       "status a.service|web up|status a.service|stop a.service|web down",
		"reloading":    "status a.service|web up|status a.service|stop a.service|web down",
		"refreshing":   "status a.service|web up|status a.service|stop a.service|web down",
		"inactive":     "status a.service|start a.service|web up|status a.service|web down",
		"failed":       "status a.service|start a.service|web up|status a.service|web down",
		"activating":   "status a.service|start a.service|web up|status a.service|stop a.service|web down",
		"deactivating": "status a.service|start a.service|web up|status a.service|stop a.service|web down",
		"maintenance":  "status a.service|start a.service|web up|status a.service|stop a.service|web down",
	} {
		t.Run(state, func(t *testing.T) {
			onHost(t, func(b *bench) {
				b.units["a.service"] = state
				b.up()
				b.after(time.Minute)
				b.down()
				b.expect(want)
			}, "a.service")
		})
	}
}

func TestCommandsRunAsTheirUserAndMayLeaveADaemon(t *testing.T) {
	onHost(t, func(b *bench) {
		list := services("a")
		list[0].Start.User, list[0].Stop.User = "www", "root"
		b.replace(list...)
		b.up()
		b.after(time.Minute)
		b.down()
		b.after(time.Minute)
		if diff := cmp.Diff([]string{"", "www", "", "root"}, b.users); diff != "" {
			t.Errorf("users (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(map[string]bool{"start": true, "stop": true, "status": false}, b.leave); diff != "" {
			t.Errorf("children that are left alone (-want +got):\n%s", diff)
		}
	})
}

// A level: to say it again asks nothing anew, and needs no memory in who says it.
func TestTheSameWishAgainRepeatsTheAnswer(t *testing.T) {
	onHost(t, func(b *bench) {
		b.up()
		b.up()
		b.expect("status a|start a|web up")
		b.up()
		b.expectNow("web up")
		b.down()
		b.expect("status a|stop a|web down")
		b.down()
		b.expectNow("web down")
	}, "a")
}

func TestTheEndOfRunLeavesWhatRuns(t *testing.T) {
	onHostUnstarted(t, func(b *bench) {
		b.configure("a", "b")
		b.set("start", "b", never)
		end := b.begin()
		b.up()
		b.after(2 * time.Second)
		end()
		b.expect("status a|start a|status b|start b")
		b.expectRunning("a")
		b.down()
		b.expect("")
	})
}
