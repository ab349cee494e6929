package conformance

import (
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/aloft-ha/aloft/internal/lab"
)

// aloft runs this repository's daemon.
type aloft struct{ binary string }

// NewAloft returns the driver of the aloft at a path.
func NewAloft(binary string) Driver { return aloft{binary: binary} }

// Traits implements [Driver]. The notes are those of docs/rfc9568.md.
func (a aloft) Traits() Traits {
	return Traits{
		Name: "aloft", Form: FormPseudo,
		Differs: map[Deviation]string{
			PseudoChecksum:    "it sends what its peers were heard to use, the pseudo-header until one was heard, and takes both (note 1)",
			AcceptsAlways:     "the service behind the addresses is on this machine (note 2)",
			NoVirtualMAC:      "the addresses have the interface's own MAC address (note 3)",
			LoweredIsReplaced: "auto_failback: false protects an Active that is healthy (note 4)",
			QuickFarewell:     "two more adverts make the successor quick, and the last says priority 0 (note 6)",
			LastWord:          "one last advert tells the winner that there was another (note 11)",
		},
	}
}

// Version implements [Driver].
func (a aloft) Version() (string, error) {
	if _, err := os.Stat(a.binary); err != nil {
		return "", fmt.Errorf("%s: %w", a.binary, ErrNotInstalled)
	}
	out, err := exec.Command(a.binary, "version").Output()
	if err != nil {
		return "", fmt.Errorf("asking %s for its version: %w", a.binary, err)
	}
	line, _, _ := strings.Cut(string(out), "\n")
	return strings.TrimPrefix(line, "aloft "), nil
}

// Cannot implements [Driver].
func (a aloft) Cannot(Setup) string { return "" }

// Configure implements [Driver].
func (a aloft) Configure(_ *lab.Host, dir string, s Setup) ([]*exec.Cmd, error) {
	file := filepath.Join(dir, "aloft.yaml")
	if err := os.WriteFile(file, []byte(aloftFile(s)), 0o600); err != nil { // there may be a password in it
		return nil, err
	}
	return []*exec.Cmd{exec.Command(a.binary, "run", "--config", file, "--node", s.Name,
		"--runtime-dir", dir, "--state-dir", dir)}, nil
}

// aloftFile writes aloft.yaml.
func aloftFile(s Setup) string {
	var b strings.Builder
	fmt.Fprintf(&b, "nodes:\n  - {name: %s, addresses: [%q]}\n  - {name: %s, addresses: [%q]}\n\nvirtual_routers:\n",
		s.Name, s.Self, s.PeerName, s.Peer)
	for _, r := range s.Routers {
		fmt.Fprintf(&b, "  router%d:\n    vrid: %d\n    interface: %s\n", r.VRID, r.VRID, s.Interface)
		fmt.Fprintf(&b, "    addresses: [%s]\n    advert_interval: %s\n", quoted(r.Addresses), r.Interval)
		fmt.Fprintf(&b, "    per_node: {%s: {priority: %d}}\n", s.Name, r.Priority)
		if r.NoPreempt {
			b.WriteString("    auto_failback: false\n")
		}
		if r.Unicast {
			b.WriteString("    transport: unicast\n")
		}
		if s.Version == 2 {
			b.WriteString("    version: 2\n")
		}
		if r.Password != "" {
			fmt.Fprintf(&b, "    authentication: {pass: %q}\n", r.Password)
		}
	}
	return b.String()
}

// quoted writes addresses for a YAML list.
func quoted(list []netip.Addr) string {
	words := make([]string, len(list))
	for i, a := range list {
		words[i] = fmt.Sprintf("%q", a)
	}
	return strings.Join(words, ", ")
}
