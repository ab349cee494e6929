package keepalived

import (
	"strings"
	"testing"
)

// TestNoSecretIsPrinted puts a password everywhere that a note may repeat.
func TestNoSecretIsPrinted(t *testing.T) {
	tests := []struct {
		name, conf string
		notes      int // at least
	}{
		{"in a block", "vrrp_instance a {\nversion 3\nauthentication {\nauth_type PASS\nauth_pass geheim extra geheim\n}\n}\n", 2},
		{"in a block of one line", "vrrp_instance a {\nauthentication { auth_type PASS auth_pass geheim }\n}\n", 2},
		{"in a block that has no braces", "vrrp_instance a {\nauthentication auth_type PASS auth_pass geheim\n}\n", 2},
		{"in a block that is misspelt", "vrrp_instance a {\nauthentification {\npasswort geheim\n}\nauthorisation {\nx geheim\n}\n}\n", 3},
		{"in a block where there should be none", "vrrp_instance a {\nvirtual_ipaddress {\nauthentication {\nauth_pass geheim\n}\nx {\ny geheim\n}\n}\n}\n", 3},
		{"in an instance that is there twice", "vrrp_instance a {\n}\nvrrp_instance a {\nauthentication {\nauth_pass geheim\n}\npasswort geheim\n}\n", 2},
		{"of an HMAC", "vrrp_instance a {\nauth_hmac {\nkey 1 hex:geheim\nactive_key 1\n}\n}\n", 2},
		{"of SSL", "SSL {\npassword geheim\nother geheim\n}\nvirtual_server 192.0.2.1 80 {\npassword geheim\nSSL {\nx geheim\n}\n}\n", 2},
		{"without a block", "vrrp_instance a {\nauth_pass geheim\n}\n", 2},
		{"in a block of its own", "vrrp_instance a {\nauth_pass {\ngeheim\n}\npassword {\ngeheim\n}\n}\n", 3},
		{"on the line after", "vrrp_instance a {\nauthentication {\nauth_pass\ngeheim\n}\nauth_pass\ngeheim\nvirtual_ipaddress {\nauth_pass\n\"geheim\"\n}\n}\n", 5},
		{"behind a misspelt keyword", "authpass geheim\nvrrp_instance a {\nauthpass geheim\nauth_passgeheim\nauth_pass=geheim\npasswort geheim\n}\n", 5},
		{"behind another word", "vrrp_instance a {\npriority 100 auth_pass geheim\ninterface eth0 password=geheim\nvirtual_ipaddress {\n192.0.2.1 auth_pass geheim\n192.0.2.2 a b c auth_pass geheim\n}\n}\n", 5},
		{"behind a keyword without a value", "vrrp_instance a {\ninterface auth_pass geheim\nauth_pass\nvirtual_ipaddress {\n192.0.2.1 dev auth_pass geheim\n}\n}\n", 3},
		{"behind quotes", "vrrp_instance a {\n\"auth_pass\" geheim\nauthentication { \"auth_pass\" geheim }\n}\n", 3},
		{"behind a quote without end", "auth_pass \"geheim\nvrrp_instance a {\nauth_pass\n\"geheim\n}\n", 4},
		{"in a definition for some nodes", "@main $PASS=geheim\n@main\t$PASS=geheim\n@main $PASS = geheim\n", 3},
		{"in a definition that is none", "$PASS = geheim\n$1PASS=geheim\nPASS=geheim\n", 3},
		{"on a line for some nodes", "@main auth_pass geheim\n@main authentication { auth_pass geheim }\n@main passwort geheim\n@^main auth_pass\tgeheim\n", 4},
		{"put in place", "$P=geheim\nauth_pass $P\nvrrp_instance a {\nauthpass ${P}\n}\n", 3},
		{"in a loop", "~LST(P,geheim) auth_pass $P\n~LST({P},{geheim,x}) x\n~LST(P,geheim\n~LST geheim\n~LSTX(P,geheim) x\n", 5},
		{"in a loop that cannot be read", "vrrp_instance a {\n~SEQ(I,1,0,9) auth_pass geheim\n}\n", 2},
		{"of a script", "vrrp_script c {\nscript \"/usr/bin/mysql -uroot -pgeheim\"\n}\nvrrp_script d {\nscript mysql -pgeheim\n}\nvrrp_script e {\nscript \"P=geheim mysql\"\n}\n", 3},
		{"of a script that is misspelt", "vrrp_script c {\nskript \"/usr/bin/mysql -uroot -pgeheim\"\nskript /usr/bin/mysql -pgeheim\n}\n", 1},
		{"of a checker", "virtual_server 192.0.2.1 80 {\nMISC_CHECK {\nmisc_path \"/x --password geheim\"\n}\nHTTP_GET {\nurl {\npath /x?token=geheim\n}\n}\n}\n", 1},
		{"of a process", "vrrp_track_process p {\nprocess proxy --secret geheim\nfull_command\n}\n", 1},
		{"of a start", "global_defs {\nstartup_script \"/x -pgeheim\" root\nshutdown_script x -pgeheim\n}\n", 2},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r, err := Import(memory{"a": test.conf}, []Input{{File: "a"}}, nil)
			if err != nil {
				t.Fatal(err)
			}
			if len(r.Notes) < test.notes {
				t.Errorf("only %d notes: %v", len(r.Notes), r.Notes)
			}
			for _, n := range r.Notes {
				if strings.Contains(n.What+n.Instead, "geheim") {
					t.Errorf("%s: %s -> %s", n.Place(), n.What, n.Instead)
				}
			}
			if r.Cluster != nil && strings.Contains(string(r.Cluster.YAML()), "geheim") {
				t.Error("the file has the password in it")
			}
		})
	}
}

// TestCommandsKeepTheirArguments has passwords where commands have them: in the file, which cannot do without, and in no
// note but the one that tells of them.
func TestCommandsKeepTheirArguments(t *testing.T) {
	const instance = "interface eth0\nvirtual_router_id 1\nvirtual_ipaddress {\n192.0.2.1\n}\n"
	tests := []struct{ name, conf string }{
		{"of a script", "vrrp_script c {\nscript \"/usr/bin/mysql --password=geheim\"\n}\nvrrp_instance a {\ntrack_script {\nc\n}\n" + instance + "}\n"},
		{"of a change", "vrrp_instance a {\nnotify \"/bin/x --password=geheim --token geheim\"\n" + instance + "}\n"},
		{"of a shell", "vrrp_instance a {\nnotify_master \"/bin/x --password geheim > /dev/null\"\n" + instance + "}\n"},
		{"without quotes", "vrrp_instance a {\nnotify \"/bin/x --password geheim\" root wheel geheim\nnotify_master /bin/x -p geheim\nnotify_backup x -pgeheim\n" + instance + "}\n"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r, err := Import(memory{"a": test.conf}, []Input{{File: "a"}}, nil)
			if err != nil {
				t.Fatal(err)
			}
			told := false
			for _, n := range r.Notes {
				told = told || strings.Contains(n.What, "may be a password")
				if strings.Contains(n.What+n.Instead, "geheim") {
					t.Errorf("%s: %s -> %s", n.Place(), n.What, n.Instead)
				}
			}
			if !told || !strings.Contains(string(r.Cluster.YAML()), "geheim") {
				t.Errorf("told %t, in the file\n%s", told, r.Cluster.YAML())
			}
		})
	}
}

func TestStatementText(t *testing.T) {
	tests := []struct {
		s    *statement
		want string
	}{
		{&statement{words: []string{"vrrp_script", "a"}, open: true, block: []*statement{
			{words: []string{"script", `/bin/x "y"`}},
			{words: []string{"weight", "-20"}},
			{words: []string{"empty"}, open: true},
		}}, "vrrp_script a { script /bin/x ...; weight -20; empty {} }"},
		{&statement{words: []string{"notify_master", "/bin/x"}}, "notify_master /bin/x"},
		{&statement{words: []string{"notify_master", "run", "root"}}, "notify_master run ..."},
		{&statement{words: []string{"a", "{", ""}}, `a "{" ""`},
		{&statement{words: []string{"auth_pass", "1111"}}, "auth_pass ********"},
		{&statement{words: []string{"auth_pass"}}, "auth_pass"},
		{&statement{words: []string{"a", "--password=1111", "b"}}, "a --password=********"},
		{&statement{words: []string{"a", "password", "1111", "b"}, open: true, block: []*statement{{words: []string{"c"}}}}, "a password ******** { ... }"},
		{&statement{words: []string{"authentication"}, open: true, block: []*statement{{words: []string{"c"}}}}, "authentication { ... }"},
		{&statement{words: []string{"SSL"}, open: true}, "SSL {}"},
	}
	for _, test := range tests {
		if got := test.s.text(); got != test.want {
			t.Errorf("want %s, got %s", test.want, got)
		}
	}
}

func TestStatementHead(t *testing.T) {
	tests := []struct {
		s    *statement
		want string
	}{
		{&statement{words: []string{"a"}}, "a"},
		{&statement{words: []string{"a", "b"}}, "a ..."},
		{&statement{words: []string{"a", "b"}, open: true}, "a ... { ... }"},
		{&statement{words: []string{"a"}, open: true, block: []*statement{{words: []string{"c"}}}}, "a { ... }"},
		{&statement{words: []string{"$A=b"}}, "$A=********"},
		{&statement{words: []string{"auth_passb"}}, "auth_pass********"},
		{&statement{words: []string{"a b"}}, "a ..."},
		{&statement{words: []string{""}}, `""`},
		{&statement{words: []string{"{", "a"}, open: true}, `"{" ... { ... }`},
		{&statement{}, ""},
	}
	for _, test := range tests {
		if got := test.s.head(); got != test.want {
			t.Errorf("want %s, got %s", test.want, got)
		}
	}
}
