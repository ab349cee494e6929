package tracker

import (
	"context"
	"fmt"
)

// probe looks at what one tracker is about.
type probe interface {
	// check looks once. ctx ends at the specification's timeout. It is not called again before it has returned.
	check(ctx context.Context) Result

	// close frees what the probe holds. No check runs then, and none follows.
	close()
}

// newProbe returns what looks at a kind. It is called in the goroutine of Run, so it must not wait: what can, belongs into
// the probe's check. wake asks for an early check; any goroutine may call it, and it never blocks.
func (m *Manager) newProbe(kind Kind, wake func()) probe {
	switch k := kind.(type) {
	case Script:
		return &scriptProbe{script: k, run: m.run}
	case HTTP:
		return newHTTPProbe(k)
	case TCP:
		return newTCPProbe(k)
	case Ping:
		return newPingProbe(k)
	case HAProxy:
		return newHAProxyProbe(k)
	case Interface:
		return newInterfaceProbe(k, m.links, wake)
	case Process:
		return newProcessProbe(k, m.procs, wake)
	case File:
		m.watch()
		return newFileProbe(k, m.files, wake)
	case Systemd:
		if m.units != nil {
			return newSystemdProbe(k, m.units)
		}
	}
	return unsupported{kind}
}

// unsupported stands for a kind that nothing looks at. It fails, so that nobody relies on it.
type unsupported struct{ kind Kind }

func (u unsupported) check(context.Context) Result {
	return Result{Text: fmt.Sprintf("trackers of the kind %s are not supported", u.kind.KindName())}
}

func (unsupported) close() {}
