package keepalived

import (
	"slices"

	"github.com/aloft-ha/aloft/internal/importer"
)

// defaults are the notes about what keepalived does unasked and aloft does otherwise, once for all files.
func (c *cluster) defaults() []importer.Note {
	c.noteVersions()
	if len(c.sources) == 1 && len(c.strange) == 0 {
		c.sources[0].notes = append(c.sources[0].notes, importer.Note{
			File: c.sources[0].File, Kind: importer.Chosen, What: "only this node's file was given, so the result has one node",
			Instead: "give the others' files too: aloft import keepalived www1=www1.conf www2=www2.conf",
		})
	}
	var notes []importer.Note
	say := func(what, instead string) {
		notes = append(notes, importer.Note{Kind: importer.Default, What: what, Instead: instead})
	}
	say("addresses are leased from the kernel: a daemon that dies or hangs loses them within seconds, where keepalived leaves them",
		"lease: off gives plain addresses")
	if !slices.ContainsFunc(c.sources, (*source).announces) {
		say("addresses are announced at 0, 0.1, 1.1 and 2.2 s after a takeover, where keepalived does it five times at once and five times after 5 s", "")
	}
	say("a node that stops keeps its addresses up until its successor has announced them, where keepalived takes them away first", "")
	say("adverts carry the checksum that the peers were heard to use, with the pseudo-header until then, as keepalived has it",
		"checksum: rfc9568 or rfc5798 settles it")
	if c.user != "" {
		say("commands have a clean environment and no capability that their user has not, and those of notify end after 30 s; keepalived's have its own environment, and no end",
			"scripts: {environment: {NAME: value}}, and notify: {timeout: 2m}")
	}
	if slices.ContainsFunc(c.routers, func(r *router) bool { return r.ipv6 }) {
		say("IPv6 addresses go up without duplicate address detection, and only those with source: true may be the host's source", "")
	}
	return notes
}

// announces says whether a file has something about gratuitous ARP, so that its notes tell of ours.
func (src *source) announces() bool {
	return src.global.announcements || slices.ContainsFunc(src.instances, func(in *instance) bool { return in.announcement })
}

// noteVersions says once for each file that its instances speak version 2.
func (c *cluster) noteVersions() {
	for _, src := range c.sources {
		i := slices.IndexFunc(src.instances, func(in *instance) bool {
			return src.version(in) == 2
		})
		if i >= 0 {
			src.note(src.instances[i].at, importer.Chosen, "when all nodes can speak version 3, write 2+3 and then 3: docs/interoperability.md",
				"keepalived speaks VRRP version 2 here, and so does aloft")
		}
	}
}
