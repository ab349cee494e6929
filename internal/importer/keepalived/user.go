package keepalived

import (
	"slices"

	"github.com/aloft-ha/aloft/internal/config"
	"github.com/aloft-ha/aloft/internal/importer"
)

// superuser is whom keepalived runs commands as, unless there is a user keepalived_script.
const superuser = "root"

// findUser finds whom commands run as that do not say it. The first file with commands decides for the result; those of
// other files get their users where these are others.
func (c *cluster) findUser() {
	for _, src := range c.sources {
		users := src.users()
		if len(users) == 0 {
			if at := src.global.scriptUserAt; at != nil {
				src.note(at, importer.Dropped, "", "script_user: there is no command that it would be for")
			}
			continue
		}
		own := src.ownUser(slices.ContainsFunc(users, func(u *string) bool { return *u == "" }))
		if c.user == "" {
			c.user = own
		}
		for _, user := range users {
			switch {
			case *user == "" && own != c.user:
				*user = own
			case *user == c.user:
				*user = ""
			}
		}
		for _, d := range src.definitions {
			if k, ok := d.script(); ok {
				k.User = d.user
				d.spec.Kind = k
			}
		}
	}
}

// ownUser is whom the commands of one file run as that do not say it, if there are any.
func (src *source) ownUser(needed bool) string {
	if !src.global.scriptsSecure {
		src.notes = append(src.notes, importer.Note{
			File: src.File, Kind: importer.Changed, What: "without enable_script_security keepalived also runs programs that others than root can change; aloft does so only with scripts: {insecure: true}",
			Instead: "let each program and the folders above it belong to root or to its user, with nobody else allowed to write there",
		})
	}
	if src.global.scriptUser != "" || !needed {
		return src.global.scriptUser
	}
	src.notes = append(src.notes, importer.Note{
		File: src.File, Kind: importer.Chosen, What: "nothing says whom commands run as: keepalived takes keepalived_script if there is such a user, else root, and here it is root",
		Instead: "write another user into scripts if the commands need no more",
	})
	return superuser
}

// users returns the users of all commands that are carried over.
func (src *source) users() (users []*string) {
	take := func(n *config.Notify) {
		for _, c := range n.Commands() {
			users = append(users, &c.User)
		}
	}
	for _, in := range src.instances {
		take(&in.notify)
	}
	for _, g := range src.groups {
		take(&g.notify)
	}
	for _, d := range src.definitions {
		if _, ok := d.script(); ok && d.tracked {
			users = append(users, &d.user)
		}
	}
	return users
}
