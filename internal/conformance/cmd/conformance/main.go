// Command conformance runs the conformance suite against VRRP daemons of this machine, each in network namespaces, and
// prints a table of what they do. It is called by `make conformance` and needs root.
//
// The exit status is 1 if aloft fails a case; what the others do is a fact and no error.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/aloft-ha/aloft/internal/conformance"
)

// errFailed is that aloft failed a case.
var errFailed = errors.New("aloft failed")

// flags are those of the command.
type flags struct {
	against        []string
	partner        string
	caseID         string
	version        uint8
	ipv6           bool
	parallel       int
	json, markdown bool
	aloft          string
	keepalived     string
	frr            string
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := newCommand().ExecuteContext(ctx)
	if err != nil {
		fmt.Fprintln(os.Stderr, "conformance:", err)
		os.Exit(1)
	}
}

// newCommand returns the command with its flags.
func newCommand() *cobra.Command {
	var f flags
	c := &cobra.Command{
		Use: "conformance", Short: "Judge VRRP daemons by the cases of docs/conformance.md", Args: cobra.NoArgs,
		SilenceUsage: true, SilenceErrors: true,
	}
	c.Flags().StringSliceVar(&f.against, "against", []string{"aloft", "keepalived", "frr"}, "the daemons")
	c.Flags().StringVar(&f.partner, "partner", "", "the other daemon of the cases 1.1 and 1.2; without it another of the same")
	c.Flags().StringVar(&f.caseID, "case", "", "one case, 2.4, or one group, 2")
	c.Flags().Uint8Var(&f.version, "version", 0, "one version, 2 or 3")
	c.Flags().BoolVar(&f.ipv6, "ipv6", false, "IPv6 alone; --ipv6=false: IPv4 alone")
	c.Flags().IntVar(&f.parallel, "parallel", 6, "how many cases run at the same time")
	c.Flags().BoolVar(&f.json, "json", false, "print JSON")
	c.Flags().BoolVar(&f.markdown, "markdown", false, "print Markdown")
	c.Flags().StringVar(&f.aloft, "aloft", "bin/aloft", "the path of aloft")
	c.Flags().StringVar(&f.keepalived, "keepalived", "keepalived", "the path of keepalived")
	c.Flags().StringVar(&f.frr, "frr", "/usr/lib/frr/vrrpd", "the path of FRR's vrrpd")
	c.RunE = func(c *cobra.Command, _ []string) error {
		return f.run(c.Context(), c.Flags().Changed("ipv6"), c.OutOrStdout(), c.ErrOrStderr())
	}
	return c
}

// run does what the flags say; family is whether --ipv6 was given.
func (f *flags) run(ctx context.Context, family bool, out, progress io.Writer) error {
	o := conformance.Options{Parallel: f.parallel, Profiles: f.profiles(family)}
	if len(o.Profiles) == 0 {
		return fmt.Errorf("no profile has version %d and --ipv6=%t: version 2 has no IPv6", f.version, f.ipv6)
	}
	var err error
	if o.Cases, err = conformance.Select(f.caseID); err != nil {
		return err
	}
	for _, name := range f.against {
		d, err := f.driver(name)
		if err != nil {
			return err
		}
		o.Drivers = append(o.Drivers, d)
	}
	if f.partner != "" {
		if o.Partner, err = f.driver(f.partner); err != nil {
			return err
		}
	}
	o.Progress = func(daemon string, r *conformance.Result) {
		fmt.Fprintf(progress, "%s %s %s %s: %s\n", daemon, r.Profile, r.Case, r.Title, r.Verdict)
		for _, problem := range r.Again {
			fmt.Fprintf(progress, "  at the first try %s\n", problem)
		}
	}
	reports, err := conformance.Run(ctx, o)
	if err != nil {
		return err
	}
	if err := f.print(out, reports); err != nil {
		return err
	}
	return ownFailures(reports)
}

// profiles are those that the flags leave.
func (f *flags) profiles(family bool) (list []conformance.Profile) {
	for _, p := range conformance.Profiles() {
		if (f.version == 0 || p.Version == f.version) && (!family || p.IPv6 == f.ipv6) {
			list = append(list, p)
		}
	}
	return list
}

// driver returns the driver of a daemon's name.
func (f *flags) driver(name string) (conformance.Driver, error) {
	switch name {
	case "aloft":
		return conformance.NewAloft(f.aloft), nil
	case "keepalived":
		return conformance.NewKeepalived(f.keepalived), nil
	case "frr":
		return conformance.NewFRR(f.frr), nil
	}
	return nil, fmt.Errorf("there is no driver for %q: there are aloft, keepalived and frr", name)
}

// print writes the reports in the form that the flags ask for.
func (f *flags) print(out io.Writer, reports []*conformance.DaemonReport) error {
	switch {
	case f.json:
		e := json.NewEncoder(out)
		e.SetIndent("", "  ")
		return e.Encode(reports)
	case f.markdown:
		_, err := io.WriteString(out, conformance.Markdown(reports))
		return err
	}
	_, err := io.WriteString(out, conformance.Text(reports))
	return err
}

// ownFailures is an error if aloft failed a case or could not be run.
func ownFailures(reports []*conformance.DaemonReport) error {
	for _, r := range reports {
		if r.Daemon != "aloft" {
			continue
		}
		if r.Missing != "" {
			return fmt.Errorf("%w: %s", errFailed, r.Missing)
		}
		var ids []string
		for _, x := range r.Failed() {
			ids = append(ids, x.Profile+" "+x.Case)
		}
		if len(ids) > 0 {
			return fmt.Errorf("%w: %s", errFailed, strings.Join(ids, ", "))
		}
	}
	return nil
}
