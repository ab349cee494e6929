package daemon

import (
	"errors"
	"log/slog"
	"os"
	"strings"
	"testing"
)

func TestFindSelf(t *testing.T) {
	cfg, _, err := read(write(t, good))
	if err != nil {
		t.Fatal(err)
	}
	discard := slog.New(slog.DiscardHandler)
	if node, err := findSelf(t.Context(), cfg, "WWW2", discard); err != nil || node != "www2" {
		t.Errorf("by flag: %q, %v", node, err)
	}
	t.Setenv("ALOFT_NODE", "www1")
	if node, err := findSelf(t.Context(), cfg, "", discard); err != nil || node != "www1" {
		t.Errorf("by environment: %q, %v", node, err)
	}
	_, err = findSelfOrStop(t.Context(), cfg, Options{Node: "www3"}, discard)
	if !errors.Is(err, ErrWho) || !strings.Contains(err.Error(), "www1, www2") {
		t.Errorf("a stranger: %v, want ErrWho and the nodes", err)
	}
}

func TestStopThatComesWithTheAnswerIsNotLost(t *testing.T) {
	cfg, _, err := read(write(t, good))
	if err != nil {
		t.Fatal(err)
	}
	for range 200 {
		stop := make(chan struct{}, 1)
		stop <- struct{}{}
		_, err := findSelfOrStop(t.Context(), cfg, Options{Node: "www1", Stop: stop}, slog.New(slog.DiscardHandler))
		if stopped := errors.Is(err, errStopped); stopped == (len(stop) == 1) {
			t.Fatalf("the order was taken and forgotten: %v", err)
		}
	}
}

func TestHostKnowsItsNameAndAddresses(t *testing.T) {
	h := host("www1")
	name, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	if h.Flag != "www1" || h.HostName != name {
		t.Errorf("host: %+v", h)
	}
	for _, addr := range h.LocalAddresses {
		if !addr.IsValid() || addr.Is4In6() {
			t.Errorf("address %v", addr)
		}
	}
}
