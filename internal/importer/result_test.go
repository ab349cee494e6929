package importer

import "testing"

func TestCheckedNamesWhyAFileWouldBeRefused(t *testing.T) {
	c := &Cluster{Nodes: pair, Routers: []Router{{Name: "web", VRID: 300, Parts: both(Settings{Addresses: floating("192.0.2.100")}, nil)}}}
	file, problems := (&Result{Cluster: c}).Checked("aloft.yaml")
	const want = "aloft.yaml:7:11: vrid is 1 to 255, and 300 is not"
	if len(file) == 0 || len(problems) != 1 || problems[0].Error() != want {
		t.Errorf("want a file and %q, got %d bytes and %v", want, len(file), problems)
	}
}

func TestCheckedOfNothingIsNothing(t *testing.T) {
	if file, problems := new(Result).Checked("aloft.yaml"); file != nil || problems != nil {
		t.Errorf("want nothing, got %q and %v", file, problems)
	}
}
