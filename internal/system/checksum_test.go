//go:build privileged

package system_test

import (
	"testing"
	"time"

	"github.com/aloft-ha/aloft/internal/lab"
	"github.com/aloft-ha/aloft/internal/lab/labtest"
	"github.com/aloft-ha/aloft/vrrp"
)

// mixed is aloft, the most preferred, and a router for each form of the IPv4 checksum, which it alone sends and takes.
type mixed struct {
	*scene
	aloft           *lab.Node
	message, pseudo *strictPeer
}

// setMixed builds it and starts the two, who do not hear each other: both become Active. Then it starts aloft.
func setMixed(t *testing.T, every vrrp.Centiseconds) *mixed {
	t.Helper()
	s := setScene(t, lab.ClusterOptions{Nodes: make([]lab.Software, 1), Interval: every, Priorities: []uint8{200}})
	m := &mixed{scene: s, aloft: s.Nodes[0]}
	m.message = s.addStrictPeer("message", vrrp.FormMessage, 2)
	m.pseudo = s.addStrictPeer("pseudo", vrrp.FormPseudo, 1)
	began := time.Now()
	m.awaitActive(m.message, began)
	m.awaitActive(m.pseudo, began)
	s.ok(m.aloft.Start())
	s.awaitAlone(began, m.aloft, s.down(0)+patience)
	return m
}

// awaitActive waits for an advert of a peer after the time.
func (m *mixed) awaitActive(p *strictPeer, since time.Time) {
	m.t.Helper()
	deadline := time.Now().Add(4*m.Setup.Interval.Duration() + patience)
	for ; !m.advertised(p, since); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			m.t.Fatalf("%s does not become Active", p.host.Name)
		}
	}
}

// advertised says whether the peer was Active at or after the time.
func (m *mixed) advertised(p *strictPeer, since time.Time) bool {
	active := lab.ActiveAdvert(p.host.Name, m.Setup.VRID)
	return len(m.tap.Frames(func(f *lab.Frame) bool { return active(f) && !f.At.Before(since) })) > 0
}

// follow asserts that aloft holds the address and says so in both forms, and that the peers are silent, for longer than
// either of them would be if it did not hear that.
func (m *mixed) follow(since time.Time, peers ...*strictPeer) {
	m.t.Helper()
	until := since.Add(4*m.Setup.Interval.Duration() + 2*onTheWay) // their down intervals, at most
	time.Sleep(time.Until(until))
	m.heldAlone(m.aloft, since, until)
	for _, p := range peers {
		if m.advertised(p, since) {
			m.t.Errorf("%s does not follow: it advertised after %s", p.host.Name, since.Format("15:04:05.000"))
		}
	}
	counts := make(map[vrrp.ChecksumForm]int)
	for _, f := range m.advertsOf(m.aloft, since, until, nil) {
		counts[f.Form]++
	}
	if least := 3; counts[vrrp.FormMessage] < least || counts[vrrp.FormPseudo] != counts[vrrp.FormMessage] {
		m.t.Errorf("the adverts since %s were in the forms %v, not each in both", since.Format("15:04:05.000"), counts)
	}
}

// settle waits until the peers have heard aloft, and returns when: some adverts later.
func (m *mixed) settle() time.Time {
	time.Sleep(2 * m.Setup.Interval.Duration())
	return time.Now()
}

// One router sends and takes adverts with the IPv4 checksum of RFC 9568 alone, as Cisco's do, another those of RFC 5798
// alone, as FRR's do. They do not hear each other, but both hear aloft, and aloft hears either: each is followed when it is
// the most preferred, and nothing that was heard is forgotten by that.
func TestPeersOfBothChecksumForms(t *testing.T) {
	t.Parallel()
	m := setMixed(t, 20)
	m.follow(m.settle(), m.message, m.pseudo)
	for _, pair := range [][2]*strictPeer{{m.message, m.pseudo}, {m.pseudo, m.message}} {
		rival, other := pair[0], pair[1]
		since := time.Now()
		rival.priority.Store(250)
		m.awaitActive(rival, since)
		m.awaitReleased(rival)
		m.awaitActive(other, since) // which does not hear the rival, and whom aloft, as Backup, does not mind
		since = m.settle()
		time.Sleep(m.down(0) + onTheWay)
		if got := m.advertisers(since, time.Now()); len(got) > 0 || len(m.holders()) > 0 {
			t.Errorf("%s advertises, and %v hold the address, beside %s", got, m.holders(), rival.host.Name)
		}
		since = time.Now()
		rival.priority.Store(3)
		m.awaitAlone(since, m.aloft, 4*m.Setup.Interval.Duration()+patience)
		m.follow(m.settle(), m.message, m.pseudo)
	}
}

// awaitReleased waits until aloft has given the address to a rival.
func (m *mixed) awaitReleased(to *strictPeer) {
	m.t.Helper()
	for deadline := time.Now().Add(patience); len(m.holders()) > 0; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			m.t.Fatalf("%s does not yield to %s", m.aloft.Name, to.host.Name)
		}
	}
}

// Backups are silent: after a restart that is shorter than their patience nothing tells aloft which forms they take, unless
// it remembers. So neither of them may have noticed anything.
func TestChecksumFormsSurviveARestart(t *testing.T) {
	t.Parallel()
	m := setMixed(t, 100) // three quarters of which are left for the start: by so much aloft is the less patient
	m.follow(m.settle(), m.message, m.pseudo)
	active := lab.ActiveAdvert(m.aloft.Name, m.Setup.VRID)
	last, err := m.tap.Await(labtest.Within(t, patience), time.Now(), active) // the peers' patience begins anew with it
	m.ok(err)
	killed := time.Now()
	m.ok(m.aloft.Kill())
	m.ok(m.aloft.Start())
	first, err := m.tap.Await(labtest.Within(t, m.down(0)+patience), m.aloft.Process().Started, active)
	m.ok(err)
	t.Logf("%s without an advert", first.At.Sub(last.At))
	m.awaitAlone(killed, m.aloft, m.down(0)+patience)
	m.follow(time.Now(), m.message, m.pseudo)
	for _, p := range []*strictPeer{m.message, m.pseudo} {
		if m.advertised(p, killed) {
			t.Errorf("%s took over after the restart: it did not hear aloft", p.host.Name)
		}
	}
}
