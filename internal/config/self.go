package config

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// ErrNotYet says that a node cannot know yet who it is: its host name is still "localhost" and it has none of the
// file's addresses, as happens early at boot. Asking again later may succeed.
var ErrNotYet = errors.New("the host has no name of its own yet")

// Host is what a machine knows about itself.
type Host struct {
	Flag           string       // --node
	Env            string       // $ALOFT_NODE
	HostName       string       // as uname -n gives it; with or without the domain
	LocalAddresses []netip.Addr // of all interfaces; zones are ignored
}

// FindSelf finds out which node of the file a machine is: the flag, else the environment, else the host name (whatever
// its case; whole, else its first label if that fits one node only), else a local address. A host name and a local
// address that name different nodes are an error, because that is a cloned machine and two of it would fight. The error
// names the nodes and everything that was looked at; it is [ErrNotYet] when waiting may help.
func (c *Config) FindSelf(q Host) (string, error) {
	if q.Flag != "" {
		return c.findNamed("--node", q.Flag)
	}
	if q.Env != "" {
		return c.findNamed("$ALOFT_NODE", q.Env)
	}
	byName := c.byHostName(q.HostName)
	byAddress := c.byAddress(q.LocalAddresses)
	switch {
	case len(byAddress) > 1:
		return "", fmt.Errorf("this machine has addresses of several nodes: %s; say which one it is with --node",
			strings.Join(describeMatches(byAddress), " and "))
	case len(byName) == 1 && len(byAddress) == 1 && byName[0] != byAddress[0].node && !c.floats(byAddress[0].address):
		return "", fmt.Errorf("the host name %q says that this machine is %s, but its address is that of %s: "+
			"is it a clone? correct one of them, or say --node",
			q.HostName, byName[0], describeMatches(byAddress)[0])
	case len(byName) == 1:
		return byName[0], nil
	case len(byAddress) == 1:
		return byAddress[0].node, nil
	}
	looked := fmt.Sprintf("the file's nodes are %s; neither --node nor $ALOFT_NODE is set, %s, and no local address is a node's",
		strings.Join(c.nodeNames(), ", "), describeHostName(q.HostName, byName))
	if unnamed(q.HostName) {
		return "", fmt.Errorf("this machine is no node yet: %s: %w", looked, ErrNotYet)
	}
	return "", fmt.Errorf("this machine is no node of the file: %s", looked)
}

// findNamed finds a node that was named outright.
func (c *Config) findNamed(source, name string) (string, error) {
	for _, n := range c.Nodes {
		if strings.EqualFold(n.Name, name) {
			return n.Name, nil
		}
	}
	return "", fmt.Errorf("%s says %q, which is no node of the file; its nodes are %s",
		source, name, strings.Join(c.nodeNames(), ", "))
}

// byHostName returns the nodes that a host name fits: the one of the whole name, else all that share its first label.
func (c *Config) byHostName(host string) []string {
	if unnamed(host) {
		return nil
	}
	host = strings.TrimSuffix(host, ".")
	var byLabel []string
	for _, n := range c.Nodes {
		if strings.EqualFold(n.Name, host) {
			return []string{n.Name}
		}
		if strings.EqualFold(firstLabel(n.Name), firstLabel(host)) {
			byLabel = append(byLabel, n.Name)
		}
	}
	return byLabel
}

// match is a node found by an address.
type match struct {
	node    string
	address netip.Addr
}

// byAddress returns the nodes of which the machine has an address, with the first such address of each. Link-local
// addresses do not count: fe80::1 may be another machine's on every link. An address that floats as well, because its
// owner lends it, counts only where no other does: it may be here from an earlier run.
func (c *Config) byAddress(local []netip.Addr) []match {
	stays := c.having(local, func(a netip.Addr) bool { return !c.floats(a) })
	if len(stays) > 0 {
		return stays
	}
	return c.having(local, c.floats)
}

// having returns the nodes of which the machine has an address that counts.
func (c *Config) having(local []netip.Addr, counts func(netip.Addr) bool) []match {
	var found []match
	for _, n := range c.Nodes {
		i := slices.IndexFunc(n.Addresses, func(a NodeAddress) bool {
			return !a.Address.IsLinkLocalUnicast() && counts(a.Address) &&
				slices.ContainsFunc(local, func(l netip.Addr) bool { return l.Unmap().WithZone("") == a.Address })
		})
		if i >= 0 {
			found = append(found, match{n.Name, n.Addresses[i].Address})
		}
	}
	return found
}

// floats says whether an address is a floating one of any router.
func (c *Config) floats(addr netip.Addr) bool {
	for i := range c.Routers {
		for j := range c.Routers[i].PerNode {
			if slices.ContainsFunc(c.Routers[i].PerNode[j].Addresses, func(a Address) bool { return a.Prefix.Addr() == addr }) {
				return true
			}
		}
	}
	return false
}

func describeMatches(matches []match) []string {
	var s []string
	for _, m := range matches {
		s = append(s, fmt.Sprintf("%s (%s)", m.node, m.address))
	}
	return s
}

func describeHostName(host string, fits []string) string {
	switch {
	case host == "":
		return "there is no host name"
	case len(fits) > 1:
		return fmt.Sprintf("the host name %q fits %s alike", host, strings.Join(fits, " and "))
	}
	return fmt.Sprintf("the host name %q fits none", host)
}

// unnamed says whether a host name is what the kernel or an installer gives a machine that has none of its own.
func unnamed(host string) bool {
	return host == "" || host == "(none)" || strings.EqualFold(firstLabel(host), "localhost")
}

func firstLabel(name string) string {
	label, _, _ := strings.Cut(name, ".")
	return label
}

func (c *Config) nodeNames() []string {
	var names []string
	for _, n := range c.Nodes {
		names = append(names, n.Name)
	}
	return names
}
