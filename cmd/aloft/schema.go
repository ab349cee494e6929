package main

import (
	"github.com/spf13/cobra"

	"github.com/aloft-ha/aloft/internal/config"
)

func newSchema() *cobra.Command {
	return &cobra.Command{
		Use:   "schema",
		Short: "Print the JSON Schema of the configuration file",
		Long: "Print the JSON Schema (draft 2020-12) of the configuration file, for editors that complete keys and mark mistakes\n" +
			"while you type. It knows every key, but one value at a time: only check compares them.",
		Example: "  aloft schema > aloft.schema.json\n" +
			"  # and as the first line of aloft.yaml:\n" +
			"  # yaml-language-server: $schema=aloft.schema.json",
		Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			return config.WriteSchema(command.OutOrStdout())
		},
	}
}
