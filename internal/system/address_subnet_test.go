//go:build privileged

package system_test

import (
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aloft-ha/aloft/internal/lab"
	"github.com/aloft-ha/aloft/internal/lab/labtest"
)

// A floating address with the host's own prefix length is one of the host's subnet to the kernel: without care the
// removal of the one takes the other along. The host's own address is deleted and put back while we are Active, which
// makes ours the first of the subnet.
func TestHostKeepsItsOwnAddressInASharedSubnet(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		pause time.Duration // between the deletion and the return
	}{
		{name: "at once", pause: 0},
		{name: "after a while", pause: 300 * time.Millisecond},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := setScene(t, floating(1, bare("192.0.2.100/24", "192.0.2.101/24")))
			n := s.Nodes[0]
			s.wantPromotion(n.Host, "0")

			s.serve(n)
			s.replaceHostAddress(n, c.pause)
			s.wantPromotion(n.Host, "1")
			s.leave(n)
			s.wantOnlyHostAddress(n.Host, "released")
			s.wantPromotion(n.Host, "0")

			s.serve(n)
			s.replaceHostAddress(n, c.pause)
			s.ok(n.Kill())
			killed := time.Now()
			for _, a := range s.Setup.Addresses {
				s.gone(n.Host, a, killed.Add(2*time.Second+kernelSlack))
			}
			s.wantOnlyHostAddress(n.Host, "expired")
			s.wantPromotion(n.Host, "1") // nobody was there to restore it

			s.serve(n)
			s.leave(n)
			s.wantOnlyHostAddress(n.Host, "released by the next run")
			s.wantPromotion(n.Host, "0")
		})
	}
}

// replaceHostAddress deletes the host's own address, puts it back, and waits until all is as it was: the host's address
// first, ours behind it and served.
func (s *scene) replaceHostAddress(n *lab.Node, pause time.Duration) {
	s.t.Helper()
	own := lab.DefaultAddresses(n.Number, false)[0]
	s.takeDown(n.Host, own.String())
	time.Sleep(pause) // how long the host is without its address
	s.put(n.Host, own.String())
	back := time.Now()
	time.Sleep(pause + 20*time.Millisecond) // as long again, so that what is seen from here on is the daemon's answer
	s.awaitAlone(back, n, s.longestDown()+5*time.Second)
	for {
		x, _ := s.look(n.Host, own.Addr())
		if !x.Secondary {
			break
		}
		if time.Since(back) > 3*time.Second {
			s.t.Fatal("the host's own address stays behind ours")
		}
		time.Sleep(5 * time.Millisecond) // until the next look
	}
	s.t.Logf("%s after its return the host's address is the first and ours are served", time.Since(back).Round(time.Millisecond))
	s.wantHostAddress(n.Host)
	s.wantSource(n.Host, s.Client.FirstAddress(), own.Addr())
}

// wantOnlyHostAddress asserts that of the subnet the host has its own address and route, and nothing else, and that it
// still reaches the client.
func (s *scene) wantOnlyHostAddress(h *lab.Host, when string) {
	s.t.Helper()
	s.wantHostAddress(h)
	s.wantAbsent(h, when)
	p := labtest.Probe(s.t, h, lab.ProbeOptions{Target: s.Client.FirstAddress()})
	defer func() { s.ok(p.Stop()) }()
	if _, err := p.Await(labtest.Within(s.t, 2*time.Second), time.Now(), s.Client.Name); err != nil {
		s.t.Errorf("%s: the host does not reach its neighbour: %v", when, err)
	}
}

// wantPromotion asserts the host's promote_secondaries.
func (s *scene) wantPromotion(h *lab.Host, want string) {
	s.t.Helper()
	if got := s.sysctl(h, "ipv4/conf/eth0/promote_secondaries"); got != want {
		s.t.Errorf("promote_secondaries is %s, want %s", got, want)
	}
}

// sysctl reads a kernel parameter of a host.
func (s *scene) sysctl(h *lab.Host, path string) string {
	s.t.Helper()
	var content []byte
	s.ok(h.Do(func() (err error) {
		content, err = os.ReadFile(filepath.Join("/proc/sys/net", path))
		return err
	}))
	return strings.TrimSpace(string(content))
}

// wantSource asserts which address a host sends from to a destination.
func (s *scene) wantSource(h *lab.Host, to, want netip.Addr) {
	s.t.Helper()
	if got := s.sourceTo(h, to); got != want {
		s.t.Errorf("%s sends to %s from %s, want from %s", h.Name, to, got, want)
	}
}

// sourceTo returns the address that a host's kernel chooses for a new connection. No packet is sent.
func (s *scene) sourceTo(h *lab.Host, to netip.Addr) (source netip.Addr) {
	s.t.Helper()
	s.ok(h.Do(func() error {
		conn, err := net.DialUDP("udp", nil, net.UDPAddrFromAddrPort(netip.AddrPortFrom(to, 9)))
		if err != nil {
			return err
		}
		source = conn.LocalAddr().(*net.UDPAddr).AddrPort().Addr().Unmap()
		return conn.Close()
	}))
	return source
}
