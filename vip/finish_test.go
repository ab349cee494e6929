package vip

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/sys/unix"
)

func TestEndFinishesReleases(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, newFakeKernel(), filepath.Join(t.TempDir(), "state"))
		b.run()
		b.m.Configure(map[Owner][]Address{"web": addrs(vipA), "db": addrs(vipB)})
		b.claim(1, vipA)
		b.m.Set("db", want(vipB))
		b.forget()
		b.m.Set("web", Want{})
		if err := b.stop(); err != nil {
			t.Errorf("Run: %v", err)
		}
		b.wantKernel("what is wanted stays", "eth0 192.0.2.101/32 proto 112 valid 3s\n")
		if got, _ := os.ReadFile(b.file); !bytes.Contains(got, []byte(vipB)) || bytes.Contains(got, []byte(vipA)) {
			t.Errorf("state file: %s", got)
		}
	})
}

func TestEndForgetsWhatHasExpired(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, newFakeKernel(), filepath.Join(t.TempDir(), "state"))
		b.run()
		b.configure("web", vipA)
		b.claim(1, vipA)
		b.forget()
		time.Sleep(4 * time.Second)
		if err := b.stop(); err != nil {
			t.Errorf("Run: %v", err)
		}
		if got, err := os.ReadFile(b.file); err != nil || bytes.Contains(got, []byte(vipA)) {
			t.Errorf("state file: %s, %v", got, err)
		}
	})
}

func TestEndPutsNothingUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, newFakeKernel(), "")
		b.run()
		b.m.Configure(map[Owner][]Address{"web": addrs(vipA, vipB)})
		b.claim(1, vipA)
		b.forget()
		b.cancel()
		b.claim(2, "192.0.2.100/24", vipB) // whether Run takes it or has ended by then
		if err := b.stop(); err != nil {
			t.Errorf("Run: %v", err)
		}
		b.wantOps("neither a new address nor a new form of an old one")
		b.wantResults("nothing is answered any more")
	})
}

func TestEndNamesWhatCouldNotBeRemoved(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, newFakeKernel(), "")
		b.run()
		b.configure("web", vipA)
		b.claim(1, vipA)
		b.forget()
		b.kernel.change(func() { b.kernel.refuse["remove"] = unix.EPERM })
		b.m.Set("web", Want{})
		const want = "removing 192.0.2.100/32 from eth0: operation not permitted"
		if err := b.stop(); err == nil || err.Error() != want {
			t.Errorf("Run: %v, want %s", err, want)
		}
	})
}
