//go:build interop

package system_test

import (
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aloft-ha/aloft/internal/lab"
)

const (
	// manyTrackers is how many trackers there are, each checked once a second.
	manyTrackers = 500

	// advertLate is how much later than it is due an advert may leave while they are checked.
	advertLate = 5 * time.Millisecond

	// loadTime is how long the processor time of a daemon is counted.
	loadTime = 3 * time.Second
)

// trackersFile is a file in which the nodes, hundreds of trackers of a kind and two routers stand, which share them out.
func trackersFile(nodes int, interval, kind string) string {
	var file strings.Builder
	file.WriteString("nodes:\n")
	for i := range nodes {
		fmt.Fprintf(&file, "  - {name: www%d, addresses: [192.0.2.%d]}\n", i+1, i+1)
	}
	file.WriteString("trackers:\n")
	var names []string
	for i := range manyTrackers {
		names = append(names, fmt.Sprintf("t%d", i))
		fmt.Fprintf(&file, "  t%d: {%s, interval: 1s}\n", i, kind)
	}
	fmt.Fprintf(&file, "defaults: {advert_interval: %s}\nvirtual_routers:\n", interval)
	other := ""
	if nodes > 1 && kind == byScript {
		// The nodes of this laboratory share the processors that those of a real pair have each for itself, and 500 processes
		// started a second are most of one.
		other = ", per_node: {www2: {track: []}}"
	}
	for i, share := range [][]string{names[:manyTrackers/2], names[manyTrackers/2:]} {
		fmt.Fprintf(&file, "  r%d: {vrid: %d, addresses: [192.0.2.%d], track: [%s]%s}\n", i, 51+i, 100+i, strings.Join(share, ", "), other)
	}
	return file.String()
}

// The kinds of the trackers, as the file has them.
const (
	byScript  = "script: /bin/true"
	byTCP     = "tcp: 127.0.0.1:8080"
	byProcess = "process: aloft"
)

// listen answers on a node's loopback what connects to the trackers' port.
func (s *scene) listen(n *lab.Node) {
	s.t.Helper()
	var l net.Listener
	s.ok(n.Do(func() (err error) {
		l, err = net.Listen("tcp4", "127.0.0.1:8080")
		return err
	}))
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			_ = conn.Close()
		}
	}()
	s.t.Cleanup(func() {
		_ = l.Close()
		<-done
	})
}

// Hundreds of checks a second, of each kind, and adverts every ten milliseconds: none is missed, and 99 of 100 are on time. All
// of them are on a machine that does nothing else, which is for the long run to judge: here both nodes, their scripts and
// whatever else the host does share two processors, and one wait for a turn would decide.
func TestAdvertsAreOnTimeBesideHundredsOfTrackers(t *testing.T) {
	for name, kind := range map[string]string{"script": byScript, "tcp": byTCP, "process": byProcess} {
		t.Run(name, func(t *testing.T) {
			o := pair(1)
			o.File = trackersFile(2, "10ms", kind)
			o.Addresses = []netip.Addr{lab.DefaultAddress4, lab.DefaultAddress4.Next()}
			s := setScene(t, o)
			for _, n := range s.Nodes {
				s.listen(n)
			}
			s.raise()
			time.Sleep(time.Second) // until the first results of all trackers have come, and nobody moves any more
			bestOf(t, 3, func(t *testing.T) bool {
				from := time.Now()
				time.Sleep(4 * time.Second) // what is judged: four checks of each tracker
				to := time.Now()
				s.advertised(from, to, s.Nodes[0])
				late := lateness(s.advertsOf(s.Nodes[0], from, to, func(f *lab.Frame) bool { return f.Advert.VRID == 51 }), 10*time.Millisecond)
				slices.Sort(late)
				worst := late[len(late)-1]
				judged := late[len(late)*99/100]
				if long {
					judged = worst
				}
				t.Logf("%d adverts, later than due: median %s, 99 of 100 at most %s, worst %s", len(late)+1, median(late), late[len(late)*99/100], worst)
				return judged <= advertLate
			})
		})
	}
}

// lateness is how much longer than the interval each advert was after the one before it.
func lateness(frames []lab.Frame, interval time.Duration) (late []time.Duration) {
	for i := 1; i < len(frames); i++ {
		late = append(late, frames[i].At.Sub(frames[i-1].At)-interval)
	}
	return late
}

// The processor time of hundreds of checks, beside keepalived's for as many scripts in the same run: no more for scripts, at
// most half for what needs no process.
func TestProcessorTimeOfHundredsOfTrackersBesideKeepalived(t *testing.T) {
	bestOf(t, 5, func(t *testing.T) bool {
		theirs := loadOfKeepalived(t)
		good := true
		for _, c := range []struct {
			name, kind string
			most       float64
		}{{"script", byScript, 1}, {"tcp", byTCP, 0.5}, {"process", byProcess, 0.5}} {
			ours := loadOfAloft(t, c.kind)
			ratio := ours.Seconds() / theirs.Seconds()
			t.Logf("%s: %s of processor time in %s, keepalived with scripts %s: ratio %.2f, at most %.1f",
				c.name, ours, loadTime, theirs, ratio, c.most)
			good = good && ratio <= c.most
		}
		return good
	})
}

// loadOfAloft is the processor time of aloft alone on a node, with hundreds of trackers.
func loadOfAloft(t *testing.T, kind string) time.Duration {
	s := setScene(t, lab.ClusterOptions{Nodes: make([]lab.Software, 1), File: trackersFile(1, "1s", kind)})
	s.listen(s.Nodes[0])
	s.ok(s.Start())
	return s.load(s.Nodes[0])
}

// loadOfKeepalived is that of keepalived with as many scripts.
func loadOfKeepalived(t *testing.T) time.Duration {
	s := setScene(t, lab.ClusterOptions{Nodes: []lab.Software{lab.Keepalived}})
	file := filepath.Join(s.Nodes[0].Dir, "keepalived.conf")
	conf, err := os.ReadFile(file)
	s.ok(err)
	var scripts, tracks strings.Builder
	for i := range manyTrackers {
		fmt.Fprintf(&scripts, "vrrp_script t%d {\n    script \"/bin/true\"\n    interval 1\n}\n", i)
		fmt.Fprintf(&tracks, "        t%d\n", i)
	}
	text := strings.Replace(string(conf), "vrrp_instance", scripts.String()+"vrrp_instance", 1)
	text = strings.Replace(text, "    virtual_ipaddress {", "    track_script {\n"+tracks.String()+"    }\n    virtual_ipaddress {", 1)
	text = strings.Replace(text, "global_defs {", "global_defs {\n    script_user nobody nogroup", 1)
	s.ok(os.WriteFile(file, []byte(text), 0o644))
	s.ok(s.Start())
	return s.load(s.Nodes[0])
}

// load counts the processor time of a node's daemon and of all that it started, once it serves.
func (s *scene) load(n *lab.Node) time.Duration {
	s.t.Helper()
	s.awaitAlone(time.Now(), n, s.down(0)+2*patience)
	before := processorTime(s.t, n.Process().PID())
	time.Sleep(loadTime) // what is judged
	spent := processorTime(s.t, n.Process().PID()) - before
	s.leave(n)
	return spent
}

// processorTime is what a process, its children that it waited for, and those that still run, have spent: proc(5).
func processorTime(t *testing.T, pid int) time.Duration {
	t.Helper()
	const tick = 10 * time.Millisecond // USER_HZ is 100 on every Linux that has one
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0 // a script that has just ended is in the account of its parent
	}
	_, rest, _ := strings.Cut(string(stat), ") ")
	fields := strings.Fields(rest)
	const utime, stime, cutime, cstime = 11, 12, 13, 14 // counted from the state, which is field 3
	var ticks int
	for _, i := range []int{utime, stime, cutime, cstime} {
		n, err := strconv.Atoi(fields[i])
		if err != nil {
			t.Fatal(err)
		}
		ticks += n
	}
	spent := time.Duration(ticks) * tick
	children, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	for _, c := range children {
		list, _ := os.ReadFile(c)
		for _, child := range strings.Fields(string(list)) {
			number, err := strconv.Atoi(child)
			if err != nil {
				t.Fatal(err)
			}
			spent += processorTime(t, number)
		}
	}
	return spent
}
