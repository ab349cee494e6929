package daemon

import (
	"runtime"
	"runtime/debug"
	"testing"
)

func TestTuneLeavesWhatTheEnvironmentSays(t *testing.T) {
	procs, percent := runtime.GOMAXPROCS(0), debug.SetGCPercent(100)
	t.Cleanup(func() {
		runtime.GOMAXPROCS(procs)
		debug.SetGCPercent(percent)
	})
	t.Setenv("GOGC", "100")
	t.Setenv("GOMAXPROCS", "1")
	runtime.GOMAXPROCS(1)
	tune()
	if got := runtime.GOMAXPROCS(0); got != 1 {
		t.Errorf("GOMAXPROCS is %d", got)
	}
	if got := debug.SetGCPercent(100); got != 100 {
		t.Errorf("GOGC is %d", got)
	}

	t.Setenv("GOGC", "")
	t.Setenv("GOMAXPROCS", "")
	tune()
	if got := runtime.GOMAXPROCS(0); got < leastProcs || got < runtime.NumCPU()+spareProcs {
		t.Errorf("GOMAXPROCS is %d on %d processors", got, runtime.NumCPU())
	}
	if got := debug.SetGCPercent(100); got != gcPercent {
		t.Errorf("GOGC is %d", got)
	}
}
