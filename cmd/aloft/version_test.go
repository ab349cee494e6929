package main

import (
	"bytes"
	"runtime"
	"runtime/debug"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestBuildOf(t *testing.T) {
	here := build{Version: "(devel)", Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH}
	tagged := here
	tagged.Version, tagged.Commit, tagged.Time = "v1.2.3", "0123456789abcdef0123", "2026-01-02T03:04:05Z"
	modified := tagged
	modified.Modified = true
	settings := []debug.BuildSetting{
		{Key: "-trimpath", Value: "true"},
		{Key: "vcs", Value: "git"},
		{Key: "vcs.revision", Value: "0123456789abcdef0123"},
		{Key: "vcs.time", Value: "2026-01-02T03:04:05Z"},
	}
	main := debug.Module{Path: "github.com/aloft-ha/aloft", Version: "v1.2.3"}
	tests := []struct {
		name string
		info *debug.BuildInfo
		want build
	}{
		{"no information", nil, here},
		{"outside a repository", &debug.BuildInfo{}, here},
		{"a clean tag", &debug.BuildInfo{
			Main: main, Settings: append(settings, debug.BuildSetting{Key: "vcs.modified", Value: "false"}),
		}, tagged},
		{"a modified work tree", &debug.BuildInfo{
			Main: main, Settings: append(settings, debug.BuildSetting{Key: "vcs.modified", Value: "true"}),
		}, modified},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, buildOf(test.info)); diff != "" {
				t.Errorf("build (-want +got):\n%s", diff)
			}
		})
	}
}

func TestWriteBuild(t *testing.T) {
	bare := build{Version: "(devel)", Go: "go1.26.8", Platform: "linux/amd64"}
	commit := bare
	commit.Version, commit.Commit, commit.Time = "v1.2.3", "0123456789abcdef0123", "2026-01-02T03:04:05Z"
	short := commit
	short.Commit, short.Time, short.Modified = "0123", "", true
	tests := []struct {
		name   string
		b      build
		asJSON bool
		want   string
	}{
		{"bare", bare, false, "aloft (devel), go1.26.8 linux/amd64\n"},
		{
			"commit", commit, false,
			"aloft v1.2.3, commit 0123456789ab of 2026-01-02T03:04:05Z, go1.26.8 linux/amd64\n",
		},
		{"modified", short, false, "aloft v1.2.3, commit 0123, modified, go1.26.8 linux/amd64\n"},
		{"bare JSON", bare, true, `{
  "version": "(devel)",
  "modified": false,
  "go": "go1.26.8",
  "platform": "linux/amd64"
}
`},
		{"commit JSON", commit, true, `{
  "version": "v1.2.3",
  "commit": "0123456789abcdef0123",
  "time": "2026-01-02T03:04:05Z",
  "modified": false,
  "go": "go1.26.8",
  "platform": "linux/amd64"
}
`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var out bytes.Buffer
			if err := writeBuild(&out, test.b, test.asJSON); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, out.String()); diff != "" {
				t.Errorf("output (-want +got):\n%s", diff)
			}
		})
	}
}
