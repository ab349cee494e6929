package command

import (
	"context"
	"os"
	"os/exec"
	"strconv"
	"syscall"
	"testing"
	"time"
)

// cpu returns the processor time that this process and the children it has reaped have used.
func cpu(b *testing.B) time.Duration {
	b.Helper()
	sum := time.Duration(0)
	for _, who := range []int{syscall.RUSAGE_SELF, syscall.RUSAGE_CHILDREN} {
		var u syscall.Rusage
		if err := syscall.Getrusage(who, &u); err != nil {
			b.Fatal(err)
		}
		sum += time.Duration(u.Utime.Nano() + u.Stime.Nano())
	}
	return sum
}

// measured runs f b.N times and reports the processor time of one run, that of the child included.
func measured(b *testing.B, f func()) {
	b.Helper()
	before := cpu(b)
	for b.Loop() {
		f()
	}
	b.ReportMetric(float64((cpu(b)-before).Nanoseconds())/float64(b.N), "cpu-ns/op")
}

// BenchmarkDo runs a program as the default user and as our own. [BenchmarkExec] is the same program without the care.
func BenchmarkDo(b *testing.B) {
	for name, who := range map[string]string{"default": "", "own": strconv.Itoa(os.Geteuid())} {
		b.Run(name, func(b *testing.B) {
			r := run(b, Settings{User: who})
			c := Command{Argv: []string{"true"}, Timeout: time.Minute}
			measured(b, func() {
				if got := r.Do(b.Context(), c); !got.OK() {
					b.Fatal(got)
				}
			})
		})
	}
}

func BenchmarkExec(b *testing.B) {
	measured(b, func() {
		ctx, cancel := context.WithTimeout(b.Context(), time.Minute)
		if out, err := exec.CommandContext(ctx, "/usr/bin/true").CombinedOutput(); err != nil {
			b.Fatalf("%v: %s", err, out)
		}
		cancel()
	})
}
