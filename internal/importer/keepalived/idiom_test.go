package keepalived

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/aloft-ha/aloft/tracker"
)

// TestIdiom has the checks that become a cheaper kind, and those that only look like one of them.
func TestIdiom(t *testing.T) {
	tests := []struct {
		line  string
		want  tracker.Kind // nil: it stays a script
		limit time.Duration
	}{
		{"killall -0 haproxy", tracker.Process{Name: "haproxy"}, 0},
		{"/usr/bin/killall  -0   haproxy", tracker.Process{Name: "haproxy"}, 0},
		{"'/usr/bin/killall' -0 \"haproxy\"", tracker.Process{Name: "haproxy"}, 0},
		{"pidof keepalived_x-1", tracker.Process{Name: "keepalived_x-1"}, 0},
		{"/bin/pidof -s nginx", tracker.Process{Name: "nginx"}, 0},
		{"pgrep -x sshd", tracker.Process{Name: "sshd"}, 0},
		{"systemctl is-active haproxy", tracker.Systemd{Unit: "haproxy.service"}, 0},
		{"/bin/systemctl --quiet is-active openvpn@a.service", tracker.Systemd{Unit: "openvpn@a.service"}, 0},
		{"</dev/tcp/127.0.0.1/80", tracker.TCP{Address: "127.0.0.1:80"}, 0},
		{" < /dev/tcp/192.0.2.1/443 ", tracker.TCP{Address: "192.0.2.1:443"}, 0},
		{"ping -c 1 192.0.2.254", tracker.Ping{Targets: []string{"192.0.2.254"}}, 0},
		{"/bin/ping -q -n -c1 -W 2 192.0.2.254", tracker.Ping{Targets: []string{"192.0.2.254"}}, 2 * time.Second},
		{"ping -w 0.5 -c 1 2001:db8::1", tracker.Ping{Targets: []string{"2001:db8::1"}}, 500 * time.Millisecond},

		{"killall -0 haproxy nginx", nil, 0},               // both have to run
		{"killall -0 /usr/sbin/haproxy", nil, 0},           // this very file
		{"killall -0 a-name-of-more-than-fifteen", nil, 0}, // the kernel cuts it
		{"killall -9 haproxy", nil, 0},                     // that is no check
		{"killall haproxy", nil, 0},                        //
		{"/opt/bin/killall -0 haproxy", nil, 0},            // somebody's own
		{"sbin/killall -0 haproxy", nil, 0},                //
		{"killall -0 haproxy || exit 1", nil, 0},           // a shell line
		{"pidof haproxy > /dev/null", nil, 0},              //
		{"pidof -x script", nil, 0},                        // arguments of interpreters count too
		{"pgrep haproxy", nil, 0},                          // any name with haproxy in it
		{"pgrep -x 'ha.*'", nil, 0},                        // a pattern
		{"pgrep -f -x haproxy", nil, 0},                    // a whole command line
		{"systemctl is-active a b", nil, 0},                // any of them
		{"systemctl is-active 'a*'", nil, 0},               // a pattern
		{"systemctl is-active openvpn@.service", nil, 0},   // a template
		{"systemctl is-enabled haproxy", nil, 0},           //
		{"systemctl is-active", nil, 0},                    //
		{"</dev/tcp/localhost/80", nil, 0},                 // a name
		{"</dev/tcp/127.0.0.1/http", nil, 0},               //
		{"</dev/tcp/127.0.0.1/0", nil, 0},                  //
		{"</dev/tcp/127.0.0.1/99999", nil, 0},              //
		{"</dev/tcp/1.2.3/80", nil, 0},                     //
		{"</dev/udp/127.0.0.1/80", nil, 0},                 //
		{"</run/up", nil, 0},                               // another file
		{"ping -c 2 192.0.2.254", nil, 0},                  // one answer of two is enough
		{"ping 192.0.2.254", nil, 0},                       // it never ends
		{"ping -c 1 -I eth0 192.0.2.254", nil, 0},          // by a certain way
		{"ping -c 1 gateway", nil, 0},                      // a name
		{"ping -c 1 127.0.0.1", nil, 0},                    // it always answers
		{"ping -c 1 fe80::1", nil, 0},                      // on no link
		{"ping -c 1 255.255.255.255", nil, 0},              // everybody
		{"</dev/tcp/255.255.255.255/80", nil, 0},           //
		{"ping -c 1 192.0.2.254 192.0.2.253", nil, 0},      // by way of the first
		{"ping -c 1 -W 0 192.0.2.254", nil, 0},             //
		{"ping -c 1 -W soon 192.0.2.254", nil, 0},          //
		{"nc -z 127.0.0.1 80", nil, 0},                     // there are many of that name
		{"curl -f http://127.0.0.1/", nil, 0},              //
		{"/usr/local/bin/check", nil, 0},
		{"", nil, 0},
		{"ping", nil, 0},
		{"\"", nil, 0},
	}
	for _, test := range tests {
		got, limit := idiom(test.line)
		if diff := cmp.Diff(test.want, got); diff != "" || limit != test.limit {
			t.Errorf("%s: want %v within %s, got %v within %s", test.line, test.want, test.limit, got, limit)
		}
	}
}

func TestSplitCommand(t *testing.T) {
	tests := []struct {
		line  string
		want  []string
		shell bool
	}{
		{"", nil, false},
		{"/bin/a  b\tc", []string{"/bin/a", "b", "c"}, false},
		{`/bin/a 'b c' "d e"f`, []string{"/bin/a", "b c", "d ef"}, false},
		{`/bin/a '' {x} ${Y}`, []string{"/bin/a", "", "{x}", "${Y}"}, true},
		{`/bin/a "b > c" '|&'`, []string{"/bin/a", "b > c", "|&"}, false},
		{"/bin/a > /dev/null", []string{"/bin/a", ">", "/dev/null"}, true},
		{"/bin/a *.b ?", []string{"/bin/a", "*.b", "?"}, false}, // keepalived hands them on, and so does a list
	}
	for _, test := range tests {
		if diff := cmp.Diff(test.want, splitCommand(test.line)); diff != "" || forShell(test.line) != test.shell {
			t.Errorf("%s: shell %t (-want +got):\n%s", test.line, forShell(test.line), diff)
		}
	}
}
