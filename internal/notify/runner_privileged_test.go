//go:build privileged

package notify

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/aloft-ha/aloft/internal/command"
	"github.com/aloft-ha/aloft/internal/config"
)

func TestACommandHasArgumentsVariablesAndJSON(t *testing.T) {
	dir, state := theater(t)
	script := install(t, dir, "show", `#!/bin/sh
set -u
cat > `+state+`/json
echo "$@" > `+state+`/arguments
echo "$(id -un) $ALOFT_NODE $ALOFT_ROUTER $ALOFT_STATE $ALOFT_PEER $ALOFT_ADDRESSES$ALOFT_GROUP" > `+state+`/variables
`)
	s := premiere(t, file(config.Notify{}, map[string]config.Notify{"web": {Any: run(script)}}))
	event := takenOver()
	s.act(t, event, 1)
	for name, want := range map[string]string{
		"arguments": "INSTANCE web MASTER 190",
		"variables": "nobody www1 web Active 192.0.2.2 192.0.2.100 2001:db8::100",
	} {
		if got := content(t, filepath.Join(state, name)); got != want {
			t.Errorf("%s %q, want %q", name, got, want)
		}
	}
	var got message
	if err := json.Unmarshal([]byte(content(t, filepath.Join(state, "json"))), &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(notice{Event: event}.message("www1"), got, cmp.Comparer(func(a, b message) bool {
		return string(a.json()) == string(b.json())
	})); diff != "" {
		t.Errorf("JSON (-want +got):\n%s", diff)
	}
}

func TestALineForTheShellHasTheArgumentsToo(t *testing.T) {
	_, state := theater(t)
	line := `echo "$1 $2 is $3 at $4 ($#)" | tr A-Z a-z > ` + state + `/seen`
	s := premiere(t, file(config.Notify{Any: run(command.Parse(line)...)}, nil))
	s.act(t, router("web", backup, active), 1)
	if got, want := content(t, filepath.Join(state, "seen")), "instance web is master at 200 (4)"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestACommandThatHangsIsEndedAndTheLatestEventFollows(t *testing.T) {
	dir, state := theater(t)
	// Its child hangs as well, and neither wants to go.
	hang := install(t, dir, "hang", "#!/bin/sh\ntrap '' TERM\necho $$ > "+state+"/pid\necho still waiting\nsleep 3600\n")
	s := premiere(t, file(config.Notify{}, map[string]config.Notify{"web": {
		Active: &config.Command{Argv: []string{hang}, Timeout: 2 * time.Second},
		Backup: run("true"),
	}}))
	s.Tell(router("web", backup, active))
	await(t, "started", func() bool { _, err := os.Stat(filepath.Join(state, "pid")); return err == nil })
	s.Tell(router("web", active, fault))
	s.Tell(router("web", fault, active))
	await(t, "ended twice", func() bool { return len(s.ended()) == 2 })
	s.act(t, router("web", active, backup), 1)
	group := content(t, filepath.Join(state, "pid"))
	await(t, "gone: the group "+group, func() bool {
		return exec.Command("kill", "-0", "--", "-"+group).Run() != nil
	})
	if last := s.ended()[1].job.notice; last.missed != 1 || last.From != active {
		t.Errorf("the second time from %v with %d missed, want Active and 1", last.From, last.missed)
	}
	for _, o := range s.ended()[:2] {
		if o.result.Outcome != command.TimedOut || !strings.Contains(o.result.Output, "still waiting") {
			t.Errorf("%v with output %q, want timed out", o.result.Outcome, o.result.Output)
		}
	}
	if lines := s.log.Lines(); len(lines) != 2 || !strings.HasPrefix(lines[0], "WARN notify command failed router=web") {
		t.Errorf("logged %q, want a warning each", lines)
	}
}

func TestACommandThatOthersCanWriteIsRefused(t *testing.T) {
	dir, _ := theater(t)
	script := install(t, dir, "open", "#!/bin/sh\n")
	if err := os.Chmod(script, 0o777); err != nil {
		t.Fatal(err)
	}
	line := []string{"/bin/sh", "-c", script + " 2>&1"}
	s := premiere(t, file(config.Notify{}, map[string]config.Notify{"web": {
		Active: run(script), Any: run(script), Backup: run(line...),
	}, "db": {Any: run(line...)}}))
	s.Tell(router("web", none, backup))
	s.Tell(router("db", none, backup))
	await(t, "answered", func() bool { return len(s.ended()) == 3 })
	for _, o := range s.ended() {
		if o.result.Outcome != command.Refused {
			t.Errorf("%q: %v, want a refusal", o.job.command.Argv, o.result)
		}
	}
}
