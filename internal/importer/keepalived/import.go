package keepalived

import (
	"fmt"
	"strings"

	"github.com/aloft-ha/aloft/internal/importer"
)

// Input is the keepalived.conf of one node.
type Input struct {
	Node string // its name; empty: to be found
	File string
	ID   string // for @id lines, as with keepalived --config-id; empty: the first label of Node
}

// Import reads the configuration of each node and makes one cluster of them. The environment is what ${_ENV NAME} may
// stand for. The error is about a file that cannot be read at all, or a name that cannot be a node's; whatever is wrong
// inside the files is a note.
func Import(files Files, inputs []Input, environment map[string]string) (*importer.Result, error) {
	var sources []*source
	given := make(map[string]bool)
	for _, in := range inputs {
		if given[strings.ToLower(in.Node)] && in.Node != "" {
			return nil, fmt.Errorf("the node %s is named twice", in.Node)
		}
		given[strings.ToLower(in.Node)] = true
		if in.Node != "" && importer.NodeName(in.Node) != in.Node {
			return nil, fmt.Errorf("%q cannot be the name of a node", in.Node)
		}
		src, err := read(files, in, environment)
		if err != nil {
			return nil, err
		}
		sources = append(sources, src)
	}
	c := &cluster{sources: sources, names: nameNodes(sources), routerOf: make(map[instanceKey]*router)}
	for _, src := range sources {
		src.settle()
	}
	c.findUser()
	c.nameTrackers()
	for _, src := range sources {
		c.add(src)
	}
	c.findAddresses()
	c.pairFamilies()
	result := &importer.Result{Cluster: c.build()}
	if len(c.routers) > 0 {
		result.Notes = c.defaults()
	}
	if result.Cluster != nil && result.Cluster.Secret() {
		result.Notes = append(result.Notes, importer.Note{
			Kind: importer.Changed, What: "the file has a secret in it, as keepalived's has, and aloft does not start where everybody can read it",
			Instead: "chmod 640 it, or let -o write it, which only its owner reads",
		})
	}
	for _, src := range sources {
		result.Notes = append(result.Notes, src.notes...)
	}
	result.Notes = importer.SortNotes(result.Notes)
	return result, nil
}

// read reads the file of one node with what it includes.
func read(files Files, in Input, environment map[string]string) (*source, error) {
	id, guessed := in.ID, false
	if id == "" {
		id, _, _ = strings.Cut(in.Node, ".")
		guessed = id != ""
	}
	l := &loader{files: files, id: id, env: environment}
	if err := l.load(in.File); err != nil {
		return nil, err
	}
	if guessed && !l.matched && len(l.skipped) > 0 {
		l.note(l.skipAt, importer.Chosen, "say another one with --id if keepalived runs with it (-i, --config-id)",
			"lines like @%s are left out, since the id of %s is taken to be %s", clip(l.skipped[0]), in.Node, id)
	}
	src := &source{Input: in, root: l.root, notes: l.notes, groupOf: make(map[string]*group), defined: make(map[trackerKey]*trackerDef)}
	each(src, l.root, &top, src)
	return src, nil
}
