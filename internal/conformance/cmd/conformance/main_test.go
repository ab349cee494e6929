package main

import (
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/aloft-ha/aloft/internal/conformance"
)

func TestProfilesOfTheFlags(t *testing.T) {
	for _, x := range []struct {
		f      flags
		family bool
		want   string
	}{
		{flags{}, false, "v3/IPv4 v3/IPv6 v2/IPv4"},
		{flags{version: 3}, false, "v3/IPv4 v3/IPv6"},
		{flags{version: 2}, false, "v2/IPv4"},
		{flags{ipv6: true}, true, "v3/IPv6"},
		{flags{}, true, "v3/IPv4 v2/IPv4"},
		{flags{version: 2, ipv6: true}, true, ""},
	} {
		var got []string
		for _, p := range x.f.profiles(x.family) {
			got = append(got, p.String())
		}
		if s := strings.Join(got, " "); s != x.want {
			t.Errorf("%+v, family %t: %s, want %s", x.f, x.family, s, x.want)
		}
	}
}

func TestWrongFlagsAreRefused(t *testing.T) {
	for args, want := range map[string]string{
		"--against quagga":   `no driver for "quagga"`,
		"--partner quagga":   `no driver for "quagga"`,
		"--case 9.9":         `no case is called "9.9"`,
		"--version 2 --ipv6": "version 2 has no IPv6",
		"--version 4":        "no profile has version 4",
	} {
		c := newCommand()
		c.SetArgs(strings.Fields(args))
		c.SetOut(io.Discard)
		if err := c.Execute(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", args, err)
		}
	}
}

func TestADaemonThatIsMissingIsSaid(t *testing.T) {
	for args, want := range map[string]string{
		"--against keepalived --keepalived /nowhere":            "keepalived: left out: /nowhere: not installed\n",
		"--against keepalived --keepalived /nowhere --markdown": "- keepalived: left out: /nowhere: not installed\n",
		"--against keepalived --keepalived /nowhere --json":     `"missing": "/nowhere: not installed"`,
	} {
		var out strings.Builder
		c := newCommand()
		c.SetArgs(strings.Fields(args))
		c.SetOut(&out)
		if err := c.Execute(); err != nil || !strings.Contains(out.String(), want) {
			t.Errorf("%s: %v\n%s", args, err, out.String())
		}
	}
}

func TestOnlyAloftsFailuresAreErrors(t *testing.T) {
	failed := []*conformance.Result{{Case: "2.4", Profile: "v3/IPv4", Verdict: conformance.Fail}}
	for _, x := range []struct {
		report conformance.DaemonReport
		want   string
	}{
		{conformance.DaemonReport{Daemon: "keepalived", Results: failed}, ""},
		{conformance.DaemonReport{Daemon: "aloft", Results: failed}, "aloft failed: v3/IPv4 2.4"},
		{conformance.DaemonReport{Daemon: "aloft", Missing: "bin/aloft: not installed"}, "aloft failed: bin/aloft: not installed"},
		{conformance.DaemonReport{Daemon: "aloft"}, ""},
	} {
		err := ownFailures([]*conformance.DaemonReport{&x.report})
		if (err != nil) != (x.want != "") || err != nil && (!errors.Is(err, errFailed) || err.Error() != x.want) {
			t.Errorf("%+v: %v", x.report, err)
		}
	}
}
