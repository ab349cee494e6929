package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/aloft-ha/aloft/internal/importer/keepalived"
)

func newImportKeepalived() *cobra.Command {
	var o importOptions
	var ids []string
	var environment map[string]string
	command := &cobra.Command{
		Use:   "keepalived [name=]file...",
		Short: "Make an aloft.yaml of the keepalived.conf of each node",
		Long: "Make one aloft.yaml of the keepalived.conf of each node, with what they include. Give the file of every node,\n" +
			"with the node's host name before it: without one, its router_id or the name of the file has to do.\n\n" +
			"Whatever is not carried over is listed on standard error with its place and what to do instead. Exit code 2\n" +
			"means that there was nothing to carry over, or that the result has to be completed by hand.",
		Example: "  aloft import keepalived www1=www1.conf www2=www2.conf > aloft.yaml\n" +
			"  aloft import keepalived -o aloft.yaml www1=/etc/keepalived/keepalived.conf www2=copy.conf\n" +
			"  aloft import keepalived --id main --id backup www1=keepalived.conf www2=keepalived.conf",
		Args: cobra.MinimumNArgs(1),
		RunE: func(command *cobra.Command, args []string) error {
			inputs, err := keepalivedInputs(args, ids)
			if err != nil {
				return withExit(exitUsage, err)
			}
			return importKeepalived(inputs, environment, o, command.OutOrStdout(), command.ErrOrStderr())
		},
	}
	flags := command.Flags()
	flags.StringArrayVar(&ids, "id", nil, "the `id` of @id lines (keepalived --config-id), once for all files or once for each; default: the node's name")
	flags.StringToStringVar(&environment, "env", nil, "a `NAME=VALUE` that ${_ENV NAME} stands for")
	o.register(command)
	return command
}

// keepalivedInputs reads the arguments. A name cannot have a slash, so ./a=b.conf is a file.
func keepalivedInputs(args, ids []string) ([]keepalived.Input, error) {
	if len(ids) > 1 && len(ids) != len(args) {
		return nil, fmt.Errorf("--id is given %d times for %d files: once for all of them, or once for each", len(ids), len(args))
	}
	var inputs []keepalived.Input
	for i, arg := range args {
		in := keepalived.Input{File: arg}
		if name, file, ok := strings.Cut(arg, "="); ok && !strings.Contains(name, "/") {
			in.Node, in.File = name, file
		}
		if in.File == "" || in.Node == "" && strings.HasPrefix(arg, "=") {
			return nil, fmt.Errorf("%q is no NAME=FILE", arg)
		}
		switch {
		case len(ids) == 1:
			in.ID = ids[0]
		case len(ids) > 1:
			in.ID = ids[i]
		}
		inputs = append(inputs, in)
	}
	return inputs, nil
}

func importKeepalived(inputs []keepalived.Input, environment map[string]string, o importOptions, stdout, stderr io.Writer) error {
	result, err := keepalived.Import(keepalived.Disk{}, inputs, environment)
	if err != nil {
		return unreadable(err)
	}
	return deliver(result, o, stdout, stderr)
}
