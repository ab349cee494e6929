//go:build privileged

package notify

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/aloft-ha/aloft/internal/command"
	"github.com/aloft-ha/aloft/internal/config"
	"github.com/aloft-ha/aloft/internal/engine"
)

// The scripts here are in the style of three that people have for keepalived, with their habits and their bashisms. They
// run unchanged, by the real runner, with its checks of permissions.

// patience is only reached when something hangs.
const patience = time.Minute

// nobody is whom commands run as when the daemon is root and the file says nothing; Debian's number.
const nobody = 65534

// theater is a folder that nobody else can write, as the runner demands, with one below that its user can.
func theater(t *testing.T) (dir, state string) {
	t.Helper()
	dir, err := os.MkdirTemp("/var/lib", "aloft-notify-test-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	state = filepath.Join(dir, "state")
	for _, err := range []error{os.Chmod(dir, 0o755), os.Mkdir(state, 0o755), os.Chown(state, nobody, nobody)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	return dir, state
}

// install writes a script and returns its path.
func install(t *testing.T, dir, name, text string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, []byte(text), 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

// premiere is a stage with the real runner.
func premiere(t *testing.T, cfg *config.Config) *stage {
	t.Helper()
	r := command.New(command.Settings{}, slog.New(slog.DiscardHandler))
	ctx, cancel := context.WithCancel(context.Background())
	doneC := make(chan error, 1)
	go func() { doneC <- r.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-doneC; err != nil {
			t.Errorf("the runner: %v", err)
		}
	})
	return play(t, r, cfg)
}

// await polls for something that a process does in its own time.
func await(t *testing.T, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !is(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("not %s", what)
		}
	}
}

// act tells of a change and waits for the end of as many commands.
func (s *stage) act(t *testing.T, e engine.Event, commands int) {
	t.Helper()
	before := len(s.ended())
	s.Tell(e)
	await(t, fmt.Sprintf("done: %d commands for %v", commands, e.To), func() bool { return len(s.ended()) == before+commands })
	for _, o := range s.ended()[before:] {
		if !o.result.OK() {
			t.Fatalf("%q: %v\n%s", o.job.command.Argv, o.result, o.result.Output)
		}
	}
}

// content of a file without the last line's end.
func content(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Error(err)
	}
	return strings.TrimSuffix(string(text), "\n")
}

func TestScriptWithACaseOfItsThirdArgument(t *testing.T) {
	dir, state := theater(t)
	notify := install(t, dir, "notify.sh", `#!/bin/bash
# Called by the VRRP daemon: notify.sh TYPE NAME STATE [PRIORITY]
set -eu

TYPE=$1
NAME=$2
STATE=$3
PRIORITY=${4:-unknown}
DIR=`+state+`

remember() {
	echo "$STATE" > "$DIR/$NAME.state"
	echo "$TYPE $NAME is $1 with priority $PRIORITY" >> "$DIR/history"
}

case $STATE in
	"MASTER")
		remember "the master"
		[[ -e $DIR/$NAME.first ]] || date +%s > "$DIR/$NAME.first"
		exit 0
		;;
	"BACKUP")
		remember "a backup"
		exit 0
		;;
	"FAULT")
		remember "out of order"
		exit 0
		;;
	"STOP")
		remember "gone"
		;;
	*)
		echo "unknown state $STATE" >&2
		exit 1
		;;
esac
`)
	cfg := file(config.Notify{}, map[string]config.Notify{"VI_1": {Any: run(command.Parse(notify)...)}})
	cfg.Groups = []config.Group{{Name: "VG_1", Notify: config.Notify{Any: run(notify)}}}
	s := premiere(t, cfg)
	low := router("VI_1", active, fault)
	low.Priority.Effective = 99
	for _, step := range []struct {
		event engine.Event
		want  string
	}{
		{router("VI_1", none, backup), "BACKUP"},
		{router("VI_1", backup, active), "MASTER"},
		{low, "FAULT"},
		{router("VI_1", fault, backup), "BACKUP"},
		{group("VG_1", backup, active), "MASTER"},
		{router("VI_1", backup, stopped), "STOP"},
	} {
		s.act(t, step.event, 1)
		if got := content(t, filepath.Join(state, step.event.Name+".state")); got != step.want {
			t.Errorf("%s: state file %q, want %q", step.event.Name, got, step.want)
		}
	}
	want := `INSTANCE VI_1 is a backup with priority 200
INSTANCE VI_1 is the master with priority 200
INSTANCE VI_1 is out of order with priority 99
INSTANCE VI_1 is a backup with priority 200
GROUP VG_1 is the master with priority 0
INSTANCE VI_1 is gone with priority 200`
	if diff := cmp.Diff(want, content(t, filepath.Join(state, "history"))); diff != "" {
		t.Errorf("history (-want +got):\n%s", diff)
	}
	if lines := s.log.Lines(); lines != nil {
		t.Errorf("logged %q", lines)
	}
}

func TestScriptWithAWordOfItsOwnThatStartsAndStopsSomething(t *testing.T) {
	dir, state := theater(t)
	script := install(t, dir, "master.sh", `#!/bin/sh
# notify_master "/etc/keepalived/master.sh master" and so on
PATH=/usr/sbin:/usr/bin:/sbin:/bin
PIDFILE=`+state+`/worker.pid

log() {
	echo "vrrp[$$]: $*" | tee -a `+state+`/syslog
}

running() {
	[ -f "$PIDFILE" ] && kill -0 "$(cat "$PIDFILE")" 2>/dev/null
}

start() {
	running && return
	nohup sleep 3600 >/dev/null 2>&1 &
	echo $! > "$PIDFILE"
	log "worker started"
}

stop() {
	running || return
	kill "$(cat "$PIDFILE")" && rm -f "$PIDFILE"
	log "worker stopped"
}

if [ $# -ne 1 ]; then
	echo "Usage: $0 {master|backup|fault}" >&2
	exit 64
fi
case "$1" in
	master) log "became master"; start ;;
	backup) log "became backup"; stop ;;
	fault)  log "is in fault"; stop ;;
	*)      echo "Usage: $0 {master|backup|fault}" >&2; exit 64 ;;
esac
exit 0
`)
	t.Cleanup(func() { // if the test ends early
		if pid, err := os.ReadFile(filepath.Join(state, "worker.pid")); err == nil {
			_ = exec.Command("kill", strings.TrimSpace(string(pid))).Run()
		}
	})
	s := premiere(t, file(config.Notify{}, map[string]config.Notify{"web": {
		Active: run(command.Parse(script + " master")...), Backup: run(command.Parse(script + " backup")...),
		Fault: run(command.Parse(script + " fault")...),
	}}))
	worker := func() string {
		pid, err := os.ReadFile(filepath.Join(state, "worker.pid"))
		if err != nil {
			return ""
		}
		name, err := os.ReadFile("/proc/" + strings.TrimSpace(string(pid)) + "/comm")
		if err != nil {
			return "(ended)"
		}
		return strings.TrimSpace(string(name))
	}
	for _, step := range []struct {
		event  engine.Event
		worker string
	}{
		{router("web", none, backup), ""},
		{router("web", backup, active), "sleep"},
		{router("web", active, fault), ""},
		{router("web", fault, backup), ""},
		{router("web", backup, active), "sleep"},
		{router("web", active, backup), ""},
	} {
		s.act(t, step.event, 1)
		if got := worker(); got != step.worker {
			t.Errorf("%v to %v: the worker is %q, want %q", step.event.From, step.event.To, got, step.worker)
		}
	}
	var lines []string
	for line := range strings.Lines(content(t, filepath.Join(state, "syslog"))) {
		_, said, _ := strings.Cut(strings.TrimSpace(line), ": ")
		lines = append(lines, said)
	}
	want := []string{
		"became backup",
		"became master", "worker started",
		"is in fault", "worker stopped",
		"became backup",
		"became master", "worker started",
		"became backup", "worker stopped",
	}
	if diff := cmp.Diff(want, lines); diff != "" {
		t.Errorf("its log (-want +got):\n%s", diff)
	}
	// What it prints is in our log as well.
	for i, want := range map[int]string{0: "became backup", 1: "worker started", 2: "worker stopped"} {
		if log := s.log.Lines(); len(log) != 6 || !strings.HasPrefix(log[i], "INFO notify command ended router=web") ||
			!strings.Contains(log[i], want) {
			t.Errorf("line %d of %q, want %q", i, log, want)
		}
	}
}

func TestScriptThatReadsTheFIFO(t *testing.T) {
	dir, state := theater(t)
	reader := install(t, dir, "fifo.sh", `#!/bin/bash
# vrrp_notify_fifo_script: the path of the FIFO is the last argument.
FIFO=${!#}
OUT=`+state+`/seen

[ -p "$FIFO" ] || { echo "no fifo $FIFO" >&2; exit 1; }

while true; do
	while read -r type name state prio; do
		name=${name//\"/}
		case $state in
			MASTER) echo "$type $name: take over at $prio" ;;
			BACKUP) echo "$type $name: stand by at $prio" ;;
			FAULT)  echo "$type $name: complain" ;;
			STOP)   echo "$type $name: good night"; exit 0 ;;
			*)      echo "? $type $name $state $prio" ;;
		esac
	done < "$FIFO" >> "$OUT"
done
`)
	path := filepath.Join(dir, "vrrp.fifo")
	cfg := file(config.Notify{FIFO: path}, map[string]config.Notify{"web": {}})
	s := premiere(t, cfg)
	s.Tell(router("web", none, backup)) // before anybody reads
	await(t, "made: "+path, func() bool { _, err := os.Lstat(path); return err == nil })

	script := exec.Command(reader, "--verbose", path)
	var said strings.Builder
	script.Stderr = &said
	if err := script.Start(); err != nil {
		t.Fatal(err)
	}
	doneC := make(chan error, 1)
	go func() { doneC <- script.Wait() }()
	ended := false
	t.Cleanup(func() {
		if !ended {
			_ = script.Process.Kill()
			<-doneC
		}
	})
	for _, e := range []engine.Event{
		router("web", backup, active), group("front", backup, active), router("web", active, fault),
		router("web", fault, stopped),
	} {
		s.Tell(e)
	}
	select {
	case err := <-doneC:
		ended = true
		if err != nil {
			t.Errorf("the reader: %v: %s", err, said.String())
		}
	case <-time.After(patience):
		t.Fatal("the reader has not seen the STOP")
	}
	want := `INSTANCE web: stand by at 200
INSTANCE web: take over at 200
GROUP front: take over at 0
INSTANCE web: complain
INSTANCE web: good night`
	if diff := cmp.Diff(want, content(t, filepath.Join(state, "seen"))); diff != "" {
		t.Errorf("seen (-want +got):\n%s", diff)
	}
	s.end()
	wantFile(t, path, false)
	if lines := s.log.Lines(); lines != nil {
		t.Errorf("logged %q", lines)
	}
}
