package main

import (
	"encoding/json"
	"fmt"
	"io"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

// build is where this binary comes from.
type build struct {
	Version  string `json:"version"`          // of the module: a tag, a pseudo-version or "(devel)"
	Commit   string `json:"commit,omitempty"` // unknown where the binary was built outside a repository
	Time     string `json:"time,omitempty"`   // of the commit, RFC 3339
	Modified bool   `json:"modified"`         // the work tree differed from the commit
	Go       string `json:"go"`               // the toolchain
	Platform string `json:"platform"`         // GOOS/GOARCH
}

func newVersion() *cobra.Command {
	var asJSON bool
	command := &cobra.Command{
		Use:   "version",
		Short: "Say which aloft this is",
		Args:  cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			info, _ := debug.ReadBuildInfo() // nil in a binary without modules, which is a build of its own kind
			return writeBuild(command.OutOrStdout(), buildOf(info), asJSON)
		},
	}
	command.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return command
}

// buildOf picks what matters from what the toolchain left in the binary; info may be nil.
func buildOf(info *debug.BuildInfo) build {
	b := build{Version: "(devel)", Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH}
	if info == nil {
		return b
	}
	if info.Main.Version != "" {
		b.Version = info.Main.Version
	}
	for _, setting := range info.Settings {
		switch setting.Key {
		case "vcs.revision":
			b.Commit = setting.Value
		case "vcs.time":
			b.Time = setting.Value
		case "vcs.modified":
			b.Modified = setting.Value == "true"
		}
	}
	return b
}

// writeBuild writes b as JSON, or as one line for people.
func writeBuild(w io.Writer, b build, asJSON bool) error {
	if asJSON {
		encoder := json.NewEncoder(w)
		encoder.SetIndent("", "  ")
		return encoder.Encode(b)
	}
	line := "aloft " + b.Version
	if b.Commit != "" {
		line += ", commit " + b.Commit[:min(12, len(b.Commit))]
		if b.Time != "" {
			line += " of " + b.Time
		}
		if b.Modified {
			line += ", modified"
		}
	}
	_, err := fmt.Fprintf(w, "%s, %s %s\n", line, b.Go, b.Platform)
	return err
}
