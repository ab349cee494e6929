package notify

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/aloft-ha/aloft/internal/config"
)

func TestConfigurationIsThatOfOneNode(t *testing.T) {
	cfg := file(config.Notify{FIFO: "/run/all"}, map[string]config.Notify{"web": {FIFO: "/run/web"}})
	cfg.Routers = append(cfg.Routers, config.Router{Name: "elsewhere", PerNode: []config.Instance{{Router: "elsewhere", Node: "www2"}}})
	cfg.Groups = []config.Group{{Name: "web", Notify: config.Notify{FIFO: "/run/all"}}}
	got := configurationOf(cfg, "www1")
	want := map[subject][]string{
		{name: "web"}:              {"/run/web", "/run/all"},
		{name: "web", group: true}: {"/run/all"}, // a path that is named twice gets one line
	}
	fifos := map[subject][]string{}
	for s, p := range got.plans {
		fifos[s] = p.fifos()
	}
	if diff := cmp.Diff(want, fifos, cmp.AllowUnexported(subject{})); diff != "" {
		t.Errorf("plans (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"/run/all"}, got.everyone.fifos()); diff != "" {
		t.Errorf("of a stranger (-want +got):\n%s", diff)
	}
}
