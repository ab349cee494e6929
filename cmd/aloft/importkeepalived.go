package main

import (
	"github.com/spf13/cobra"

	"github.com/aloft-ha/aloft/internal/importer"
)

func newImportKeepalived() *cobra.Command {
	var o importOptions
	command := &cobra.Command{
		Use:   "keepalived [name=]file...",
		Short: "Make an aloft.yaml of the keepalived.conf of each node",
		Args:  cobra.MinimumNArgs(1),
		RunE: func(command *cobra.Command, _ []string) error {
			return deliver(new(importer.Result), o, command.OutOrStdout(), command.ErrOrStderr())
		},
	}
	o.register(command)
	return command
}
