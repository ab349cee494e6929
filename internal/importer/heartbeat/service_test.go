package heartbeat

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/aloft-ha/aloft/internal/config"
)

// TestServices has where a script is taken to be, and in which order services stand.
func TestServices(t *testing.T) {
	tests := []struct {
		name, resources string
		want            []string // the start of each service of the first router
	}{
		{"a script of init", "a 10.0.0.10/24/eth0 httpd", []string{"/etc/init.d/httpd start"}},
		{"with arguments it is heartbeat's", "a 10.0.0.10/24/eth0 db::x::y", []string{"/etc/ha.d/resource.d/db x y start"}},
		{"one that heartbeat brings along", "a 10.0.0.10/24/eth0 ldirectord", []string{"/etc/ha.d/resource.d/ldirectord start"}},
		{"an empty argument", "a 10.0.0.10/24/eth0 db::", []string{"/etc/ha.d/resource.d/db  start"}},
		{"in their order, whatever is between", "a x 10.0.0.10/24/eth0 SendArp::10.0.0.10 y", []string{"/etc/init.d/x start", "/etc/init.d/y start"}},
		{"of a line without an address", "a y\na 10.0.0.10/24/eth0 x\na z", []string{"/etc/init.d/x start", "/etc/init.d/y start", "/etc/init.d/z start"}},
		{"not of a line of another node", "a 10.0.0.10/24/eth0 x\nb y", []string{"/etc/init.d/x start"}},
		{"none", "a 10.0.0.10/24/eth0", nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := Import(File{Name: "ha.cf", Text: []byte(base)}, File{Name: "haresources", Text: []byte(test.resources + "\n")}, nil)
			if r.Cluster == nil {
				t.Fatalf("refused: %v", r.Notes)
			}
			var got []string
			for _, s := range r.Cluster.Routers[0].Parts[0].Settings.Services {
				got = append(got, strings.Join(s.Start.Argv, " "))
				if s.Start.User != "root" || s.Stop.User != "root" || s.Status.User != "root" {
					t.Errorf("%s does not run as root, as heartbeat's scripts do", s.Name)
				}
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			checkResult(t, r)
		})
	}
}

func TestManyServicesAreBounded(t *testing.T) {
	var line strings.Builder
	for i := range 100 {
		fmt.Fprintf(&line, " s%d", i)
	}
	for _, resources := range []string{"a 10.0.0.10/24/eth0" + line.String(), "a 10.0.0.10/24/eth0 x\na" + line.String()} {
		r := Import(File{Name: "ha.cf", Text: []byte(base)}, File{Name: "haresources", Text: []byte(resources + "\n")}, nil)
		checkResult(t, r)
		if got := len(r.Cluster.Routers[0].Parts[0].Settings.Services); got > config.MaxServices {
			t.Errorf("%d services", got)
		}
	}
}
