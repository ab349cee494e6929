package logbook

import (
	"log/slog"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestBookKeepsLinesFromInfoOn(t *testing.T) {
	b := &Book{}
	if got := b.Lines(); got != nil {
		t.Errorf("an empty book has %q", got)
	}
	log := slog.New(b)
	log.Debug("not kept")
	log.Info("state", "router", "web", "took", 3)
	log.With("peer", "www2").WithGroup("g").Warn("lost")
	got := b.Lines()
	if diff := cmp.Diff([]string{"INFO state router=web took=3", "WARN lost"}, got); diff != "" {
		t.Errorf("lines (-want +got):\n%s", diff)
	}
	got[0] = "changed"
	if b.Lines()[0] == "changed" {
		t.Error("the reader's change shows")
	}
}

func TestBeforeComesBeforeARecordIsKept(t *testing.T) {
	var b Book
	var kept []int
	b.Before = func() { kept = append(kept, len(b.Lines())) }
	log := slog.New(&b)
	log.Info("one")
	log.Debug("not kept")
	log.Info("two")
	if diff := cmp.Diff([]int{0, 1}, kept); diff != "" {
		t.Errorf("lines before each record (-want +got):\n%s", diff)
	}
}
