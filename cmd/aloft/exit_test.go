package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os/exec"
	"strconv"
	"syscall"
	"testing"

	"github.com/spf13/cobra"
)

// codeOf is the exit code that err of a finished program holds.
func codeOf(err error) string {
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return strconv.Itoa(exit.ExitCode())
	}
	return err.Error()
}

func TestExitCodes(t *testing.T) {
	plain := errors.New("no such thing")
	tests := []struct {
		name   string
		args   []string
		err    error
		want   exitCode
		stderr string
	}{
		{"no error", []string{"do"}, nil, exitDone, ""},
		{"an error without a code", []string{"do"}, plain, exitFailed, "aloft: no such thing\n"},
		{"an error with a code", []string{"do"}, withExit(exitNoDaemon, plain), exitNoDaemon, "aloft: no such thing\n"},
		{
			"an error with a code, wrapped",
			[]string{"do"},
			fmt.Errorf("doing it: %w", withExit(exitUsage, plain)), exitUsage,
			"aloft: doing it: no such thing\n",
		},
		{"a code alone", []string{"do"}, withExit(exitFailed, nil), exitFailed, ""},
		{
			"permission",
			[]string{"do"},
			&fs.PathError{Op: "open", Path: "/x", Err: syscall.EACCES}, exitPermission,
			"aloft: open /x: permission denied\n",
		},
		{
			"not permitted",
			[]string{"do"},
			fmt.Errorf("raw socket: %w", syscall.EPERM), exitPermission,
			"aloft: raw socket: operation not permitted\n",
		},
		{
			"a file that may not be read",
			[]string{"do"},
			unreadable(fmt.Errorf("reading /x: %w", &fs.PathError{Op: "read", Path: "/x", Err: syscall.EACCES})), exitPermission,
			"aloft: reading /x: read /x: permission denied\n",
		},
		{
			"a file that cannot be read",
			[]string{"do"},
			unreadable(&fs.PathError{Op: "open", Path: "/x", Err: syscall.ENOENT}), exitUsage,
			"aloft: open /x: no such file or directory\n",
		},
		{
			"permission with another code",
			[]string{"do"},
			withExit(exitFailed, syscall.EPERM), exitFailed,
			"aloft: operation not permitted\n",
		},
		{
			"an unknown flag",
			[]string{"do", "--often"},
			nil, exitUsage,
			"aloft: unknown flag: --often\nRun 'aloft do --help' for usage.\n",
		},
		{
			"an argument too many",
			[]string{"do", "it"},
			nil, exitUsage,
			"aloft: unknown command \"it\" for \"aloft do\"\nRun 'aloft do --help' for usage.\n",
		},
		{
			"an unknown command",
			[]string{"frobnicate"},
			nil, exitUsage,
			"aloft: unknown command \"frobnicate\" for \"aloft\"\nRun 'aloft --help' for usage.\n",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			root := &cobra.Command{Use: "aloft", SilenceUsage: true, SilenceErrors: true}
			root.AddCommand(&cobra.Command{
				Use:  "do",
				Args: cobra.NoArgs,
				RunE: func(*cobra.Command, []string) error { return test.err },
			})
			root.SetArgs(test.args)
			var stderr bytes.Buffer
			if got := execute(root, &stderr); got != test.want {
				t.Errorf("exit code = %d (%v), want %d (%v)", got, got, test.want, test.want)
			}
			if got := stderr.String(); got != test.stderr {
				t.Errorf("stderr = %q, want %q", got, test.stderr)
			}
		})
	}
}

func TestErrorWithACodeUnwraps(t *testing.T) {
	if err := withExit(exitFailed, fs.ErrExist); !errors.Is(err, fs.ErrExist) {
		t.Errorf("%v is not %v", err, fs.ErrExist)
	}
}

// Scripts rely on the numbers.
func TestExitCodeNumbersAndWords(t *testing.T) {
	for number, want := range []string{"done", "failed", "usage", "no-daemon", "permission"} {
		if got := exitCode(number).String(); got != want {
			t.Errorf("exitCode(%d) = %q, want %q", number, got, want)
		}
	}
	for _, number := range []exitCode{-1, 5} {
		if got := number.String(); got != "invalid" {
			t.Errorf("exitCode(%d) = %q, want %q", int(number), got, "invalid")
		}
	}
}

// Every command reports through RunE, so that markRunErrors sees its errors, and says what it does and takes.
func TestEveryCommandIsWhole(t *testing.T) {
	var visit func(command *cobra.Command)
	visit = func(command *cobra.Command) {
		for _, child := range command.Commands() {
			switch {
			case child.Run != nil:
				t.Errorf("%s has Run; errors need RunE", child.CommandPath())
			case child.Runnable() && child.Args == nil:
				t.Errorf("%s takes any arguments", child.CommandPath())
			case child.Short == "":
				t.Errorf("%s has no description", child.CommandPath())
			}
			visit(child)
		}
	}
	visit(newRoot())
}
