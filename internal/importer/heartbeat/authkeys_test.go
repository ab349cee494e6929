package heartbeat

import (
	"fmt"
	"strings"
	"testing"

	"github.com/aloft-ha/aloft/internal/importer"
)

const secret = "Sw0rdfish"

func TestReadAuthkeys(t *testing.T) {
	tests := []struct {
		name string
		text string
		kind importer.Kind
		said string
	}{
		{"sha1", "auth 1\n1 sha1 " + secret + "\n", importer.Dropped, "are not signed"},
		{"md5 with comments", "# keys\n\nauth 3\n3 md5 " + secret + "\n", importer.Dropped, "(md5)"},
		{"the key before auth", "2 sha1 " + secret + "\nauth 2\n", importer.Dropped, "(sha1)"},
		{"crc", "auth 1\n1 crc\n", importer.Dropped, "crc"},
		{"rotation", "auth 2\n1 md5 old\n2 sha1 " + secret + "\n", importer.Dropped, "(sha1)"},
		{"two words", "auth 1\n1 sha1 " + secret + " " + secret + "\n", importer.Broken, "more than one word"},
		{"crc with a comment", "auth 1\n1 crc # " + secret + "\n", importer.Refused, "takes no secret"},
		{"no secret", "auth 1\n1 sha1\n", importer.Refused, "no secret"},
		{"no method", "auth 1\n1\n", importer.Refused, "no method"},
		{"the secret for a method", "auth 1\n1 " + secret + "\n", importer.Refused, "does not know"},
		{"no auth", "1 sha1 " + secret + "\n", importer.Refused, "no line auth"},
		{"nothing", "", importer.Refused, "no line auth"},
		{"auth without a number", "auth\n1 sha1 " + secret + "\n", importer.Refused, "auth NUMBER"},
		{"auth of a word", "auth " + secret + "\n", importer.Refused, "auth NUMBER"},
		{"a line that begins with a", "auto 1\n1 crc\n", importer.Refused, "auth NUMBER"},
		{"auth names no key", "auth 2\n1 sha1 " + secret + "\n", importer.Refused, "not in the file"},
		{"a number too high", "auth 1\n1 crc\n16 md5 " + secret + "\n", importer.Refused, "0 to 15"},
		{"no number", "auth 1\n1 crc\nsha1 " + secret + "\n", importer.Refused, "number of a key"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			n := &notebook{file: "authkeys"}
			readAuthkeys(test.text, n)
			found := false
			for _, note := range n.notes {
				found = found || note.Kind == test.kind && strings.Contains(note.What, test.said)
			}
			if !found {
				t.Errorf("want %v: ...%s..., got %v", test.kind, test.said, n.notes)
			}
			if all := fmt.Sprint(n.notes); strings.Contains(all, secret) {
				t.Errorf("the secret is in the notes: %s", all)
			}
		})
	}
}
