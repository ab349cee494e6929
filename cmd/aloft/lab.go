package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"

	"github.com/aloft-ha/aloft/internal/lab"
	"github.com/aloft-ha/aloft/vrrp"
)

// labOptions are the flags of `aloft lab`.
type labOptions struct {
	nodes      int
	keepalived bool
	proxy      bool
	interval   time.Duration
	ipv6       bool
	asJSON     bool
	keep       bool
}

func newLab() *cobra.Command {
	var o labOptions
	command := &cobra.Command{
		Use:   "lab",
		Short: "Watch real daemons move real addresses, in a LAN of namespaces on this machine",
		Long: "Watch real daemons move real addresses. The laboratory is a switch, some nodes and a client in network\n" +
			"namespaces of this machine; nothing outside of them is touched, and nothing is left behind. The story is: start,\n" +
			"a planned stop, the return, kill -9, the return, the cable cut and healed. The exit code is 1 if something\n" +
			"did not go as promised. It needs root.\n\n" +
			"With --proxy each node has a real haproxy, bound to two floating addresses, and a tracker looks at it. The client\n" +
			"asks for pages. The proxy of the Active dies and returns; then all die, one after the other, and return.",
		Example: "  sudo aloft lab\n  sudo aloft lab --nodes 3\n  sudo aloft lab --keepalived\n  sudo aloft lab --proxy",
		Args:    cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			return runLab(command, o)
		},
	}
	flags := command.Flags()
	flags.IntVar(&o.nodes, "nodes", 2, "how many nodes, 2 to 9")
	flags.BoolVar(&o.keepalived, "keepalived", false, "let the second node be a keepalived")
	flags.BoolVar(&o.proxy, "proxy", false, "tell of a haproxy on every node that dies and returns (needs haproxy)")
	flags.DurationVar(&o.interval, "interval", time.Second, "the advertisement `interval`, 10ms to 40.95s")
	flags.BoolVar(&o.ipv6, "ipv6", false, "share an IPv6 address too")
	flags.BoolVar(&o.asJSON, "json", false, "print the result as JSON, and the timeline on standard error")
	flags.BoolVar(&o.keep, "keep", false, "leave the laboratory running after the story, until Ctrl-C")
	return command
}

// story returns the story that the flags ask for, without the places it is written to.
func (o labOptions) story() (lab.StoryOptions, error) {
	if o.nodes < 2 || o.nodes > lab.MaxNodes {
		return lab.StoryOptions{}, fmt.Errorf("--nodes %d: a laboratory has 2 to %d nodes", o.nodes, lab.MaxNodes)
	}
	const unit = 10 * time.Millisecond
	lowest, highest := vrrp.MinInterval.Duration(), vrrp.MaxInterval.Duration()
	if o.interval%unit != 0 || o.interval < lowest || o.interval > highest {
		return lab.StoryOptions{}, fmt.Errorf("--interval %s: an interval is %s to %s, in steps of %s", o.interval, lowest,
			highest, unit)
	}
	if o.proxy && (o.keepalived || o.ipv6) {
		return lab.StoryOptions{}, errors.New("--proxy tells of aloft nodes and IPv4 addresses: it goes with neither --keepalived nor --ipv6")
	}
	software := make([]lab.Software, o.nodes)
	if o.keepalived {
		software[1] = lab.Keepalived
	}
	return lab.StoryOptions{
		Nodes: software, Interval: vrrp.Centiseconds(o.interval / unit), IPv6: o.ipv6, Proxies: o.proxy, Keep: o.keep,
	}, nil
}

// runLab plays the story to its end or to a signal.
func runLab(command *cobra.Command, o labOptions) error {
	story, err := o.story()
	if err != nil {
		return withExit(exitUsage, err)
	}
	if story.Binary, err = os.Executable(); err != nil {
		return fmt.Errorf("finding this program: %w", err)
	}
	story.Out = command.OutOrStdout()
	if o.asJSON {
		story.Out = command.ErrOrStderr()
	}
	story.Live = isTerminal(story.Out)
	story.Color = colored(story.Out)

	// SIGHUP too: a terminal that is closed must not leave namespaces behind.
	ctx, stop := signal.NotifyContext(command.Context(), os.Interrupt, unix.SIGTERM, unix.SIGHUP)
	defer stop()
	report, err := lab.Play(ctx, story)
	if errors.Is(err, context.Canceled) {
		return fmt.Errorf("the story was interrupted: %w", err)
	}
	if err != nil {
		return err
	}
	return writeLab(command.OutOrStdout(), report, o.asJSON)
}

// writeLab writes the report, where JSON is wanted, and turns it into the exit code.
func writeLab(w io.Writer, r *lab.Report, asJSON bool) error {
	if asJSON {
		b, err := r.JSON()
		if err != nil {
			return err
		}
		if _, err := w.Write(b); err != nil {
			return err
		}
	}
	if !r.OK {
		return withExit(exitFailed, errors.New("the laboratory saw what it should not: see FAILED above"))
	}
	return nil
}
