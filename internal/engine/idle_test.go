package engine

import (
	"testing"
	"time"

	"github.com/aloft-ha/aloft/vip"
)

// A router in fault waits for nothing, so nothing may wake the engine: it once went round every microsecond.
func TestRouterInFaultDoesNotKeepTheEngineAwake(t *testing.T) {
	simulate(t, func(t *testing.T, n *lan) {
		a := n.alone(web(200))
		a.addresses.report(webOwner, vip.OutcomeForeign, "192.0.2.100")
		n.pass(10 * time.Second) // the farewell ends with a tick
		if at := a.engine.deadline(); !at.IsZero() {
			t.Errorf("it wakes in %v, want never", at.Sub(a.now()))
		}
	})
}
