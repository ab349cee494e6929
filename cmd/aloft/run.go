package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"

	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"

	"github.com/aloft-ha/aloft/internal/config"
	"github.com/aloft-ha/aloft/internal/daemon"
)

// The defaults of the daemon's files.
const (
	defaultConfig     = "/etc/aloft/aloft.yaml"
	defaultRuntimeDir = "/run/aloft"
	defaultStateDir   = "/var/lib/aloft"
)

func newRun() *cobra.Command {
	var o daemon.Options
	command := &cobra.Command{
		Use:   "run",
		Short: "Run the daemon in the foreground",
		Long: "Run the daemon in the foreground. SIGTERM hands every address over and leaves (a second one leaves at once),\n" +
			"SIGHUP reads the file again. The log goes to standard error.\n\n" +
			"Adverts are to be on time beside hundreds of checks, so Go's runtime has GOGC=400, and GOMAXPROCS two above the\n" +
			"number of processors, unless the environment has others.",
		Example: "  aloft run\n  aloft run --config ./aloft.yaml --node www1 --runtime-dir /tmp/www1",
		Args:    cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			return run(command.Context(), o)
		},
	}
	flags := command.Flags()
	flags.StringVar(&o.Config, "config", defaultConfig, "the configuration `file`")
	flags.StringVar(&o.Node, "node", "", "the `name` of this node (default: $ALOFT_NODE, the host name, or a local address)")
	flags.StringVar(&o.RuntimeDir, "runtime-dir", defaultRuntimeDir, "the `directory` of what a reboot may take")
	flags.StringVar(&o.StateDir, "state-dir", defaultStateDir, "the `directory` of what survives one")
	return command
}

// run runs the daemon with the signals as the operator's wishes.
func run(ctx context.Context, o daemon.Options) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	// A reader of the log that ends must not take the daemon along, which would be a crash for the clients.
	signal.Ignore(unix.SIGPIPE)
	o.Stop = signals(ctx, unix.SIGTERM, unix.SIGINT)
	o.Reload = signals(ctx, unix.SIGHUP)
	o.Log = slog.NewTextHandler(os.Stderr, nil)
	err := daemon.Run(ctx, o)
	var refused *daemon.ConfigError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &refused):
		if err := config.Render(os.Stderr, refused.Data, refused.Problems, false); err != nil {
			return err
		}
		return withExit(exitUsage, fmt.Errorf("%s: %w", o.Config, refused))
	case errors.Is(err, daemon.ErrWho), errors.Is(err, daemon.ErrUnreadable):
		return unreadable(err)
	}
	return err
}

// signals turns signals into a channel that a slow reader does not lose the last one of.
func signals(ctx context.Context, which ...os.Signal) <-chan struct{} {
	in := make(chan os.Signal, 4)
	signal.Notify(in, which...)
	out := make(chan struct{})
	go func() {
		defer signal.Stop(in)
		for {
			select {
			case <-in:
			case <-ctx.Done():
				return
			}
			select {
			case out <- struct{}{}:
			case <-ctx.Done():
				return
			}
		}
	}()
	return out
}
