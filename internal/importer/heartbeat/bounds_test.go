package heartbeat

import (
	"fmt"
	"strings"
	"testing"

	"github.com/aloft-ha/aloft/internal/importer"
)

// many writes n words made of a format.
func many(n int, format string) string {
	words := make([]string, n)
	for i := range words {
		words[i] = fmt.Sprintf(format, i>>8, i&255)
	}
	return strings.Join(words, " ")
}

// TestHugeFilesAreRefused gives more of everything than is taken; each has to be refused, and in time.
func TestHugeFilesAreRefused(t *testing.T) {
	const lots = 50000
	tests := []struct {
		name, haCf, resources, said string
	}{
		{"nodes", base + "node " + many(lots, "n%d-%d"), "a 10.0.0.1", "more than 32 nodes"},
		{"interfaces", base + "bcast " + many(lots, "e%d.%d"), "a 10.0.0.1", "more than 64 interfaces"},
		{"peers", base + strings.Repeat("ucast eth0 10.0.0.1\n", lots), "a 10.0.0.1", "more than 64 interfaces"},
		{"addresses", base, "a " + many(lots, "10.0.%d.%d"), "more than 4096 floating"},
		{"letters", base, "a " + strings.Repeat("1", 5000), "longer than 4096"},
		{"letters on many lines", base, "a \\\n" + strings.Repeat("a\\\n", 300000), "longer than 4096"},
		{"lines", base, strings.ReplaceAll("a "+many(1000, "10.1.%d.%d"), " 10", "\na 10"), "1000 lines have addresses"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := Import(File{Name: "ha.cf", Text: []byte(test.haCf)}, File{Name: "haresources", Text: []byte(test.resources)}, nil)
			found := false
			for _, n := range r.Notes {
				found = found || n.Kind == importer.Refused && strings.Contains(n.What, test.said)
			}
			if !found || r.Cluster != nil {
				t.Errorf("not refused with %q", test.said)
			}
		})
	}
}

// TestManyRoutersHaveNumbersOfTheirOwn fills the whole range of VRIDs, and the daemon takes the file.
func TestManyRoutersHaveNumbersOfTheirOwn(t *testing.T) {
	var text strings.Builder
	for i := range maxVRIDs {
		fmt.Fprintf(&text, "a 10.2.0.%d/16/eth0\n", i)
	}
	checkResult(t, Import(File{Name: "ha.cf", Text: []byte(base)}, File{Name: "haresources", Text: []byte(strings.Replace(text.String(), "10.2.0.0/", "10.2.1.1/", 1))}, nil))
}
