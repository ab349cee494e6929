package keepalived

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/aloft-ha/aloft/internal/config"
)

// TestRandomGroupsAreTaken imports files of two nodes whose groups, trackers and priorities have nothing to do with each
// other: whatever comes of them, the daemon takes it.
func TestRandomGroupsAreTaken(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		files := make(memory)
		for _, node := range []string{"a", "b"} {
			files[node] = randomGroups(t, node)
		}
		r, err := Import(files, []Input{{Node: "www1", File: "a"}, {Node: "www2", File: "b"}}, nil)
		if err != nil {
			t.Fatal(err)
		}
		file, problems := r.Checked("aloft.yaml")
		for _, p := range problems {
			if p.Severity == config.Error {
				t.Errorf("refused: %v\n%s\n%s\n%s", p, files["a"], files["b"], file)
			}
		}
	})
}

// randomGroups writes a file of four instances with random groups, of random trackers.
func randomGroups(t *rapid.T, node string) string {
	var out strings.Builder
	say := func(format string, args ...any) { fmt.Fprintf(&out, format+"\n", args...) }
	draw := func(what string, n int) int { return rapid.IntRange(0, n-1).Draw(t, node+" "+what) }
	weight := func() string { return []string{"", "weight -20", "weight 30", "weight 0"}[draw("weight", 4)] }
	tracks := func() {
		for _, list := range []string{"track_script", "track_process", "track_file", "track_interface"} {
			if draw("tracks", 3) == 0 {
				say("%s {\nx %s\n}", list, weight())
			}
		}
	}
	priorities := []int{100, 150, 160}
	if node == "a" {
		priorities[2] = owner // both cannot own them
	}
	say("global_defs {\nvrrp_version 3\n}")
	say("vrrp_script x {\nscript /bin/true\n%s\n}", weight())
	say("vrrp_track_process x {\nprocess x\n%s\n}", weight())
	say("track_file x {\nfile /x\n%s\n}", weight())
	for i := range draw("groups", 3) {
		say("vrrp_sync_group g%d {\ngroup {", i)
		for k := range 4 {
			if draw("member", 2) == 0 {
				say("i%d", k)
			}
		}
		say("}")
		if draw("tracking weight", 2) == 0 {
			say("sync_group_tracking_weight")
		}
		tracks()
		say("notify /bin/notify %d\n}", draw("notify", 2))
	}
	for i := range 4 {
		say("vrrp_instance i%d {\ninterface eth0\nvirtual_router_id %d\npriority %d\nvirtual_ipaddress {\n192.0.2.%d\n}", i, i+1,
			priorities[draw("priority", 3)], i+100)
		tracks()
		say("}")
	}
	return out.String()
}

// TestManyGroupsAreRead has more groups and trackers than anybody has, in a time that nobody waits for.
func TestManyGroupsAreRead(t *testing.T) {
	var out strings.Builder
	for i := range 3000 {
		fmt.Fprintf(&out, "track_file t%d {\nfile /t%d\nweight 0\n}\n", i, i)
	}
	out.WriteString("vrrp_sync_group g {\ngroup {\n")
	for i := range 2000 {
		fmt.Fprintf(&out, "i%d\n", i)
	}
	out.WriteString("}\ntrack_file {\n")
	for i := range 2500 {
		fmt.Fprintf(&out, "t%d\n", i)
	}
	out.WriteString("}\n}\n")
	for i := range 2000 {
		fmt.Fprintf(&out, "vrrp_instance i%d {\ninterface eth%d\nvirtual_router_id 1\npriority %d\nvirtual_ipaddress {\n10.0.%d.%d\n}\n}\n", i, i, i%254+1, i/250, i%250+1)
	}
	began := time.Now()
	if _, err := Import(memory{"a": out.String(), "b": out.String()}, []Input{{Node: "www1", File: "a"}, {Node: "www2", File: "b"}}, nil); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(began); took > time.Minute {
		t.Errorf("it took %s", took)
	} else {
		t.Log(took)
	}
}
