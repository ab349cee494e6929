package keepalived

import (
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
)

// TestExampleIsWhatIsMade holds configs/from-keepalived.yaml to what the files of a golden give.
func TestExampleIsWhatIsMade(t *testing.T) {
	archive, err := txtar.ParseFile("testdata/configs.txtar")
	if err != nil {
		t.Fatal(err)
	}
	example, err := os.ReadFile("../../../configs/from-keepalived.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range archive.Files {
		if f.Name == "want.yaml" {
			if diff := cmp.Diff(string(f.Data), string(example)); diff != "" {
				t.Errorf("configs/from-keepalived.yaml (-import +example):\n%s", diff)
			}
			return
		}
	}
	t.Error("the golden has no file")
}
