package config

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"
)

// parseQuickly parses what may be hostile: it must be done soon.
func parseQuickly(t *testing.T, data []byte) (*Config, []Problem) {
	t.Helper()
	start := time.Now()
	c, problems := Parse("test.yaml", data)
	if took := time.Since(start); took > 30*time.Second {
		t.Errorf("parsing %d bytes took %s", len(data), took)
	}
	return c, problems
}

// wantProblem demands a problem with a text in it.
func wantProblem(t *testing.T, problems []Problem, want string) {
	t.Helper()
	for _, p := range problems {
		if strings.Contains(p.Error(), want) {
			return
		}
	}
	t.Errorf("no problem says %q; there are %d, from %v", want, len(problems), problems[:min(3, len(problems))])
}

func TestFileOfMaxSizeIsRead(t *testing.T) {
	small := file("a, b")
	whole := append(bytes.Clone(small), "# "+strings.Repeat("x", MaxSize-len(small)-3)+"\n"...)
	if len(whole) != MaxSize {
		t.Fatalf("the test made %d bytes", len(whole))
	}
	if c, problems := parseQuickly(t, whole); c == nil {
		t.Errorf("%v", problems)
	}
	_, problems := parseQuickly(t, append(whole, '\n'))
	wantProblem(t, problems, "test.yaml:1:1: the file is larger than 1024 KiB")
}

func TestFilesOfTenMegabytesAreRefused(t *testing.T) {
	for _, piece := range []string{"a: 1\n", "[", "- ", "\n", "\x00", "\xff", "&a [*a] ", "r: {vrid: 1}\n"} {
		c, problems := parseQuickly(t, bytes.Repeat([]byte(piece), 11<<20/len(piece)))
		if c != nil || len(problems) != 1 {
			t.Errorf("%q: %d problems", piece, len(problems))
		}
		wantProblem(t, problems, "test.yaml:1:1: the file is larger than 1024 KiB (is it the right one?)")
	}
}

func TestInvalidEncodingsHaveTheirPlace(t *testing.T) {
	tests := []struct{ data, want string }{
		{"a: 1\nb: \xff\n", "test.yaml:2:4: byte 0xff is not valid UTF-8"},
		{"é: \xc3\n", "test.yaml:1:4: byte 0xc3 is not valid UTF-8"},
		{"\xff\xfea\x00", "test.yaml:1:1: the file is in UTF-16"},
		{"\xfe\xff\x00a", "test.yaml:1:1: the file is in UTF-16"},
		{"a: \x00\n", "test.yaml:1:4: the control character U+0000"},
		{"a: 1\rb: 2\n", "test.yaml:1:5: a carriage return stands alone"},
		{"a: 1\r", "test.yaml:1:5: a carriage return stands alone"},
		{"a: \u0085\n", "test.yaml:1:4: the invisible character U+0085"},
		{"a:\ufeff 1\n", "test.yaml:1:3: the invisible character U+FEFF"},
	}
	for _, tt := range tests {
		c, problems := Parse("test.yaml", []byte(tt.data))
		if c != nil || len(problems) != 1 || !strings.HasPrefix(problems[0].Error(), tt.want) {
			t.Errorf("%q: %v, want %s", tt.data, problems, tt.want)
		}
	}
}

func TestAliasBombIsBounded(t *testing.T) {
	// Every router takes the whole list: 2000 times 1000 addresses out of 40 kB.
	var list []string
	for i := range 1000 {
		list = append(list, fmt.Sprintf("10.0.%d.%d", i/250, 1+i%250))
	}
	data := "nodes: [a, b]\nvirtual_routers:\n  r: {vrid: 1, interface: eth0, addresses: &l [" + strings.Join(list, ", ") + "]}\n"
	for i := range 2000 {
		data += fmt.Sprintf("  r%d: {vrid: 1, addresses: *l}\n", i)
	}
	c, problems := parseQuickly(t, []byte(data))
	if c != nil {
		t.Error("the file is taken")
	}
	wantProblem(t, problems, "the file has more than 250000 values (aliases count each time they are used)")
}

func TestMergeBombIsBounded(t *testing.T) {
	data := "nodes: [a, b]\ndefaults: &d0 {x: 1}\nvirtual_routers:\n"
	for i := range 15 {
		data += fmt.Sprintf("  r%d: &d%d {<<: [%s]}\n", i, i+1, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*d%d, ", i), 10), ", "))
	}
	_, problems := parseQuickly(t, []byte(data))
	wantProblem(t, problems, "more than 250000 values")
}

func TestMergeKeysMayNotBeChainedForEver(t *testing.T) {
	chain := func(links int) []byte {
		data := "nodes: [a, b]\nvirtual_routers:\n  r0: &d0 {interface: eth0, vrid: 200, addresses: [192.0.2.200]}\n"
		for i := range links {
			data += fmt.Sprintf("  r%d: &d%d {<<: *d%d, vrid: %d, addresses: [192.0.2.%d]}\n", i+1, i+1, i, i+1, i+1)
		}
		return []byte(data)
	}
	mustParse(t, chain(maxDepth))
	_, problems := parseQuickly(t, chain(maxDepth+1))
	wantProblem(t, problems, "test.yaml:4:16: merge keys are nested more than 20 deep")
}

func TestDepthIsBounded(t *testing.T) {
	_, problems := parseQuickly(t, []byte("nodes: "+strings.Repeat("[", 30)+strings.Repeat("]", 30)+"\n"))
	wantProblem(t, problems, "test.yaml:1:27: the file is nested more than 20 deep")
	_, problems = parseQuickly(t, []byte("nodes: "+strings.Repeat("[", 400_000)))
	wantProblem(t, problems, "the file is nested too deeply")
}

func TestSelfContainingAliases(t *testing.T) {
	for _, data := range []string{
		"nodes: &n [*n]\nvirtual_routers: {}\n",
		"nodes: [a, b]\nvirtual_routers: &v {web: *v}\n",
		"nodes: [a, b]\nvirtual_routers: {web: {vrid: 1, interface: x, addresses: &a [*a], per_node: &p {a: *p}}}\n",
		"&f {nodes: *f, virtual_routers: *f, defaults: *f}\n",
	} {
		if c, problems := parseQuickly(t, []byte(data)); c != nil || len(problems) == 0 {
			t.Errorf("%s is taken", data)
		}
	}
}

func TestManyProblemsAreCut(t *testing.T) {
	var data bytes.Buffer
	data.WriteString("nodes: [a, b]\nvirtual_routers:\n  web:\n")
	for i := range 30_000 {
		fmt.Fprintf(&data, "    verylongunknownkey%d: 1\n", i)
	}
	_, problems := parseQuickly(t, data.Bytes())
	if len(problems) != maxProblems+1 {
		t.Fatalf("%d problems", len(problems))
	}
	if got, want := problems[maxProblems].Message, "there are 29504 more problems from here on"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestManyRoutersOfOneVRIDAreQuick(t *testing.T) {
	data := "nodes: [a, b, c, d, e, f, g, h]\ndefaults: {interface: eth0, vrid: 7}\nvirtual_routers:\n"
	for i := range maxRouters {
		data += fmt.Sprintf("  r%d: {addresses: [10.0.%d.%d]}\n", i, i/250, 1+i%250)
	}
	_, problems := parseQuickly(t, []byte(data))
	wantProblem(t, problems, "vrid 7 is already that of r0, on the same interface (eth0)")
}

func TestListsAreBounded(t *testing.T) {
	var nodes, addresses []string
	routers := ""
	for i := range MaxNodes + 1 {
		nodes = append(nodes, fmt.Sprintf("n%d", i))
	}
	for i := range maxAddresses + 1 {
		addresses = append(addresses, fmt.Sprintf("10.0.%d.%d", i/250, 1+i%250))
	}
	for i := range maxRouters + 1 {
		routers += fmt.Sprintf("  r%d: {}\n", i)
	}
	_, problems := Parse("test.yaml", file(strings.Join(nodes, ", ")))
	wantProblem(t, problems, "the list has 33 entries, and 32 are the most")
	_, problems = Parse("test.yaml", []byte("nodes: [a, b]\nvirtual_routers:\n  web: {vrid: 1, interface: eth0, addresses: ["+strings.Join(addresses, ", ")+"]}\n"))
	wantProblem(t, problems, "the list has 1025 entries, and 1024 are the most")
	_, problems = Parse("test.yaml", []byte("nodes: [a, b]\nvirtual_routers:\n"+routers))
	wantProblem(t, problems, "virtual_routers has 2049 entries, and 2048 are the most")
}

// TestAdvertCarriesSoManyAddresses checks that what does not fit an advert is held but not advertised, in each family,
// and that one warning says from where on.
func TestAdvertCarriesSoManyAddresses(t *testing.T) {
	list := func(ipv4, ipv6 int) string {
		var all []string
		for i := range ipv4 {
			all = append(all, fmt.Sprintf("10.0.%d.%d", i/250, 1+i%250))
		}
		for i := range ipv6 {
			all = append(all, fmt.Sprintf("\"fe80::%x\"", i+1))
		}
		return "nodes: [a, b]\nvirtual_routers:\n  web:\n    vrid: 1\n    interface: eth0\n    addresses:\n      - " + strings.Join(all, "\n      - ") + "\n"
	}
	tests := []struct {
		ipv4, ipv6 int
		advertised int
		warnings   []string
	}{
		{255, 89, 344, nil},
		{256, 0, 255, []string{"test.yaml:262:9: warning: an advert carries at most 255 IPv4 addresses"}},
		{0, 90, 89, []string{"test.yaml:96:9: warning: an advert carries at most 89 IPv6 addresses"}},
		{300, 300, 344, []string{"test.yaml:262:9: warning", "test.yaml:396:9: warning"}},
	}
	for _, tt := range tests {
		c, problems := Parse("test.yaml", []byte(list(tt.ipv4, tt.ipv6)))
		if c == nil || len(problems) != len(tt.warnings) {
			t.Fatalf("%d and %d addresses: %v", tt.ipv4, tt.ipv6, problems)
		}
		for _, want := range tt.warnings {
			wantProblem(t, problems, want)
		}
		i := c.Routers[0].PerNode[0]
		advertised := 0
		for _, a := range i.Addresses {
			if a.Advertise {
				advertised++
			}
		}
		if len(i.Addresses) != tt.ipv4+tt.ipv6 || advertised != tt.advertised {
			t.Errorf("%d and %d addresses: %d kept, %d advertised, want %d", tt.ipv4, tt.ipv6, len(i.Addresses), advertised, tt.advertised)
		}
	}
}

// Every router with every address on every node: what is wrong once must not be remembered millions of times, for the
// running daemon reads files too.
func TestAFileThatIsWrongMillionsOfTimes(t *testing.T) {
	var b strings.Builder
	b.WriteString("nodes: [n0")
	for i := range 19 {
		fmt.Fprintf(&b, ", n%d", i+1)
	}
	b.WriteString("]\ndefaults: {interface: eth0, addresses: [")
	for i := range 400 {
		fmt.Fprintf(&b, "10.0.%d.%d, ", i/256, i%256)
	}
	b.WriteString("]}\nvirtual_routers:\n")
	for i := range 400 {
		fmt.Fprintf(&b, "  r%d: {vrid: %d}\n", i, i%255+1)
	}
	_, problems := parseQuickly(t, []byte(b.String()))
	if len(problems) != maxProblems+1 {
		t.Errorf("%d problems", len(problems))
	}
}
