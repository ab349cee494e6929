// Command aloft keeps floating IP addresses aloft: it is a VRRP daemon for Linux, with the tools for its file and
// a laboratory to watch it in.
package main

import (
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"
)

func main() {
	os.Exit(int(execute(newRoot(), os.Stderr)))
}

// newRoot is where every command is registered.
func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:           "aloft",
		Short:         "Keeps floating IP addresses aloft: VRRP for Linux",
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.AddCommand(
		newRun(),
		newCheck(),
		newInit(),
		newImport(),
		newLab(),
		newSchema(),
		newVersion(),
	)
	return root
}

// execute runs the command line, writes the error to stderr, if there is one to tell, and returns how to exit.
func execute(root *cobra.Command, stderr io.Writer) exitCode {
	markRunErrors(root)
	command, err := root.ExecuteC()
	if err == nil {
		return exitDone
	}
	if text := err.Error(); text != "" {
		_, _ = fmt.Fprintf(stderr, "aloft: %s\n", text)
	}
	if isCommandLine(err) {
		_, _ = fmt.Fprintf(stderr, "Run '%s --help' for usage.\n", command.CommandPath())
	}
	return exitCodeOf(err)
}
