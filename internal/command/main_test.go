package command

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"testing"
	"unsafe"

	"go.uber.org/goleak"
	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"
)

// daemonEnv makes the test's program a daemon instead, which runs the command line that is the variable's value as the user
// in daemonUserEnv, and prints what the line printed or why it was not run.
const (
	daemonEnv     = "ALOFT_TEST_DAEMON"
	daemonUserEnv = "ALOFT_TEST_DAEMON_USER"
)

// untracedEnv takes the right to trace from the daemon, as some machines do.
const untracedEnv = "ALOFT_TEST_DAEMON_UNTRACED"

// tracerEnv makes it a debugger of the process of that number, which lets go at the end of its input.
const tracerEnv = "ALOFT_TEST_TRACER"

// deserterEnv makes it leave its process group for that of its parent, and hang.
const deserterEnv = "ALOFT_TEST_DESERTER"

func TestMain(m *testing.M) {
	for name, role := range map[string]func(string) error{daemonEnv: daemon, tracerEnv: trace, deserterEnv: desert} {
		value := os.Getenv(name)
		if value == "" {
			continue
		}
		if err := role(value); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	goleak.VerifyTestMain(m)
}

// again is this program once more, as what the variables make of it.
func again(t *testing.T, variables ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.Command(self)
	c.Env = append(os.Environ(), variables...)
	return c
}

func daemon(line string) error {
	if os.Getenv(untracedEnv) != "" {
		if err := forbidTracing(); err != nil {
			return err
		}
	}
	r := New(Settings{User: os.Getenv(daemonUserEnv)}, slog.New(slog.DiscardHandler))
	ctx, cancel := context.WithCancel(context.Background())
	doneC := make(chan error, 1)
	go func() { doneC <- r.Run(ctx) }()
	result := r.Do(ctx, Command{Argv: Parse(line)})
	cancel()
	if result.OK() {
		fmt.Println(result.Output)
	} else {
		fmt.Println(result)
	}
	return <-doneC
}

func desert(string) error {
	group, err := unix.Getpgid(unix.Getppid())
	if err != nil {
		return err
	}
	if err := unix.Setpgid(0, group); err != nil {
		return err
	}
	fmt.Println("deserted")
	for {
		_ = unix.Pause() // the runtime's own signals interrupt it
	}
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

// forbidTracing makes ptrace(2) fail with EPERM for this process and its children.
func forbidTracing() error {
	program, err := bpf.Assemble([]bpf.Instruction{
		bpf.LoadAbsolute{Off: 0, Size: 4}, // the number of the system call, seccomp(2)
		bpf.JumpIf{Cond: bpf.JumpEqual, Val: unix.SYS_PTRACE, SkipFalse: 1},
		bpf.RetConstant{Val: 0x00050000 | uint32(unix.EPERM)}, // SECCOMP_RET_ERRNO
		bpf.RetConstant{Val: 0x7fff0000},                      // SECCOMP_RET_ALLOW
	})
	if err != nil {
		return err
	}
	filter := make([]unix.SockFilter, len(program))
	for i, in := range program {
		filter[i] = unix.SockFilter{Code: in.Op, Jt: in.Jt, Jf: in.Jf, K: in.K}
	}
	prog := unix.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]}
	const setModeFilter, threadSync = 1, 1
	if _, _, errno := unix.Syscall(unix.SYS_SECCOMP, setModeFilter, threadSync, uintptr(unsafe.Pointer(&prog))); errno != 0 {
		return fmt.Errorf("forbidding ptrace: %w", errno)
	}
	return nil
}
