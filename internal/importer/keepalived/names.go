package keepalived

import (
	"path/filepath"
	"slices"
	"strings"

	"github.com/aloft-ha/aloft/internal/importer"
)

// nameNodes gives each node its name: the one that was said, else the router_id if it is one's own, else that of the
// file. It returns the names that are taken.
func nameNodes(sources []*source) *importer.Names {
	names := &importer.Names{}
	ids := make(map[string]int)
	for _, src := range sources {
		ids[strings.ToLower(src.global.routerID)]++
		if src.Node != "" {
			src.node = names.Unique(src.Node)
			if id := src.global.routerID; id != "" && !strings.EqualFold(id, src.Node) {
				src.note(src.global.routerIDAt, importer.Dropped, "", "router_id %s: the node is called %s", clip(id), src.Node)
			}
		}
	}
	const instead = "a node is found by its host name: write NAME=FILE, or run aloft with --node"
	for _, src := range sources {
		if src.node != "" {
			continue
		}
		name, from := importer.NodeName(src.global.routerID), "its router_id"
		if name == "" || ids[strings.ToLower(src.global.routerID)] > 1 {
			name, from = nameOfFile(src.File), "its file"
		}
		if name == "" {
			name, from = "node", "nothing, since nothing says its name"
		}
		src.node = names.Unique(name)
		src.notes = append(src.notes, importer.Note{
			File: src.File, Kind: importer.Chosen, Instead: instead, What: "the node is called " + src.node + " after " + from,
		})
	}
	return names
}

// nameOfFile makes a node's name of a file's: what is left without keepalived and conf, else that of its
// folder; empty if that says nothing either.
func nameOfFile(file string) string {
	words := strings.FieldsFunc(filepath.Base(file), func(r rune) bool { return strings.ContainsRune(".-_ ", r) })
	words = slices.DeleteFunc(words, func(w string) bool { return slices.Contains(commonWords, strings.ToLower(w)) })
	name := importer.NodeName(strings.Join(words, "-"))
	if name == "" {
		name = importer.NodeName(filepath.Base(filepath.Dir(file)))
	}
	if name == "keepalived" {
		return ""
	}
	return name
}

// commonWords say nothing in the name of a file.
var commonWords = []string{"keepalived", "conf", "cfg", "config", "txt", "bak"}
