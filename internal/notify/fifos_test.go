package notify

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"github.com/aloft-ha/aloft/internal/command"
	"github.com/aloft-ha/aloft/internal/config"
)

func TestFIFOsGetEveryEventInOrderWhateverTheCommandsDo(t *testing.T) {
	dir := t.TempDir()
	own, global := filepath.Join(dir, "own"), filepath.Join(dir, "global")
	synctest.Test(t, func(t *testing.T) {
		cfg := file(config.Notify{FIFO: global}, map[string]config.Notify{
			"web": {Any: run("hang"), FIFO: own}, "db": {FIFO: own}, "mail": {FIFO: global},
		})
		cfg.Groups = []config.Group{{Name: "front", Notify: config.Notify{FIFO: own}}}
		s := play(t, &actor{takes: func(command.Command) time.Duration { return time.Hour }}, cfg)
		synctest.Wait()
		ownReader, globalReader := listen(t, own), listen(t, global)
		s.Tell(router("web", none, backup))
		synctest.Wait() // its command hangs from now on
		s.Tell(router("db", none, backup))
		s.Tell(router("web", backup, active))
		s.Tell(group("front", backup, active))
		s.Tell(router("mail", none, fault))
		s.Tell(router("web", active, backup))
		s.Tell(router("web", active, none))
		synctest.Wait()
		want := "INSTANCE \"web\" BACKUP 200\nINSTANCE \"db\" BACKUP 200\nINSTANCE \"web\" MASTER 200\n" +
			"GROUP \"front\" MASTER 0\nINSTANCE \"web\" BACKUP 200\n"
		if diff := cmp.Diff(want, drain(t, ownReader)); diff != "" {
			t.Errorf("own (-want +got):\n%s", diff)
		}
		want = strings.Replace(want, "MASTER 0\n", "MASTER 0\nINSTANCE \"mail\" FAULT 200\n", 1)
		if diff := cmp.Diff(want, drain(t, globalReader)); diff != "" {
			t.Errorf("global (-want +got):\n%s", diff)
		}
		if len(s.fifos.all) != 2 {
			t.Errorf("%d FIFOs are open, want 2", len(s.fifos.all))
		}
		s.end()
		if lines := s.log.Lines(); len(lines) != 2 { // of the command that hung, and of the one that waited for it
			t.Errorf("logged %q", lines)
		}
	})
	wantFile(t, own, false)
	wantFile(t, global, false)
}

func TestAFullFIFOIsWarnedOfOnceAndItsLossesAreCounted(t *testing.T) {
	path := filepath.Join(t.TempDir(), "fifo")
	synctest.Test(t, func(t *testing.T) {
		s := play(t, &actor{}, file(config.Notify{FIFO: path}, nil))
		synctest.Wait()
		r := listen(t, path)
		shrink(t, r)
		const told = 1000
		for range told {
			s.Tell(router("web", backup, active))
		}
		synctest.Wait()
		lines := strings.Count(drain(t, r), "INSTANCE \"web\" MASTER 200\n")
		if lines == 0 || lines == told {
			t.Fatalf("%d of %d lines were taken, so nothing is tested", lines, told)
		}
		want := []string{
			"WARN FIFO lines are lost fifo=" + path + " error=writing to FIFO " + path + ": the pipe is full " +
				"next=see that its reader runs and reads; what comes until then is lost",
		}
		if diff := cmp.Diff(want, s.log.Lines()); diff != "" {
			t.Errorf("log while it is full (-want +got):\n%s", diff)
		}
		s.Tell(router("web", active, backup))
		s.Tell(router("web", backup, active))
		synctest.Wait()
		want = append(want, fmt.Sprintf("WARN FIFO takes lines again fifo=%s lost=%d", path, told-lines))
		if diff := cmp.Diff(want, s.log.Lines()); diff != "" {
			t.Errorf("log after it was read (-want +got):\n%s", diff)
		}
		if got, want := drain(t, r), "INSTANCE \"web\" BACKUP 200\nINSTANCE \"web\" MASTER 200\n"; got != want {
			t.Errorf("read %q, want %q", got, want)
		}
		// Another time is counted for itself.
		for range told {
			s.Tell(router("web", backup, active))
		}
		synctest.Wait()
		drain(t, r)
		s.Tell(router("web", backup, active))
		synctest.Wait()
		want = append(want, want...)
		if diff := cmp.Diff(want, s.log.Lines()); diff != "" {
			t.Errorf("log after another time (-want +got):\n%s", diff)
		}
	})
}

func TestLossesUntilTheEndAreCounted(t *testing.T) {
	path := filepath.Join(t.TempDir(), "fifo")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		s := play(t, &actor{}, file(config.Notify{FIFO: path}, nil))
		for range 7 {
			s.Tell(router("web", backup, active))
		}
		s.end()
		want := []string{
			"WARN FIFO lines are lost fifo=" + path + " error=using FIFO " + path + ": it is there and no FIFO " +
				"next=put it right, or name another path; it is tried again with each line",
			"WARN FIFO lines were lost until its end fifo=" + path + " lost=7",
		}
		if diff := cmp.Diff(want, s.log.Lines()); diff != "" {
			t.Errorf("log (-want +got):\n%s", diff)
		}
	})
	wantFile(t, path, true)
}

func TestAFIFOThatIsPutRightIsUsed(t *testing.T) {
	path := filepath.Join(t.TempDir(), "fifo")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		s := play(t, &actor{}, file(config.Notify{FIFO: path}, nil))
		s.Tell(router("web", none, backup))
		synctest.Wait()
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
		s.Tell(router("web", backup, active))
		synctest.Wait()
		if got, want := drain(t, listen(t, path)), "INSTANCE \"web\" MASTER 200\n"; got != want {
			t.Errorf("read %q, want %q", got, want)
		}
		if log := s.log.Lines(); len(log) != 2 || !strings.HasSuffix(log[1], "lost=1") {
			t.Errorf("log %q, want the trouble once and one lost line", log)
		}
	})
}

func TestTheFIFOOfARemovedRouterGetsItsStopAndGoes(t *testing.T) {
	path := filepath.Join(t.TempDir(), "fifo")
	synctest.Test(t, func(t *testing.T) {
		s := play(t, &actor{}, web(config.Notify{FIFO: path}))
		s.Tell(router("web", none, active))
		synctest.Wait()
		r := listen(t, path)
		s.Configure(&config.Config{}, "www1")
		synctest.Wait()
		wantFile(t, path, true)
		s.Tell(router("web", active, stopped))
		synctest.Wait()
		wantFile(t, path, false)
		if got, want := drain(t, r), "INSTANCE \"web\" MASTER 200\nINSTANCE \"web\" STOP 200\n"; got != want {
			t.Errorf("read %q, want %q", got, want)
		}
	})
}

func TestAFIFOThatStaysIsNotTouchedByAReload(t *testing.T) {
	path := filepath.Join(t.TempDir(), "fifo")
	synctest.Test(t, func(t *testing.T) {
		s := play(t, &actor{}, file(config.Notify{FIFO: path}, nil))
		synctest.Wait()
		r := listen(t, path)
		s.Tell(router("web", none, backup))
		s.Configure(web(config.Notify{FIFO: path}), "www1")
		s.Tell(router("web", backup, active))
		synctest.Wait()
		if got, want := drain(t, r), "INSTANCE \"web\" BACKUP 200\nINSTANCE \"web\" MASTER 200\n"; got != want {
			t.Errorf("read %q, want %q", got, want)
		}
	})
}

// Many tell at once, and a slow reader with small reads sees whole lines, each router's in its order.
func TestLinesNeverMix(t *testing.T) {
	path := filepath.Join(t.TempDir(), "fifo")
	if err := unix.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	s := play(t, &actor{}, file(config.Notify{FIFO: path}, nil))
	r, err := os.Open(path) // as a script does: it waits for the other end
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	const tellers, each = 20, 50 // together less than a pipe holds, 64 KiB
	var wg sync.WaitGroup
	for i := range tellers {
		wg.Go(func() {
			for n := range each {
				e := router(fmt.Sprintf("web-%d", i), backup, active)
				e.Priority.Effective = uint8(n + 1)
				s.Tell(e)
			}
		})
	}
	next := make(map[int]int)
	var text strings.Builder
	buffer := make([]byte, 7)
	if err := r.SetReadDeadline(time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	for strings.Count(text.String(), "\n") < tellers*each {
		n, err := r.Read(buffer)
		if err != nil {
			t.Fatalf("after %d bytes: %v", text.Len(), err)
		}
		text.Write(buffer[:n])
	}
	wg.Wait()
	for line := range strings.Lines(text.String()) {
		var name, priority int
		if n, err := fmt.Sscanf(line, "INSTANCE \"web-%d\" MASTER %d\n", &name, &priority); n != 2 || err != nil {
			t.Fatalf("line %q: %v", line, err)
		}
		if next[name]++; priority != next[name] {
			t.Fatalf("web-%d: line %d has come as number %d", name, priority, next[name])
		}
	}
}
