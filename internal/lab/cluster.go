package lab

import (
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"

	"github.com/aloft-ha/aloft/vrrp"
)

// MaxNodes is how many nodes a cluster can have.
const MaxNodes = 9

// ClientName is the name of the client's host.
const ClientName = "client"

// The floating addresses of a cluster. The list of IPv6 begins with a link-local one, RFC 9568 section 5.2.9.
var (
	DefaultAddress4  = netip.AddrFrom4([4]byte{192, 0, 2, 100})
	DefaultLinkLocal = netip.MustParseAddr("fe80::51")
	DefaultAddress6  = netip.MustParseAddr("2001:db8::100")
)

// DefaultVRID is the virtual router of a cluster.
const DefaultVRID = 51

// ClusterOptions describe a cluster.
type ClusterOptions struct {
	Nodes      []Software        // what each runs, the most preferred first; they are called www1, www2 and so on
	Interval   vrrp.Centiseconds // 0: a second
	IPv6       bool              // the hosts have IPv6 and, without Addresses, there are floating IPv6 addresses too
	Addresses  []netip.Addr      // nil: DefaultAddress4, and with IPv6 DefaultLinkLocal and DefaultAddress6
	Priorities []uint8           // see Setup
	Version    vrrp.Version      // see Setup
	Auth       Authentication
	Unicast    bool
	NoFailback bool
	Extra      []string // see Setup
	Trackers   []string

	File       string // the text of aloft's file, instead of the one that is made of the above
	Binary     string // aloft; may be empty if no node runs it
	Keepalived string // keepalived; empty: the one on PATH
}

// Cluster is a LAN with nodes and a client, all of whose daemons are configured and none is started. Close it.
type Cluster struct {
	*LAN
	Setup  Setup
	Nodes  []*Node
	Client *Host
	Dir    string // of files; Close removes it
	File   string // aloft's configuration file
}

// NewCluster builds a cluster.
func NewCluster(o ClusterOptions) (*Cluster, error) {
	if n := len(o.Nodes); n < 1 || n > MaxNodes {
		return nil, fmt.Errorf("a cluster has 1 to %d nodes, not %d", MaxNodes, n)
	}
	if o.Keepalived == "" && slices.Contains(o.Nodes, Keepalived) {
		var err error
		if o.Keepalived, err = findKeepalived(); err != nil {
			return nil, err
		}
	}
	c := &Cluster{Setup: o.setup()}
	if err := c.build(o); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return c, nil
}

// setup returns the configuration that the options ask for.
func (o ClusterOptions) setup() Setup {
	s := Setup{
		VRID: DefaultVRID, Interval: o.Interval, Addresses: o.Addresses, Priorities: o.Priorities,
		Version: o.Version, Auth: o.Auth, Unicast: o.Unicast, NoFailback: o.NoFailback, Extra: o.Extra, Trackers: o.Trackers,
	}
	if s.Interval == 0 {
		s.Interval = 100
	}
	if s.Addresses == nil {
		s.Addresses = []netip.Addr{DefaultAddress4}
		if o.IPv6 {
			s.Addresses = append(s.Addresses, DefaultLinkLocal, DefaultAddress6)
		}
	}
	for i := range o.Nodes {
		n := SetupNode{Name: fmt.Sprintf("www%d", i+1)}
		for _, p := range DefaultAddresses(i+1, o.IPv6) {
			n.Addresses = append(n.Addresses, p.Addr())
		}
		s.Nodes = append(s.Nodes, n)
	}
	return s
}

// build makes the LAN and the files.
func (c *Cluster) build(o ClusterOptions) (err error) {
	opts := Options{NoIPv6: !o.IPv6}
	for _, n := range c.Setup.Nodes {
		opts.Hosts = append(opts.Hosts, HostOptions{Name: n.Name})
	}
	opts.Hosts = append(opts.Hosts, HostOptions{Name: ClientName})
	if c.LAN, err = New(opts); err != nil {
		return err
	}
	c.Client = c.Host(ClientName)
	if c.Dir, err = makeDir(c.LAN); err != nil {
		return err
	}
	c.File = filepath.Join(c.Dir, "aloft.yaml")
	text := o.File
	if text == "" {
		text = c.Setup.YAML()
	}
	if err := os.WriteFile(c.File, []byte(text), fileMode); err != nil {
		return err
	}
	for i, software := range o.Nodes {
		if err := c.addNode(i, software, o); err != nil {
			return err
		}
	}
	return nil
}

// makeDir makes a directory for files of the LAN. Like a namespace it says whose it is, so that Sweep can tell a
// leftover.
func makeDir(l *LAN) (string, error) {
	dir := filepath.Join(os.TempDir(), l.namespaceName("files"))
	if err := os.Mkdir(dir, 0o755); err != nil {
		return "", fmt.Errorf("making a directory for the laboratory: %w", err)
	}
	return dir, nil
}

// addNode makes the i-th node with its files.
func (c *Cluster) addNode(i int, software Software, o ClusterOptions) error {
	n := &Node{
		Host: c.Host(c.Setup.Nodes[i].Name), Index: i, Priority: c.Setup.Priority(i), Software: software,
		Dir: filepath.Join(c.Dir, c.Setup.Nodes[i].Name),
	}
	if err := os.Mkdir(n.Dir, 0o755); err != nil {
		return err
	}
	c.Nodes = append(c.Nodes, n)
	switch software {
	case Aloft:
		n.command = aloftCommand(o.Binary, c.File)
	case Keepalived:
		n.command = keepalivedCommand(o.Keepalived, n.keepalivedFile())
		return c.Configure(n, c.Setup)
	case FRR:
		return c.addFRR(n)
	}
	return nil
}

// fileMode is that of configuration files: there may be a secret in them.
const fileMode = 0o640

// Configure writes a node's configuration file anew, as the setup says; that of aloft is the file of all nodes that run
// it. The daemon is not told.
func (c *Cluster) Configure(n *Node, s Setup) error {
	file, text := c.File, s.YAML()
	if n.Software == Keepalived {
		file, text = n.keepalivedFile(), s.KeepalivedConf(n.Index)
	}
	return os.WriteFile(file, []byte(text), fileMode)
}

// Address returns the first floating address.
func (c *Cluster) Address() netip.Addr { return c.Setup.Addresses[0] }

// Start starts the daemons of all nodes.
func (c *Cluster) Start() error {
	for _, n := range c.Nodes {
		if err := n.Start(); err != nil {
			return err
		}
	}
	return nil
}

// Close removes everything.
func (c *Cluster) Close() error {
	var errs []error
	if c.LAN != nil {
		errs = append(errs, c.LAN.Close())
	}
	if c.Dir != "" {
		errs = append(errs, os.RemoveAll(c.Dir))
	}
	return errors.Join(errs...)
}
