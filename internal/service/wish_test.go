package service

import (
	"testing"
	"time"

	"github.com/aloft-ha/aloft/internal/config"
)

// A router that leaves waits for its services, whatever the file says of it by then.
func TestADownIsAnsweredThoughTheRouterIsGone(t *testing.T) {
	for name, c := range map[string]struct{ before, after []map[string][]config.Service }{
		"gone before":           {before: []map[string][]config.Service{{}}},
		"gone since":            {after: []map[string][]config.Service{{}}},
		"gone before and since": {before: []map[string][]config.Service{{}}, after: []map[string][]config.Service{{}, {}}},
	} {
		t.Run(name, func(t *testing.T) {
			onHost(t, func(b *bench) {
				b.up()
				b.expect("status a|start a|web up")
				for _, cfg := range c.before {
					b.m.Configure(cfg)
				}
				b.down()
				b.after(time.Second / 2)
				for _, cfg := range c.after {
					b.m.Configure(cfg)
				}
				b.after(time.Hour)
				lines := b.read()
				if last := lines[len(lines)-1]; last != "web down" || b.all() != nil {
					t.Errorf("%v, and %v run", lines, b.all())
				}
				if n := len(b.m.routers); len(c.after) > 0 && n != 0 {
					t.Errorf("%d routers are remembered", n)
				}
			}, "a")
		})
	}
}
