package daemon

import (
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/aloft-ha/aloft/internal/config"
	"github.com/aloft-ha/aloft/tracker"
)

func TestTrackedProxies(t *testing.T) {
	specs := []tracker.Spec{
		{Name: "stats", Kind: tracker.HAProxy{Socket: "/run/haproxy.sock"}},
		{Name: "process", Kind: tracker.Process{Name: "nginx"}},
		{Name: "unit", Kind: tracker.Systemd{Unit: "haproxy.service"}},
		{Name: "script", Kind: tracker.Script{Argv: []string{"/usr/lib/aloft/check-haproxy"}}},
		{Name: "unused", Kind: tracker.Process{Name: "haproxy"}},
		{Name: "uplink", Kind: tracker.Interface{Name: "eth1"}},
		{Name: "database", Kind: tracker.Process{Name: "postgres"}},
		{Name: "page", Kind: tracker.HTTP{URL: "http://127.0.0.1/haproxy"}},
	}
	var instance config.Instance
	for _, name := range []string{"stats", "process", "unit", "script", "uplink", "database", "page"} {
		instance.Track = append(instance.Track, tracker.Effect{Tracker: name})
	}
	got := trackedProxies(specs, []config.Instance{{}, instance})
	if diff := cmp.Diff([]string{"stats", "process", "unit", "script"}, got); diff != "" {
		t.Errorf("proxies (-want +got):\n%s", diff)
	}
	if got := trackedProxies(specs, nil); got != nil {
		t.Errorf("nothing is tracked, and %q look at proxies", got)
	}
}

func TestFloatsByFamily(t *testing.T) {
	instances := []config.Instance{{Addresses: []config.Address{{Prefix: netip.MustParsePrefix("192.0.2.100/32")}}}}
	if !floats(instances, false) || floats(instances, true) || floats(nil, false) {
		t.Error("the families are mixed up")
	}
}

func TestSysctlThatIsNotThereIsEmpty(t *testing.T) {
	if got := sysctl("net.ipv4.no_such_parameter"); got != "" {
		t.Errorf("got %q", got)
	}
}
