package tracker

import (
	"context"
	"errors"
	"testing"
)

type fakeUnits struct {
	state string
	err   error
}

func (f fakeUnits) ActiveState(_ context.Context, unit string) (string, error) {
	if unit != "haproxy.service" {
		return "", errors.New("another unit was asked for: " + unit)
	}
	return f.state, f.err
}

func TestSystemdUnit(t *testing.T) {
	for _, test := range []struct {
		units fakeUnits
		want  Result
	}{
		{fakeUnits{state: "active"}, Result{OK: true, Text: "haproxy.service is active"}},
		{fakeUnits{state: "reloading"}, Result{OK: true, Text: "haproxy.service is reloading"}},
		{fakeUnits{state: "refreshing"}, Result{OK: true, Text: "haproxy.service is refreshing"}},
		{fakeUnits{state: "failed"}, Result{Text: "haproxy.service is failed"}},
		{fakeUnits{state: "inactive"}, Result{Text: "haproxy.service is inactive"}},
		{fakeUnits{state: "activating"}, Result{Text: "haproxy.service is activating"}},
		{fakeUnits{state: "deactivating"}, Result{Text: "haproxy.service is deactivating"}},
		{fakeUnits{err: errors.New("there is no unit haproxy.service")}, Result{Text: "there is no unit haproxy.service"}},
		{fakeUnits{state: "active", err: errors.New("systemd does not answer: x")}, Result{Text: "systemd does not answer: x"}},
	} {
		p := newSystemdProbe(Systemd{Unit: "haproxy.service"}, test.units)
		if got := p.check(t.Context()); got != test.want {
			t.Errorf("%+v: got %+v, want %+v", test.units, got, test.want)
		}
		p.close()
	}
}
