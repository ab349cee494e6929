package main

import (
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/aloft-ha/aloft/internal/config"
)

func newCheck() *cobra.Command {
	var o checkOptions
	command := &cobra.Command{
		Use:   "check [file]",
		Short: "Check a configuration file and show what each node would do",
		Long: "Check a configuration file, " + defaultConfig + " or the one that is named; - is standard input.\n" +
			"Every mistake is shown with its place, then what each node would do. Nothing but the file is looked at, so it\n" +
			"can be checked on any machine; the keys that it names in other files are read by the daemon alone. Warnings do not\n" +
			"make it fail; exit code 2 means that the daemon would refuse it.",
		Example: "  aloft check\n  aloft check ./aloft.yaml --node www1\n  aloft check --json - < aloft.yaml",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(command *cobra.Command, args []string) error {
			o.file = defaultConfig
			if len(args) > 0 {
				o.file = args[0]
			}
			return check(o, command.InOrStdin(), command.OutOrStdout())
		},
	}
	command.Flags().StringVar(&o.node, "node", "", "show only the node of this `name`")
	command.Flags().BoolVar(&o.json, "json", false, "print JSON")
	return command
}

// checkOptions is what the command line of check says.
type checkOptions struct {
	file string
	node string
	json bool
}

// check reads a file and prints what is wrong with it and what it means.
func check(o checkOptions, stdin io.Reader, stdout io.Writer) error {
	name, data, mode, err := readConfig(o.file, stdin)
	if err != nil {
		return unreadable(err)
	}
	c, problems := config.ParseFile(name, data, mode)
	var rows []config.Instance
	if c != nil {
		if rows, err = checkRows(c, o.node); err != nil {
			return withExit(exitUsage, err)
		}
	}
	if o.json {
		if err := writeCheckJSON(stdout, name, c, problems, rows); err != nil {
			return err
		}
		if c == nil {
			return withExit(exitUsage, nil)
		}
		return nil
	}
	if err := config.Render(stdout, data, problems, colored(stdout)); err != nil {
		return err
	}
	if c == nil {
		return withExit(exitUsage, fmt.Errorf("%s: %s", name, countProblems(problems)))
	}
	if len(problems) > 0 {
		_, _ = fmt.Fprintln(stdout)
	}
	if err := writeCheckTable(stdout, rows); err != nil || len(rows) == 0 {
		return err
	}
	return writeCheckDetails(stdout, checkDetails(c, rows))
}

// readConfig reads a file, or standard input for "-", which has no permissions. It reads one byte more than is allowed, so
// that the parser sees that there is too much.
func readConfig(file string, stdin io.Reader) (name string, data []byte, mode fs.FileMode, err error) {
	in, name := stdin, "<stdin>"
	if file != "-" {
		f, err := os.Open(file)
		if err != nil {
			return file, nil, 0, err
		}
		defer func() { _ = f.Close() }()
		info, err := f.Stat()
		if err != nil {
			return file, nil, 0, err
		}
		in, name, mode = f, file, info.Mode()
	}
	data, err = io.ReadAll(io.LimitReader(in, config.MaxSize+1))
	if err != nil {
		return name, nil, 0, fmt.Errorf("reading %s: %w", name, err)
	}
	return name, data, mode, nil
}

// checkRows returns what the nodes have to do, in the order of the file's nodes, or what one node has to do.
func checkRows(c *config.Config, node string) ([]config.Instance, error) {
	if node != "" {
		self, err := c.FindSelf(config.Host{Flag: node})
		if err != nil {
			return nil, err
		}
		return c.Instances(self), nil
	}
	var rows []config.Instance
	for _, n := range c.Nodes {
		rows = append(rows, c.Instances(n.Name)...)
	}
	return rows, nil
}

// colored says whether to colour what is written: only for a person at a terminal who has not said otherwise (see
// https://no-color.org).
func colored(w io.Writer) bool {
	return isTerminal(w) && os.Getenv("NO_COLOR") == ""
}

// isTerminal says whether w is one.
func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// countProblems says how many problems of each severity there are: "2 errors, 1 warning".
func countProblems(problems []config.Problem) string {
	counts := make(map[config.Severity]int)
	for _, p := range problems {
		counts[p.Severity]++
	}
	var parts []string
	for _, s := range []config.Severity{config.Error, config.Warning} {
		switch n := counts[s]; n {
		case 0:
		case 1:
			parts = append(parts, "1 "+s.String())
		default:
			parts = append(parts, fmt.Sprintf("%d %ss", n, s))
		}
	}
	return strings.Join(parts, ", ")
}
