package command

import (
	"errors"
	"fmt"
	"os"
	"sync"
	"testing"

	"golang.org/x/sys/unix"
)

func TestOnThreadHasAThreadThatEndsWithIt(t *testing.T) {
	const many = 50 // at once, so that the first thread is idle for one of them
	var (
		all   sync.WaitGroup
		begun sync.WaitGroup
		tids  = make([]int, many)
		want  = errors.New("passed on")
	)
	begun.Add(many)
	for i := range many {
		all.Go(func() {
			err := onThread(func() error {
				tids[i] = unix.Gettid()
				begun.Done()
				begun.Wait()
				return want
			})
			if !errors.Is(err, want) {
				t.Errorf("%v, want %v", err, want)
			}
		})
	}
	all.Wait()
	for _, tid := range tids {
		if tid == os.Getpid() {
			t.Error("the first thread")
		}
		until(t, fmt.Sprintf("gone: the thread %d", tid), func() bool {
			_, err := os.Stat(fmt.Sprintf("/proc/self/task/%d", tid))
			return err != nil
		})
	}
}
