package command

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestEnvironIsCleanAndLaterWins(t *testing.T) {
	t.Setenv("LD_PRELOAD", "/evil.so")
	got := environ(identity{name: "www", home: "/srv"}, []string{"LANG=C", "A=1", "PA=x"}, []string{"A=2", "B=", "PATH=/opt"})
	want := []string{
		"PATH=/opt", "LANG=C", "HOME=/srv", "USER=www", "LOGNAME=www", "SHELL=/bin/sh", "A=2", "PA=x", "B=",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
