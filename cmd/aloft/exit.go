package main

import (
	"errors"
	"io/fs"

	"github.com/spf13/cobra"
)

// exitCode is how the process ends; scripts rely on it.
type exitCode int

// The exit codes.
const (
	exitDone       exitCode = iota // it is done
	exitFailed                     // it could not be done
	exitUsage                      // the command line or the configuration is wrong
	exitNoDaemon                   // no daemon answers
	exitPermission                 // we may not
)

var exitNames = [...]string{
	exitDone:       "done",
	exitFailed:     "failed",
	exitUsage:      "usage",
	exitNoDaemon:   "no-daemon",
	exitPermission: "permission",
}

// String returns the code's name.
func (c exitCode) String() string {
	if c >= 0 && int(c) < len(exitNames) {
		return exitNames[c]
	}
	return "invalid"
}

// exitError is an error of a command that knows its exit code.
type exitError struct {
	code exitCode
	err  error // nil: everything has been said, only the code is left to tell
}

// withExit gives err an exit code. With a nil err the process ends with the code and prints nothing more.
func withExit(code exitCode, err error) error { return &exitError{code: code, err: err} }

// unreadable gives err, which says that a file could not be read, its exit code: exitUsage, as for a wrong name, or none
// yet if we may not read it, so that markRunErrors gives it exitPermission.
func unreadable(err error) error {
	if errors.Is(err, fs.ErrPermission) {
		return err
	}
	return withExit(exitUsage, err)
}

// Error returns the text of the error, empty if everything has been said.
func (e *exitError) Error() string {
	if e.err == nil {
		return ""
	}
	return e.err.Error()
}

// Unwrap returns the error that the code was given to.
func (e *exitError) Unwrap() error { return e.err }

// markRunErrors makes the errors of the commands themselves tell from those of cobra, which reads the command line and
// has no type for what it finds there. An error without a code gets exitPermission or exitFailed.
func markRunErrors(command *cobra.Command) {
	if run := command.RunE; run != nil {
		command.RunE = func(command *cobra.Command, args []string) error {
			err := run(command, args)
			switch {
			case err == nil || !isCommandLine(err):
				return err
			case errors.Is(err, fs.ErrPermission): // EACCES and EPERM are that too
				return withExit(exitPermission, err)
			}
			return withExit(exitFailed, err)
		}
	}
	for _, child := range command.Commands() {
		markRunErrors(child)
	}
}

// isCommandLine says that err has no exit code: after markRunErrors, that cobra refused the command line.
func isCommandLine(err error) bool {
	_, coded := errors.AsType[*exitError](err)
	return !coded
}

// exitCodeOf is the exit code for what a command line came to, after markRunErrors.
func exitCodeOf(err error) exitCode {
	if err == nil {
		return exitDone
	}
	if coded, ok := errors.AsType[*exitError](err); ok {
		return coded.code
	}
	return exitUsage
}
