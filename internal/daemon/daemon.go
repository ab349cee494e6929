package daemon

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/netip"
	"os"
	"path/filepath"
	"sync"

	"github.com/aloft-ha/aloft/internal/config"
	"github.com/aloft-ha/aloft/internal/engine"
	"github.com/aloft-ha/aloft/internal/keyring"
	"github.com/aloft-ha/aloft/internal/link"
	"github.com/aloft-ha/aloft/internal/memory"
	"github.com/aloft-ha/aloft/internal/wire"
	"github.com/aloft-ha/aloft/vip"
	"github.com/aloft-ha/aloft/vrrp"
)

// Options are what a daemon is told.
type Options struct {
	Config     string // the file
	Node       string // which node this is; empty: find out
	RuntimeDir string // of what a reboot may take; made if it is missing
	StateDir   string // of what survives one; made when there is something to write; empty: nothing does
	Log        slog.Handler
	// Stop and Reload carry the operator's wishes: each value on Stop is an order to leave, the second one at once.
	Stop   <-chan struct{}
	Reload <-chan struct{}
}

// ConfigError says that the file is refused. The problems have been given to the caller's Log only in a reload; at the
// start they are here, to be shown with their places.
type ConfigError struct {
	Data     []byte
	Problems []config.Problem
}

// Error counts the mistakes.
func (e *ConfigError) Error() string {
	n := 0
	for _, p := range e.Problems {
		if p.Severity == config.Error {
			n++
		}
	}
	if n == 1 {
		return "the configuration has a mistake"
	}
	return fmt.Sprintf("the configuration has %d mistakes", n)
}

// ErrWho says that this machine is no node of the file.
var ErrWho = errors.New("which node is this?")

// ErrUnreadable says that there is no file to read, or that it cannot be read.
var ErrUnreadable = errors.New("the configuration cannot be read")

// Run runs the daemon until it was told to stop and every address was handed over. The error is nil then.
func Run(ctx context.Context, o Options) error {
	tune()
	queue := newLogQueue()
	defer queue.start()()
	log := slog.New(queue.handler(o.Log))

	cfg, problems, err := read(o.Config)
	if err != nil {
		return err
	}
	logWarnings(log, problems)
	if err := checkCapabilities(); err != nil {
		return err
	}
	held, err := lock()
	if err != nil {
		return err
	}
	defer func() { _ = held.Close() }()
	if err := os.MkdirAll(o.RuntimeDir, 0o750); err != nil {
		return fmt.Errorf("making the runtime directory: %w", err)
	}
	node, err := findSelfOrStop(ctx, cfg, o, log)
	if errors.Is(err, errStopped) {
		return nil
	}
	if err != nil {
		return err
	}
	if err := loadSecrets(cfg, node); err != nil {
		return err
	}
	log.Info("started", "node", node, "config", o.Config, "routers", len(cfg.Instances(node)), "pid", os.Getpid())
	return serve(ctx, o, cfg, node, log)
}

// read reads and validates the file.
func read(path string) (*config.Config, []config.Problem, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, nil, fmt.Errorf("%w: %w", ErrUnreadable, err)
	}
	defer func() { _ = file.Close() }()
	info, err := file.Stat()
	if err != nil {
		return nil, nil, fmt.Errorf("%w: %w", ErrUnreadable, err)
	}
	data, err := io.ReadAll(io.LimitReader(file, config.MaxSize+1)) // one more than is allowed, for Parse to see
	if err != nil {
		return nil, nil, fmt.Errorf("%w: %w", ErrUnreadable, err)
	}
	cfg, problems := config.ParseFile(path, data, info.Mode())
	if cfg == nil {
		return nil, problems, &ConfigError{Data: data, Problems: problems}
	}
	if keyring.Secret(cfg) { // before anything is waited for, and before a key is read
		if err := seal(); err != nil {
			return nil, nil, err
		}
	}
	return cfg, problems, nil
}

// errStopped says that the operator said stop before there was anything to stop.
var errStopped = errors.New("stopped")

// findSelfOrStop is findSelf, given up with errStopped when the operator says stop.
func findSelfOrStop(ctx context.Context, cfg *config.Config, o Options, log *slog.Logger) (string, error) {
	ctx, cancel := context.WithCancel(ctx)
	stopped := false
	var watching sync.WaitGroup
	watching.Go(func() {
		select {
		case <-o.Stop:
			stopped = true
			cancel()
		case <-ctx.Done():
		}
	})
	node, err := findSelf(ctx, cfg, o.Node, log)
	cancel()
	watching.Wait()
	if stopped {
		return "", errStopped // also where the answer came at the same moment: the order to stop must not be lost
	}
	if err != nil {
		return "", fmt.Errorf("%w %w", ErrWho, err)
	}
	return node, nil
}

// serve assembles the parts and runs them: the engine in this goroutine, and what feeds it around it. The engine ends
// first; then the address manager carries out its last orders, and the last notify commands are run; what runs commands
// ends at the very last.
func serve(ctx context.Context, o Options, cfg *config.Config, node string, log *slog.Logger) error {
	sockets, err := wire.New()
	if err != nil {
		return fmt.Errorf("opening the sockets: %w", err)
	}
	defer func() { _ = sockets.Close() }()
	kernel, err := vip.NewNetlink()
	if err != nil {
		return fmt.Errorf("opening netlink: %w", err)
	}
	defer func() { _ = kernel.Close() }()
	announcer := vip.NewAnnouncer()
	defer announcer.Close()

	var eng *engine.Engine
	manager := vip.New(vip.Options{
		Kernel: kernel, Announce: announcer, Log: log,
		Report:    func(r vip.Result) { eng.Result(r) },
		StateFile: filepath.Join(o.RuntimeDir, "addresses.json"),
	})
	listener := vip.NewListener(func(s vip.Sighting) {
		manager.Sighted(s)
		eng.Sighted(s)
	}, log)
	out := newOutfit(cfg, func() *engine.Engine { return eng }, log)
	defer out.units.Close()
	memories := memory.New(o.peersFile(), log)
	eng = engine.New(engine.Options{
		Wire: sockets, Addresses: manager, Watch: listener.Watch,
		Heard: func(owner vip.Owner) map[netip.Addr]vrrp.ChecksumForms { return memories.Heard(string(owner)) },
		Remember: func(owner vip.Owner, peer netip.Addr, form vrrp.ChecksumForm) {
			memories.Note(string(owner), peer, form)
		},
		Services: out.services, Notify: out.notifier.Tell, Log: log, Phase: -1,
	})
	monitor := link.NewMonitor(func(s link.Snapshot) {
		eng.Links(s)
		out.links(s)
	}, manager.Nudge, log)
	apply := func(cfg *config.Config) {
		out.configure(cfg, node)
		eng.Apply(cfg.Instances(node))
	}
	apply(cfg)

	commands := newParts(eng.Stop, log)
	commands.start("commands", out.commands.Run)
	parts := newParts(eng.Stop, log)
	parts.start("links", monitor.Run)
	parts.start("listener", listener.Run)
	parts.start("addresses", manager.Run)
	parts.start("trackers", out.trackers.Run)
	parts.start("notify", out.notifier.Run)
	parts.start("services", out.services.Run)
	parts.start("memory", memories.Run)
	parts.start("operator", func(ctx context.Context) error { return o.obey(ctx, eng.Stop, apply, node, log) })
	err = eng.Run(ctx)
	return errors.Join(err, parts.stop(), commands.stop())
}

// peersFile is where what was heard of other nodes is kept; empty: nowhere.
func (o *Options) peersFile() string {
	if o.StateDir == "" {
		return ""
	}
	return filepath.Join(o.StateDir, "peers.json")
}

// obey carries out the operator's wishes.
func (o *Options) obey(ctx context.Context, stop func(), apply func(*config.Config), node string, log *slog.Logger) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-o.Stop:
			stop()
		case <-o.Reload:
			o.reload(apply, node, log)
		}
	}
}

// reload reads the file again. A file with a mistake, or one that names a key that cannot be read, is refused whole, and the
// running configuration stays.
func (o *Options) reload(apply func(*config.Config), node string, log *slog.Logger) {
	cfg, problems, err := read(o.Config)
	var next []any
	if err != nil {
		next = []any{"next", "aloft check " + o.Config}
	} else {
		logWarnings(log, problems)
		if _, err = cfg.FindSelf(config.Host{Flag: node}); err == nil {
			err = loadSecrets(cfg, node)
		}
	}
	if err != nil {
		if refused, ok := errors.AsType[*ConfigError](err); ok {
			for _, p := range refused.Problems {
				log.Error("reload refused", "at", p.String())
			}
		}
		log.Error("reload refused, the old configuration stays", append([]any{"error", err}, next...)...)
		return
	}
	apply(cfg)
	log.Info("reloaded", "config", o.Config, "routers", len(cfg.Instances(node)))
}

func logWarnings(log *slog.Logger, problems []config.Problem) {
	for _, p := range problems {
		if p.Severity == config.Warning {
			log.Warn("configuration", "at", p.String())
		}
	}
}
