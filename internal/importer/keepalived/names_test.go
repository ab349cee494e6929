package keepalived

import "testing"

func TestNameOfFile(t *testing.T) {
	tests := []struct{ file, want string }{
		{"www1.conf", "www1"},
		{"/tmp/keepalived-www1.conf", "www1"},
		{"keepalived.conf.master", "master"},
		{"lb-1.keepalived.conf", "lb-1"},
		{"www1/keepalived.conf", "www1"},
		{"/etc/keepalived/keepalived.conf", ""},
		{"keepalived.conf", ""},
		{"(x).conf", "x"},
	}
	for _, test := range tests {
		if got := nameOfFile(test.file); got != test.want {
			t.Errorf("nameOfFile(%q): want %s, got %s", test.file, test.want, got)
		}
	}
}

func TestStem(t *testing.T) {
	same := [][]string{
		{"web_v4", "web_v6", "web4", "web6", "WEB-IPv4", "web.ipv6", "v4_web", "v6_web", "ipv4-web", "web_inet", "web_inet6"},
		{"VI_1_4", "VI_1_6", "VI_1_v6", "VI_1_IPV4"},
	}
	for _, names := range same {
		for _, name := range names {
			if got, want := stem(name), stem(names[0]); got != want {
				t.Errorf("stem(%q): want %q, got %q", name, want, got)
			}
		}
	}
	if stem("web_v4") == stem("mail_v6") {
		t.Error("web and mail have one stem")
	}
}

func TestNodeWithoutAnyName(t *testing.T) {
	conf := "vrrp_instance a {\nversion 3\ninterface eth0\nvirtual_router_id 1\nvirtual_ipaddress {\n192.0.2.1\n}\n}\n"
	r, err := Import(memory{"keepalived.conf": conf}, []Input{{File: "keepalived.conf"}, {File: "keepalived.conf"}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if n := r.Cluster.Nodes; len(n) != 2 || n[0].Name != "node" || n[1].Name != "node-2" {
		t.Errorf("want node and node-2, got %v", n)
	}
	const want = "the node is called node after nothing, since nothing says its name"
	if r.Notes[0].What != want {
		t.Errorf("want %q, got %q", want, r.Notes[0].What)
	}
}
