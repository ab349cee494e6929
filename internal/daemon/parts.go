package daemon

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
)

// parts are the goroutines around the engine. When one fails the engine is told to stop, so that the addresses are
// handed over and not lost with the daemon.
type parts struct {
	ctx    context.Context
	cancel context.CancelFunc
	failed func()
	log    *slog.Logger
	wg     sync.WaitGroup

	mu     sync.Mutex
	errors []error
}

func newParts(failed func(), log *slog.Logger) *parts {
	p := &parts{failed: failed, log: log}
	p.ctx, p.cancel = context.WithCancel(context.Background())
	return p
}

// start runs one part until stop.
func (p *parts) start(name string, run func(context.Context) error) {
	p.wg.Go(func() {
		err := run(p.ctx)
		if err == nil || errors.Is(err, context.Canceled) {
			return
		}
		p.log.Error("part ended, so the daemon leaves", "part", name, "error", err)
		p.mu.Lock()
		p.errors = append(p.errors, fmt.Errorf("%s: %w", name, err))
		p.mu.Unlock()
		p.failed()
	})
}

// stop ends all parts, waits for them, and returns what went wrong.
func (p *parts) stop() error {
	p.cancel()
	p.wg.Wait()
	return errors.Join(p.errors...)
}
