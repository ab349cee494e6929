package importer

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var someNotes = []Note{
	{Kind: Default, What: "addresses are leased"},
	{File: "b.conf", Line: 2, Kind: Later, What: "notify_master /x", Instead: "keep the script"},
	{File: "a.conf", Line: 10, Kind: Dropped, What: "debug 4"},
	{File: "a.conf", Line: 9, Kind: Changed, What: "advert_int 1.005 becomes 1s"},
	{File: "a.conf", Kind: Chosen, What: "the node is called a"},
	{File: "b.conf", Line: 2, Kind: Later, What: "notify_master /x", Instead: "keep the script"},
}

func TestSortNotesOrdersByPlaceAndRemovesRepetitions(t *testing.T) {
	var got []string
	for _, n := range SortNotes(slices.Clone(someNotes)) {
		got = append(got, strings.TrimSpace(n.Place()+" "+n.Kind.String()))
	}
	want := []string{"a.conf chosen", "a.conf:9 changed", "a.conf:10 dropped", "b.conf:2 later", "default"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("order (-want +got):\n%s", diff)
	}
}

func TestPrintNotesAligns(t *testing.T) {
	var out strings.Builder
	notes := []Note{
		{File: "a.conf", Line: 9, Kind: Changed, What: "advert_int 1.005 becomes 1s"},
		{File: "b.conf", Line: 12, Kind: Later, What: "notify_master \x1b[31m", Instead: "keep the script"},
		{Kind: Default, What: "addresses are leased"},
	}
	if err := PrintNotes(&out, notes); err != nil {
		t.Fatal(err)
	}
	want := `a.conf:9   changed  advert_int 1.005 becomes 1s
b.conf:12  later    notify_master ` + "\uFFFD" + `[31m
                    -> keep the script
           default  addresses are leased
`
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Errorf("text (-want +got):\n%s", diff)
	}
}

type brokenPipe struct{}

var errPipe = errors.New("broken pipe")

func (brokenPipe) Write([]byte) (int, error) { return 0, errPipe }

func TestPrintNotesReturnsTheWritersError(t *testing.T) {
	if err := PrintNotes(brokenPipe{}, someNotes); !errors.Is(err, errPipe) {
		t.Errorf("want %v, got %v", errPipe, err)
	}
}

func TestNoteAsJSON(t *testing.T) {
	got, err := json.Marshal(someNotes[1:3])
	if err != nil {
		t.Fatal(err)
	}
	want := `[{"file":"b.conf","line":2,"kind":"later","what":"notify_master /x","instead":"keep the script"},` +
		`{"file":"a.conf","line":10,"kind":"dropped","what":"debug 4"}]`
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("JSON (-want +got):\n%s", diff)
	}
}

func TestKindString(t *testing.T) {
	want := []string{"invalid", "dropped", "later", "changed", "chosen", "default", "broken", "refused", "invalid"}
	for k, w := range want {
		if got := Kind(k).String(); got != w {
			t.Errorf("Kind(%d): want %s, got %s", k, w, got)
		}
	}
}
