package daemon

import (
	"os"
	"runtime"
	"runtime/debug"
)

// The settings of Go's runtime that keep adverts on time, unless the environment has others.
const (
	// gcPercent lets the heap grow to some 20 MB before it is collected. A collection of a busy daemon (500 checks a second
	// on two processors) makes an advert up to 18 ms late, and with Go's own setting there is one every second or two.
	gcPercent = 400

	// spareProcs are more goroutines at once than there are processors. A thread that starts a command holds its place until
	// the program is loaded, so the engine must not have to wait for one.
	spareProcs = 2
	leastProcs = 4
)

// tune sets them.
func tune() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	if os.Getenv("GOMAXPROCS") == "" {
		runtime.GOMAXPROCS(max(runtime.NumCPU()+spareProcs, leastProcs))
	}
}
