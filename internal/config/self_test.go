package config

import (
	"errors"
	"net/netip"
	"strings"
	"testing"
)

// addrs makes addresses.
func addrs(list ...string) []netip.Addr {
	var out []netip.Addr
	for _, s := range list {
		out = append(out, netip.MustParseAddr(s))
	}
	return out
}

// node makes a node.
func node(name string, addresses ...string) Node {
	n := Node{Name: name}
	for _, a := range addrs(addresses...) {
		n.Addresses = append(n.Addresses, NodeAddress{Address: a})
	}
	return n
}

func TestFindSelf(t *testing.T) {
	pair := &Config{Nodes: []Node{
		node("www1", "192.0.2.1", "2001:db8::1", "fe80::1"),
		node("www2", "192.0.2.2", "2001:db8::2", "fe80::1"),
	}}
	sites := &Config{Nodes: []Node{
		node("www.paris.example", "192.0.2.1"),
		node("www.rome.example", "192.0.2.2"),
		node("db", "192.0.2.3"),
	}}
	lent := &Config{Nodes: pair.Nodes, Routers: []Router{{Name: "web", PerNode: []Instance{
		{Node: "www1", Priority: 255, Addresses: []Address{{Prefix: netip.MustParsePrefix("192.0.2.1/32")}}},
	}}}}
	tests := []struct {
		name   string
		config *Config
		host   Host
		want   string
		errors []string // parts of the error
		notYet bool
	}{
		{"the flag", pair, Host{Flag: "www2", Env: "www1", HostName: "www1"}, "www2", nil, false},
		{"the flag in another case", pair, Host{Flag: "WWW2"}, "www2", nil, false},
		{"the flag against the address", pair, Host{Flag: "www2", LocalAddresses: addrs("192.0.2.1")}, "www2", nil, false},
		{"a flag that names nobody", pair, Host{Flag: "www9", HostName: "www1"}, "", []string{`--node says "www9"`, "www1, www2"}, false},
		{"the environment", pair, Host{Env: "www2", HostName: "www1"}, "www2", nil, false},
		{"an environment that names nobody", pair, Host{Env: "x", HostName: "www1"}, "", []string{`$ALOFT_NODE says "x"`, "www1, www2"}, false},
		{"the host name", pair, Host{HostName: "www2"}, "www2", nil, false},
		{"the host name in another case", pair, Host{HostName: "Www2"}, "www2", nil, false},
		{"the host name with its domain", pair, Host{HostName: "www2.example.com"}, "www2", nil, false},
		{"the host name with a dot at its end", pair, Host{HostName: "www2."}, "www2", nil, false},
		{"the whole host name before its label", sites, Host{HostName: "www.rome.example"}, "www.rome.example", nil, false},
		{"the host name without the file's domain", &Config{Nodes: []Node{node("www1.example.com"), node("www2.example.com")}}, Host{HostName: "www2"}, "www2.example.com", nil, false},
		{"a host name before the address is up", pair, Host{HostName: "www2", LocalAddresses: addrs("127.0.0.1")}, "www2", nil, false},
		{"a label that fits two, and an address", sites, Host{HostName: "www", LocalAddresses: addrs("192.0.2.2")}, "www.rome.example", nil, false},
		{"a label that fits two, and no address", sites, Host{HostName: "www"}, "", []string{`"www" fits www.paris.example and www.rome.example alike`}, false},
		{"an IPv4 address", pair, Host{HostName: "host7", LocalAddresses: addrs("127.0.0.1", "192.0.2.2")}, "www2", nil, false},
		{"an IPv6 address", pair, Host{HostName: "host7", LocalAddresses: addrs("2001:db8::2")}, "www2", nil, false},
		{"an address with a zone", pair, Host{LocalAddresses: addrs("2001:db8::2%eth0")}, "www2", nil, false},
		{"a link-local address tells nothing", pair, Host{HostName: "host7", LocalAddresses: addrs("fe80::1%eth0")}, "", []string{"no node of the file"}, false},
		{"host name and address agree", pair, Host{HostName: "www1", LocalAddresses: addrs("192.0.2.1")}, "www1", nil, false},
		{"a cloned machine", pair, Host{HostName: "www1", LocalAddresses: addrs("192.0.2.2")}, "", []string{`"www1"`, "www2 (192.0.2.2)", "clone"}, false},
		{"addresses of two nodes", pair, Host{HostName: "www1", LocalAddresses: addrs("192.0.2.2", "192.0.2.1")}, "", []string{"www1 (192.0.2.1) and www2 (192.0.2.2)"}, false},
		{"another's address that floats, left by an earlier run", lent, Host{HostName: "host7", LocalAddresses: addrs("192.0.2.1", "192.0.2.2")}, "www2", nil, false},
		{"the same, found by its name", lent, Host{HostName: "www2", LocalAddresses: addrs("192.0.2.1")}, "www2", nil, false},
		{"an address that floats, and nothing else", lent, Host{HostName: "host7", LocalAddresses: addrs("192.0.2.1")}, "www1", nil, false},
		{"a stranger", pair, Host{HostName: "mail.example.com", LocalAddresses: addrs("192.0.2.77")}, "", []string{
			"www1, www2", "--node", "$ALOFT_NODE", `"mail.example.com" fits none`, "no local address",
		}, false},
		{"localhost at boot", pair, Host{HostName: "localhost"}, "", []string{"www1, www2", `"localhost"`}, true},
		{"localhost with its domain", pair, Host{HostName: "localhost.localdomain"}, "", nil, true},
		{"no host name", pair, Host{}, "", []string{"there is no host name"}, true},
		{"the kernel's none", pair, Host{HostName: "(none)"}, "", nil, true},
		{"localhost with an address", pair, Host{HostName: "localhost", LocalAddresses: addrs("192.0.2.2")}, "www2", nil, false},
		{"a wrong flag does not wait", pair, Host{Flag: "www9", HostName: "localhost"}, "", []string{"www9"}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := tt.config.FindSelf(tt.host)
			if got != tt.want || (err != nil) != (tt.want == "") {
				t.Fatalf("FindSelf = %q, %v; want %q", got, err, tt.want)
			}
			if errors.Is(err, ErrNotYet) != tt.notYet {
				t.Errorf("%v is ErrNotYet: %t, want %t", err, !tt.notYet, tt.notYet)
			}
			for _, part := range tt.errors {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("%q does not say %q", err, part)
				}
			}
		})
	}
}
