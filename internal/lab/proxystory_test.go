package lab

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/aloft-ha/aloft/internal/config"
	"github.com/aloft-ha/aloft/vrrp"
)

// proxyStory is a story of proxies on nodes that are not there.
func proxyStory(nodes int, interval vrrp.Centiseconds) *story {
	o := StoryOptions{Nodes: make([]Software, nodes), Interval: interval, Proxies: true}
	c := &Cluster{Setup: o.cluster().setup()}
	s := &story{stage: &stage{cluster: c}, options: o}
	for i, n := range c.Setup.Nodes {
		node := &Node{Host: &Host{Name: n.Name}, Index: i, Priority: c.Setup.Priority(i)}
		c.Nodes = append(c.Nodes, node)
		s.proxies = append(s.proxies, &Proxy{Node: node})
	}
	return s
}

func TestStoryOfProxies(t *testing.T) {
	for nodes, want := range map[int][]string{
		2: {
			"start: www1, in 8,219 ms, no client",
			"www1's proxy dies: www2, gap < 480 ms",
			"www1's proxy returns: www1, gap < 20 ms",
			"www2's proxy dies: www1 stays",
			"www1's proxy dies: www1 stays, no client",
			"www2's proxy returns: www2, no client",
			"www1's proxy returns: www1, gap < 20 ms",
		},
		3: {
			"start: www1, in 8,219 ms, no client",
			"www1's proxy dies: www2, gap < 580 ms",
			"www1's proxy returns: www1, gap < 50 ms",
			"www3's proxy dies: www1 stays",
			"www2's proxy dies: www1 stays",
			"www1's proxy dies: www1 stays, no client",
			"www3's proxy returns: www3, no client",
			"www2's proxy returns: www2, gap < 50 ms",
			"www1's proxy returns: www1, gap < 50 ms",
		},
	} {
		var got []string
		for _, st := range proxyStory(nodes, 100).steps() {
			text := fmt.Sprintf("%s: %s", st.name, st.expect)
			if st.noClient {
				text += ", no client"
			}
			got = append(got, text)
			if name, _, _ := strings.Cut(st.expect, " "); strings.TrimSuffix(name, ",") != st.successor.Name {
				t.Errorf("%s expects %s, but waits for %s", st.name, st.expect, st.successor.Name)
			}
			if st.stays && st.departing != nil || st.noClient && st.gapLimit > 0 {
				t.Errorf("%s contradicts itself", st.name)
			}
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%d nodes (-want +got)\n%s", nodes, d)
		}
	}
}

// The client's time without a page is what was promised, whatever the interval.
func TestHowLongAProxyMayBeMissed(t *testing.T) {
	for _, c := range []struct {
		nodes    int
		interval vrrp.Centiseconds
		want     time.Duration
	}{
		{2, 100, 80 * time.Millisecond},
		{2, 1, 80 * time.Millisecond},
		{3, 1, 180 * time.Millisecond},
		{9, 100, 180 * time.Millisecond},
	} {
		if got := proxyStory(c.nodes, c.interval).proxyMargin(); got != c.want {
			t.Errorf("%d nodes at %s: %s, want %s", c.nodes, c.interval, got, c.want)
		}
	}
}

// The file of the story must track the proxy on each node and share both addresses.
func TestFileOfTheProxies(t *testing.T) {
	s := StoryOptions{Nodes: make([]Software, 2), Proxies: true}.cluster().setup()
	golden(t, "proxy.yaml", s.YAML())
	golden(t, "haproxy.cfg", haproxyConf("www1", "/tmp/www1/haproxy.sock", s.Addresses))
	c, problems := config.Parse("aloft.yaml", []byte(s.YAML()))
	if len(problems) > 0 || c == nil {
		t.Fatalf("problems: %v", problems)
	}
	if len(c.Trackers) != 1 || time.Duration(c.Trackers[0].Fall)*c.Trackers[0].Interval != ProxyDetection {
		t.Errorf("the trackers are %+v, and a death is to be known after %s", c.Trackers, ProxyDetection)
	}
}

func TestHAProxyThatIsNotInstalled(t *testing.T) {
	_, err := findHAProxy("/nowhere/haproxy")
	if err == nil || !strings.Contains(err.Error(), "apt-get install haproxy") {
		t.Errorf("the error is %v", err)
	}
}

func TestNarratorTellsOfPages(t *testing.T) {
	n := newNarrator(51, []netip.Addr{vip4})
	page := func(sent, done float64, host, problem string) {
		n.sawRequest(vip4, WebRequest{Sent: at(sent), Done: at(done), Host: host, Err: problem})
	}
	page(0, 1, "", "no route to host") // it never had one, so nothing is lost
	page(1, 2, "www1", "")
	page(2, 3, "www1", "")
	page(4, 5, "", "connection refused")
	page(5, 6, "", "connection reset by peer") // no page either
	page(7, 8, "www2", "")
	page(6, 256, "", "i/o timeout") // old news
	page(8, 257, "www2", "")
	want := []string{
		"the client gets the pages of 192.0.2.100 from www1",
		"the client gets no page of 192.0.2.100: connection refused",
		"the client gets the pages of 192.0.2.100 from www2",
	}
	if d := cmp.Diff(want, texts(n, 1000)); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
}

// A challenge names a short interval that its first advert does not keep, and lowers the priority.
func TestNarratorTellsOfAChangedPriority(t *testing.T) {
	n := newNarrator(51, []netip.Addr{vip4})
	n.sawFrame(advert(0, "www1", 200))
	quick := advert(900, "www1", 200)
	quick.Advert.Interval = 1
	n.sawFrame(quick)
	n.sawFrame(advert(910, "www1", 99))
	n.sawFrame(advert(1910, "www1", 99))
	n.sawFrame(advert(2500, "www1", 200))
	want := []string{"www1 is Active, priority 200", "www1 lowers its priority to 99", "www1 raises its priority to 200"}
	if d := cmp.Diff(want, texts(n, 9999)); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
}

func TestJudgeOfProxies(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(st *step, o *outcome)
		want   string // a problem; empty: none
	}{
		{"all is well", func(*step, *outcome) {}, ""},
		{"too long", func(_ *step, o *outcome) { o.failed.last = at(3920) }, "requests failed for 20.0 ms, which is not under 20.0 ms"},
		{"any time", func(st *step, o *outcome) { st.gapLimit = 0; o.failed.last = at(9000) }, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			st, o := goodStop()
			st.countFailed, st.stays = true, true
			o.failed = failures{count: 7, first: at(3900), last: at(3910)}
			c.change(&st, &o)
			r := judge(st, o)
			if got := strings.Join(r.Problems, "; "); got != c.want {
				t.Errorf("problems %q, want %q", got, c.want)
			}
			if r.Failed == nil || *r.Failed != 7 || r.Took != nil {
				t.Errorf("the report is %+v", r)
			}
		})
	}
}

func TestFailuresAreCountedWhateverTheirOrder(t *testing.T) {
	var f failures
	if f.span() != 0 {
		t.Errorf("none last for %s", f.span())
	}
	f.add([]WebRequest{{Sent: at(30)}, {Sent: at(10)}})
	f.add(nil)
	f.add([]WebRequest{{Sent: at(20)}})
	if f.count != 3 || f.span() != 20*time.Millisecond {
		t.Errorf("%d failures over %s", f.count, f.span())
	}
}

func TestReportOfProxies(t *testing.T) {
	r := sampleReport()
	r.Proxies = true
	r.Steps[1].Failed = new(1234)
	golden(t, "table-proxies.txt", r.Table(false))
	golden(t, "table-proxies-color.txt", r.Table(true))
	b, err := r.JSON()
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "report-proxies.json", string(b))
}
