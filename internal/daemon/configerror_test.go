package daemon

import (
	"testing"

	"github.com/aloft-ha/aloft/internal/config"
)

func TestConfigErrorCountsMistakesAlone(t *testing.T) {
	mistake := config.Problem{Severity: config.Error}
	for want, problems := range map[string][]config.Problem{
		"the configuration has a mistake":  {mistake, {Severity: config.Warning}},
		"the configuration has 2 mistakes": {mistake, mistake},
	} {
		if got := (&ConfigError{Problems: problems}).Error(); got != want {
			t.Errorf("%d problems: %q, want %q", len(problems), got, want)
		}
	}
}
