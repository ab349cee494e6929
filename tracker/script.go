package tracker

import "context"

// scriptProbe has a command run by whom the manager was given for it.
type scriptProbe struct {
	script Script
	run    func(context.Context, Script) Result
}

func (p *scriptProbe) check(ctx context.Context) Result { return p.run(ctx, p.script) }

func (p *scriptProbe) close() {}
