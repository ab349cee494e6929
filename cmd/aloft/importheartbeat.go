package main

import (
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/aloft-ha/aloft/internal/config"
	"github.com/aloft-ha/aloft/internal/importer/heartbeat"
)

func newImportHeartbeat() *cobra.Command {
	var o importOptions
	command := &cobra.Command{
		Use:   "heartbeat ha.cf haresources [authkeys]",
		Short: "Make an aloft.yaml of the files of Linux-HA heartbeat",
		Long: "Make an aloft.yaml of heartbeat's ha.cf and haresources, which are the same on all of its nodes, as aloft.yaml is.\n" +
			"Authkeys is read only to say what becomes of it; no key is printed. What heartbeat itself does not start with is\n" +
			"refused, and so is crm on, where haresources is not what counts. VRIDs, which heartbeat does not have, are derived\n" +
			"from the addresses, the same on each run.",
		Example: "  aloft import heartbeat /etc/ha.d/ha.cf /etc/ha.d/haresources > aloft.yaml\n" +
			"  aloft import heartbeat ha.cf haresources authkeys --json",
		Args: cobra.RangeArgs(2, 3),
		RunE: func(command *cobra.Command, args []string) error {
			var files []heartbeat.File
			for _, name := range args {
				f, err := readHeartbeat(name)
				if err != nil {
					return err
				}
				files = append(files, f)
			}
			var authkeys *heartbeat.File
			if len(files) > 2 {
				authkeys = &files[2]
			}
			return deliver(heartbeat.Import(files[0], files[1], authkeys), o, command.OutOrStdout(), command.ErrOrStderr())
		},
	}
	o.register(command)
	return command
}

// readHeartbeat reads one file. The bound is that of our own file: what is larger is something else.
func readHeartbeat(name string) (heartbeat.File, error) {
	f, err := os.Open(name)
	if err != nil {
		return heartbeat.File{}, unreadable(err)
	}
	defer func() { _ = f.Close() }()
	text, err := io.ReadAll(io.LimitReader(f, config.MaxSize+1))
	switch {
	case err != nil:
		return heartbeat.File{}, unreadable(fmt.Errorf("reading %s: %w", name, err))
	case len(text) > config.MaxSize:
		return heartbeat.File{}, withExit(exitUsage, fmt.Errorf("%s has more than %d bytes: it is no file of heartbeat's", name, config.MaxSize))
	}
	return heartbeat.File{Name: name, Text: text}, nil
}
