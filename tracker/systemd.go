package tracker

import "context"

// Units is what this package needs of systemd. An error of it is a sentence for a person: "systemd does not answer: …",
// "there is no unit x.service".
type Units interface {
	ActiveState(ctx context.Context, unit string) (string, error)
}

// systemdProbe asks systemd for the state of a unit.
type systemdProbe struct {
	kind  Systemd
	units Units
}

func newSystemdProbe(k Systemd, u Units) *systemdProbe { return &systemdProbe{kind: k, units: u} }

func (p *systemdProbe) check(ctx context.Context) Result {
	state, err := p.units.ActiveState(ctx, p.kind.Unit)
	if err != nil {
		return Result{Text: err.Error()}
	}
	// A unit that reloads its configuration, or has its mounts refreshed, serves all the while: systemctl calls it active.
	serves := state == "active" || state == "reloading" || state == "refreshing"
	return Result{OK: serves, Text: p.kind.Unit + " is " + state}
}

func (p *systemdProbe) close() {}
