package conformance

import (
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"strings"

	"github.com/aloft-ha/aloft/internal/lab"
)

// frr runs FRR's vrrpd, with the macvlan devices that it wants; package lab makes them.
type frr struct{ binary string }

// NewFRR returns the driver of a vrrpd of FRR, "/usr/lib/frr/vrrpd".
func NewFRR(binary string) Driver { return frr{binary: binary} }

// Traits implements [Driver].
func (f frr) Traits() Traits {
	return Traits{
		Name: "frr", Form: FormPseudo, GlobalOnly: true,
		Differs: map[Deviation]string{
			PseudoChecksum: "FRR before 8.5 has no other",
			NoLinkLocal:    "it would send its adverts from one, as each other FRR",
			AcceptsAlways:  "FRR says that it does not implement Accept_Mode",
		},
	}
}

// Version implements [Driver].
func (f frr) Version() (string, error) {
	if _, err := os.Stat(f.binary); err != nil {
		return "", fmt.Errorf("%s: %w", f.binary, ErrNotInstalled)
	}
	out, err := exec.Command(f.binary, "--version").Output()
	if err != nil {
		return "", fmt.Errorf("asking %s for its version: %w", f.binary, err)
	}
	line, _, _ := strings.Cut(string(out), "\n")
	return strings.TrimPrefix(line, "vrrpd version "), nil
}

// Cannot implements [Driver].
func (f frr) Cannot(s Setup) string {
	for _, r := range s.Routers {
		switch {
		case r.Priority == owner:
			return "it has no owner: its priorities end at 254"
		case r.Unicast:
			return "it has no unicast"
		case r.Password != "":
			return "it has no authentication"
		}
	}
	return ""
}

// Configure implements [Driver].
func (f frr) Configure(h *lab.Host, dir string, s Setup) ([]*exec.Cmd, error) {
	routers := make(map[uint8][]netip.Addr)
	for _, r := range s.Routers {
		routers[r.VRID] = r.Addresses
	}
	c, err := h.FRR(dir, routers, frrFile(s))
	return []*exec.Cmd{c}, err
}

// frrFile writes vrrpd.conf. A router becomes active with its first address, so these come last.
func frrFile(s Setup) string {
	var b strings.Builder
	fmt.Fprintf(&b, "hostname %s\ninterface %s\n", s.Name, s.Interface)
	for _, r := range s.Routers {
		line := func(format string, args ...any) {
			fmt.Fprintf(&b, " vrrp %d %s\n", r.VRID, fmt.Sprintf(format, args...))
		}
		line("version %d", s.Version)
		line("priority %d", r.Priority)
		line("advertisement-interval %d", r.Interval.Milliseconds())
		if r.NoPreempt {
			fmt.Fprintf(&b, " no vrrp %d preempt\n", r.VRID)
		}
		for _, a := range r.Addresses {
			if a.Is6() {
				line("ipv6 %s", a)
			} else {
				line("ip %s", a)
			}
		}
	}
	return b.String()
}
