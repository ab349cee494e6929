package heartbeat

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/aloft-ha/aloft/internal/importer"
)

// base is a ha.cf that says as little as can be, on four lines.
const base = "node a b\nbcast eth0\ndeadtime 10\nautojoin none\n"

// agree are the directives that say what aloft does anyway.
var agree = []string{
	"keepalive 1", "auto_failback on", "auto_failback legacy", "auto_failback yes", "autojoin none", "crm off", "crm no",
	"pacemaker off",
}

// examples have a value for each directive that needs more than one word, or a certain one.
var examples = map[string][]string{
	"node":          {"node c"},
	"keepalive":     {"keepalive 2", "keepalive 1", "keepalive 111ms"},
	"deadtime":      {"deadtime 20"},
	"warntime":      {"warntime 5"},
	"initdead":      {"initdead 100", "initdead 10"},
	"deadping":      {"deadping 10"},
	"bcast":         {"bcast eth7"},
	"ucast":         {"ucast eth0 10.0.0.1", "ucast eth7 10.0.0.1", "ucast eth0 a.example.com"},
	"mcast":         {"mcast eth0 239.0.0.1 694 1 0", "mcast eth7 239.0.0.1 694 1 0"},
	"mcast6":        {"mcast6 eth0 ff05::1 694 1 0"},
	"auto_failback": {"auto_failback on", "auto_failback off", "auto_failback legacy", "auto_failback yes"},
	"nice_failback": {"nice_failback on", "nice_failback off"},
	"crm":           {"crm on", "crm respawn", "crm off", "crm no"},
	"pacemaker":     {"pacemaker on", "pacemaker off"},
	"autojoin":      {"autojoin any", "autojoin other", "autojoin none"},
	"ping_group":    {"ping_group g 10.0.0.1 10.0.0.2"},
	"respawn":       {"respawn hacluster /usr/lib/heartbeat/ipfail", "respawn root /bin/thing"},
}

// TestNoDirectiveIsDroppedInSilence adds each directive to a file: it has to change the result, or to have a note with
// its line, or to say what aloft does anyway. Every directive without any value has to have a note.
func TestNoDirectiveIsDroppedInSilence(t *testing.T) {
	resources := File{Name: "haresources", Text: []byte("a 10.0.0.10/24/eth0\n")}
	before := Import(File{Name: "ha.cf", Text: []byte(base)}, resources, nil).Cluster.YAML()
	for _, name := range slices.Sorted(maps.Keys(directives)) {
		added := examples[name]
		if added == nil {
			added = []string{name + " 1"}
		}
		for _, directive := range append(added, name, "udp eth7", "nonsense 1", name+" x") {
			r := Import(File{Name: "ha.cf", Text: []byte(base + directive + "\n")}, resources, nil)
			noted := slices.ContainsFunc(r.Notes, func(n importer.Note) bool { return n.File == "ha.cf" && n.Line == 5 })
			changed := r.Cluster != nil && string(r.Cluster.YAML()) != string(before)
			if agrees := slices.Contains(agree, directive); !noted && !changed && !agrees {
				t.Errorf("%q changes nothing and has no note", directive)
			} else if (noted || changed) && agrees {
				t.Errorf("%q says what aloft does anyway, and yet: %v", directive, r.Notes)
			}
		}
	}
}

// TestNoResourceIsDroppedInSilence puts resources behind an address: each has to be in the result or to have a note with
// its line.
func TestNoResourceIsDroppedInSilence(t *testing.T) {
	resources := []string{
		"httpd", "apache::/etc/httpd.conf", "10.0.0.11", "10.0.0.10", "IPaddr2::10.0.0.12/24/eth1:0/10.0.0.255",
		"IPv6addr::2001:db8::1/64/eth0", "SendArp::10.0.0.10/eth0", "IPsrcaddr::10.0.0.10", "MailTo::a@b::c",
		"MailTo", "MailTo::nobody", "MailTo::a@b", "a/b", "../x", "a::\x01", "a::\xff", "-x",
		"Filesystem::/dev/sdb1::/srv::ext4", "portblock::tcp::80::block", "::", "x::", "IPaddr", "2001:db8::1", "10.0.0.300",
	}
	for name := range fates {
		resources = append(resources, name+"::argument")
	}
	for _, resource := range resources {
		r := Import(File{Name: "ha.cf", Text: []byte(base)},
			File{Name: "haresources", Text: []byte("a 10.0.0.10/24/eth0 \\\n" + resource + "\n")}, nil)
		noted := slices.ContainsFunc(r.Notes, func(n importer.Note) bool { return n.File == "haresources" && n.Line == 2 })
		// A service is carried over, and has a note all the same: nobody knows where its script is.
		if carried := r.Cluster != nil && len(r.Cluster.Routers[0].Parts[0].Settings.Addresses) == 2; !noted && !carried {
			t.Errorf("%s is not in the result, and has no note: %v", resource, r.Notes)
		}
	}
}

// TestNoSecretIsRepeated has a secret everywhere where people put them.
func TestNoSecretIsRepeated(t *testing.T) {
	haCf := base + "stonith_host * apc 10.0.0.9 admin " + secret + "\nstonith apc " + secret + "\nenv PASSWORD=" + secret +
		"\nrespawn root /bin/x --password " + secret + "\nfailfast root /bin/x " + secret + "\nquorum_server " + secret + "\n"
	resources := "a 10.0.0.10/24/eth0 Filesystem:://host/x::/srv::cifs::password=" + secret + " db::admin::" + secret + "\n"
	keys := File{Name: "authkeys", Text: []byte("auth 1\n1 sha1 " + secret + "\n2 md5 " + secret + "\n")}
	r := Import(File{Name: "ha.cf", Text: []byte(haCf)}, File{Name: "haresources", Text: []byte(resources)}, &keys)
	if r.Cluster == nil {
		t.Fatalf("refused: %v", r.Notes)
	}
	for _, n := range r.Notes {
		if strings.Contains(n.What+n.Instead, secret) {
			t.Errorf("%s: %s (%s)", n.Place(), n.What, n.Instead)
		}
	}
	if file := string(r.Cluster.YAML()); strings.Count(file, secret) != strings.Count(file, "/db admin "+secret+" ") {
		t.Errorf("the file has the secret elsewhere than in the commands of a service, which need it:\n%s", file)
	}
}

// TestSameInputSameOutput imports twice: the VRIDs, and all else, have to be the same on every run.
func TestSameInputSameOutput(t *testing.T) {
	haCf := File{Name: "ha.cf", Text: []byte(base + "bcast eth1 eth2\n")}
	resources := File{Name: "haresources", Text: []byte("a 10.0.0.1 10.1.0.1\nb 10.0.0.2\na 10.0.0.3\nb 10.0.0.4\n")}
	first, second := Import(haCf, resources, nil), Import(haCf, resources, nil)
	if string(first.Cluster.YAML()) != string(second.Cluster.YAML()) {
		t.Errorf("twice not the same:\n%s\n%s", first.Cluster.YAML(), second.Cluster.YAML())
	}
	seen := make(map[int]bool)
	for _, r := range first.Cluster.Routers {
		if seen[r.VRID] || r.VRID < 1 || r.VRID > 255 {
			t.Errorf("%s has the VRID %d", r.Name, r.VRID)
		}
		seen[r.VRID] = true
	}
}
