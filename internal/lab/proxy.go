package lab

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// proxyHealth is where a proxy answers to its own node alone: every node of the file looks at the same place, and each sees
// its own proxy there.
const proxyHealth = "127.0.0.1:8080"

// The tracker of a proxy, and how long its death can go unnoticed.
const (
	ProxyTracker   = "proxy: {http: http://" + proxyHealth + "/, interval: 200ms, fall: 2}"
	ProxyDetection = 2 * 200 * time.Millisecond
)

// Proxy is a HAProxy on a node, bound to the floating addresses whether the node has them or not. It can be stopped and
// started again.
type Proxy struct {
	Node   *Node
	Socket string // of its statistics

	program string
	config  string
	process *Process // the last one; nil before the first start
}

// FindHAProxy returns the path of HAProxy.
func FindHAProxy() (string, error) {
	return findHAProxy("haproxy", "/usr/sbin/haproxy", "/usr/local/sbin/haproxy")
}

// findHAProxy returns the first of these programs that is there.
func findHAProxy(places ...string) (string, error) {
	for _, path := range places {
		if found, err := exec.LookPath(path); err == nil {
			return found, nil
		}
	}
	return "", errors.New("there is no haproxy on this machine: install it, without letting it start (apt-get install haproxy)")
}

// AddProxy configures a HAProxy on a node that answers each request itself, with the node's name. The node's kernel is
// told to let programs bind to addresses that it does not have: else the proxy of a standby could not start.
func (c *Cluster) AddProxy(n *Node) (*Proxy, error) {
	program, err := FindHAProxy()
	if err != nil {
		return nil, err
	}
	for _, family := range []string{"ipv4", "ipv6"} {
		err := n.Sysctl(family+"/ip_nonlocal_bind", "1")
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			return nil, err
		}
	}
	p := &Proxy{
		Node: n, program: program,
		Socket: filepath.Join(n.Dir, "haproxy.sock"), config: filepath.Join(n.Dir, "haproxy.cfg"),
	}
	text := haproxyConf(n.Name, p.Socket, c.Setup.Addresses)
	if err := os.WriteFile(p.config, []byte(text), 0o644); err != nil {
		return nil, err
	}
	return p, nil
}

// haproxyConf is a configuration in which HAProxy is proxy and server in one.
func haproxyConf(name, socket string, addresses []netip.Addr) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# Written by `aloft lab`.\nglobal\n    stats socket %s mode 600 level operator\n    maxconn 4000\n    nbthread 1\n", socket)
	b.WriteString("\ndefaults\n    mode http\n    timeout client 5s\n    timeout connect 1s\n    timeout server 5s\n")
	b.WriteString("\nfrontend web\n")
	for _, a := range addresses {
		if a.Is4() {
			fmt.Fprintf(&b, "    bind %s:%d\n", a, webPort)
		}
	}
	fmt.Fprintf(&b, "    http-request return status 200 content-type text/plain string %s\n", name)
	fmt.Fprintf(&b, "\nfrontend health\n    bind %s\n    http-request return status 200\n", proxyHealth)
	return b.String()
}

// Start starts the proxy. It must not be running. Like the client it runs in real time, where that is allowed: what is seen
// of it must not depend on what else the machine does.
func (p *Proxy) Start() (err error) {
	if p.process, err = p.Node.Host.Start(exec.Command(p.program, "-db", "-f", p.config)); err != nil {
		return err
	}
	runInRealTime(p.process.PID())
	return nil
}

// Stop ends the proxy as a crash does: at once, with all its connections.
func (p *Proxy) Stop() error { return p.process.kill() }

// Pause keeps the proxy from running, so that it accepts connections and answers nothing; Resume lets it go on.
func (p *Proxy) Pause() error { return p.process.Signal(unix.SIGSTOP) }

// Resume ends Pause.
func (p *Proxy) Resume() error { return p.process.Signal(unix.SIGCONT) }

// Listens says whether the proxy takes connections from its own node.
func (p *Proxy) Listens() bool {
	return p.Node.Do(func() error {
		c, err := net.DialTimeout("tcp", proxyHealth, time.Second)
		if err != nil {
			return err
		}
		return c.Close()
	}) == nil
}

// Running says whether the proxy runs.
func (p *Proxy) Running() bool { return p.process != nil && p.process.Running() }
