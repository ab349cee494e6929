package keepalived

import (
	"slices"
	"testing"

	"github.com/aloft-ha/aloft/internal/importer"
)

// TestNotesSpellTimesAsTheFileDoes: what a note says to write has to look like what is written.
func TestNotesSpellTimesAsTheFileDoes(t *testing.T) {
	const text = `
interface_up_down_delays {
	eth0 60
}
vrrp_instance a {
	state MASTER
	interface eth0
	virtual_router_id 51
	priority 100
	advert_int 60
	preempt_delay 120
	virtual_ipaddress {
		192.0.2.100
	}
}
`
	r, err := Import(memory{"a": text}, []Input{{Node: "www1", File: "a"}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"eth0: the delay of 1m before a lost link counts",
		"advert_int 1m of VRRP version 2 becomes 40s",
	} {
		if !slices.ContainsFunc(r.Notes, func(n importer.Note) bool { return n.What == want }) {
			t.Errorf("want a note %q, got %v", want, r.Notes)
		}
	}
	if want := "write preempt_delay: 2m if it is meant"; !slices.ContainsFunc(r.Notes, func(n importer.Note) bool { return n.Instead == want }) {
		t.Errorf("want a hint %q, got %v", want, r.Notes)
	}
}
