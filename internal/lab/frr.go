package lab

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// FRR's daemons are not on PATH, and have to run as the package's own user: root is not in the group that may use their
// terminals, and without that they do not start.
const (
	frrDir  = "/usr/lib/frr"
	frrUser = "frr"
)

// zebraPatience bounds the wait for zebra, which starts in some 50 ms. A vrrpd that does not find it asks again only
// after ten seconds.
const zebraPatience = 10 * time.Second

// FRRConf returns the configuration that makes FRR's vrrpd the i-th node of the setup: version 3, both families in one
// router, as FRR has it. The router becomes active with its first address, so these come last.
func (s Setup) FRRConf(i int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "! Written by `aloft lab`: %s as FRR's vrrpd beside aloft.\n", s.Nodes[i].Name)
	fmt.Fprintf(&b, "hostname %s\ninterface %s\n", s.Nodes[i].Name, HostInterface)
	line := func(format string, args ...any) {
		fmt.Fprintf(&b, " vrrp %d %s\n", s.VRID, fmt.Sprintf(format, args...))
	}
	line("version 3")
	line("priority %d", s.Priority(i))
	line("advertisement-interval %d", s.Interval.Duration().Milliseconds())
	if s.NoFailback {
		fmt.Fprintf(&b, " no vrrp %d preempt\n", s.VRID)
	}
	for _, a := range s.Addresses {
		if a.Is6() {
			line("ipv6 %s", a)
		} else {
			line("ip %s", a)
		}
	}
	return b.String()
}

// addFRR makes a node that runs FRR: the devices that vrrpd needs, its file, and a running zebra, through which it
// changes them. Only vrrpd is the node's daemon, to be started and ended.
func (c *Cluster) addFRR(n *Node) error {
	if c.Setup.Unicast {
		return errors.New("FRR's vrrpd has no unicast")
	}
	linkLocal := func(a netip.Addr) bool { return a.Is6() && a.IsLinkLocalUnicast() }
	if i := slices.IndexFunc(c.Setup.Addresses, linkLocal); i >= 0 {
		return fmt.Errorf("FRR's vrrpd may send its adverts from %s, as every other FRR would", c.Setup.Addresses[i])
	}
	if err := ownByFRR(n.Dir); err != nil {
		return err
	}
	for _, f := range c.Setup.families() {
		if err := n.addVirtualDevice(c.Setup.VRID, f); err != nil {
			return fmt.Errorf("preparing %s for FRR: %w", n.Name, err)
		}
	}
	file := filepath.Join(n.Dir, "vrrpd.conf")
	if err := os.WriteFile(file, []byte(c.Setup.FRRConf(n.Index)), 0o644); err != nil {
		return err
	}
	n.command = func(n *Node) *exec.Cmd { return frrCommand(n.Dir, "vrrpd", file) }
	return n.startZebra()
}

// ownByFRR gives the directory to FRR's user, who makes sockets there.
func ownByFRR(dir string) error {
	if _, err := os.Stat(filepath.Join(frrDir, "vrrpd")); err != nil {
		return fmt.Errorf("FRR is to run beside aloft, but is not installed: %w", err)
	}
	u, err := user.Lookup(frrUser)
	if err != nil {
		return fmt.Errorf("FRR is installed without its user: %w", err)
	}
	uid, uidErr := strconv.Atoi(u.Uid)
	gid, gidErr := strconv.Atoi(u.Gid)
	if err := errors.Join(uidErr, gidErr); err != nil {
		return fmt.Errorf("the user %s: %w", frrUser, err)
	}
	return os.Chown(dir, uid, gid)
}

// frrCommand runs one of FRR's daemons in the foreground, with everything that it would share with another FRR of the
// machine in the directory. The place of its crash logs, below /var/tmp, cannot be configured: it gets the directory
// there, in a mount namespace of its own.
func frrCommand(dir, daemon, file string) *exec.Cmd {
	const withOwnTmp = `mount --bind "$0" /var/tmp && exec "$@"`
	in := func(name string) string { return filepath.Join(dir, name) }
	return exec.Command("unshare", "--mount", "sh", "-c", withOwnTmp, dir,
		filepath.Join(frrDir, daemon), "-u", frrUser, "-g", frrUser, "-f", file, "-i", in(daemon+".pid"),
		"-z", in("zserv"), "--vty_socket", dir, "-P", "0", "--log", "stdout", "--log-level", "info")
}

// startZebra starts zebra and waits until it answers.
func (n *Node) startZebra() error {
	file := filepath.Join(n.Dir, "zebra.conf")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		return err
	}
	p, err := n.Host.Start(frrCommand(n.Dir, "zebra", file))
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), zebraPatience)
	defer cancel()
	for {
		c, err := net.Dial("unix", filepath.Join(n.Dir, "zserv"))
		if err == nil {
			return c.Close()
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("waiting for zebra on %s: %w\n%s", n.Name, err, p.Output.String())
		case <-time.After(5 * time.Millisecond):
		}
	}
}
