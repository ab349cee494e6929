package conformance

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/aloft-ha/aloft/internal/lab"
)

// keepalived runs the keepalived of this machine, with the defaults of its options.
type keepalived struct{ binary string }

// NewKeepalived returns the driver of a keepalived; "keepalived" is the one on PATH.
func NewKeepalived(binary string) Driver { return keepalived{binary: binary} }

// Traits implements [Driver]. The options are those of keepalived.conf(5).
func (k keepalived) Traits() Traits {
	return Traits{
		Name: "keepalived", Form: FormPseudo,
		Differs: map[Deviation]string{
			PseudoChecksum: "its option v3_checksum_as_v2 is off",
			AcceptsAlways:  "its options strict_mode and no_accept are off",
			NoVirtualMAC:   "its option use_vmac is off",
		},
	}
}

// Version implements [Driver].
func (k keepalived) Version() (string, error) {
	path, err := exec.LookPath(k.binary)
	if err != nil {
		return "", fmt.Errorf("%s: %w", k.binary, ErrNotInstalled)
	}
	out, err := exec.Command(path, "--version").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("asking %s for its version: %w", path, err)
	}
	line, _, _ := strings.Cut(string(out), "\n")
	line, _, _ = strings.Cut(strings.TrimPrefix(line, "Keepalived v"), " ")
	return line, nil
}

// Cannot implements [Driver].
func (k keepalived) Cannot(Setup) string { return "" }

// Configure implements [Driver].
func (k keepalived) Configure(_ *lab.Host, dir string, s Setup) ([]*exec.Cmd, error) {
	file := filepath.Join(dir, "keepalived.conf")
	if err := os.WriteFile(file, []byte(keepalivedFile(s)), 0o644); err != nil {
		return nil, err
	}
	return []*exec.Cmd{exec.Command(k.binary, "--dont-fork", "--log-console", "--no-syslog", "--use-file="+file,
		"--pid", filepath.Join(dir, "keepalived.pid"), "--vrrp_pid", filepath.Join(dir, "vrrp.pid"))}, nil
}

// keepalivedFile writes keepalived.conf.
func keepalivedFile(s Setup) string {
	var b strings.Builder
	fmt.Fprintf(&b, "global_defs {\n    router_id %s\n    vrrp_version %d\n}\n", s.Name, s.Version)
	for _, r := range s.Routers {
		state := "BACKUP"
		if r.Priority == owner {
			state = "MASTER" // as keepalived.conf(5) has it for an owner
		}
		fmt.Fprintf(&b, "vrrp_instance router%d {\n    state %s\n    interface %s\n", r.VRID, state, s.Interface)
		fmt.Fprintf(&b, "    virtual_router_id %d\n    priority %d\n", r.VRID, r.Priority)
		if s.Version == 2 {
			fmt.Fprintf(&b, "    advert_int %.0f\n", r.Interval.Seconds())
		} else {
			fmt.Fprintf(&b, "    advert_int %.2f\n", r.Interval.Seconds())
		}
		if r.NoPreempt {
			b.WriteString("    nopreempt\n")
		}
		if r.Unicast {
			fmt.Fprintf(&b, "    unicast_src_ip %s\n    unicast_peer {\n        %s\n    }\n", s.Self, s.Peer)
		}
		if r.Password != "" {
			fmt.Fprintf(&b, "    authentication {\n        auth_type PASS\n        auth_pass %s\n    }\n", r.Password)
		}
		b.WriteString("    virtual_ipaddress {\n")
		for _, a := range r.Addresses {
			fmt.Fprintf(&b, "        %s/%d dev %s\n", a, a.BitLen(), s.Interface)
		}
		b.WriteString("    }\n}\n")
	}
	return b.String()
}
