package command

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"runtime"
	"strconv"
	"testing"

	"go.uber.org/goleak"
	"golang.org/x/sys/unix"
)

// daemonEnv makes the test's program a daemon instead, which runs the shell line that is the variable's value as the user
// in daemonUserEnv, and prints what the line printed or why it was not run.
const (
	daemonEnv     = "ALOFT_TEST_DAEMON"
	daemonUserEnv = "ALOFT_TEST_DAEMON_USER"
)

// tracerEnv makes it a debugger of the process of that number, which lets go at the end of its input.
const tracerEnv = "ALOFT_TEST_TRACER"

func TestMain(m *testing.M) {
	if line := os.Getenv(daemonEnv); line != "" {
		if err := daemon(os.Stdout, line, os.Getenv(daemonUserEnv)); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	if pid := os.Getenv(tracerEnv); pid != "" {
		if err := trace(pid); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	goleak.VerifyTestMain(m)
}

func daemon(w io.Writer, line, user string) error {
	r := New(Settings{User: user}, slog.New(slog.DiscardHandler))
	ctx, cancel := context.WithCancel(context.Background())
	doneC := make(chan error, 1)
	go func() { doneC <- r.Run(ctx) }()
	result := r.Do(ctx, Command{Argv: []string{shell, "-c", line}})
	cancel()
	if result.OK() {
		fmt.Fprintln(w, result.Output)
	} else {
		fmt.Fprintln(w, result)
	}
	return <-doneC
}

// trace traces a process and says "ok" once it does.
func trace(number string) error {
	runtime.LockOSThread() // one thread is the tracer, ptrace(2)
	pid, err := strconv.Atoi(number)
	if err != nil {
		return err
	}
	if err := unix.PtraceSeize(pid); err != nil {
		return fmt.Errorf("tracing %d: %w", pid, err)
	}
	fmt.Println("ok")
	_, err = io.Copy(io.Discard, os.Stdin)
	return err
}
