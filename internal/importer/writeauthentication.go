package importer

import (
	"strconv"

	"github.com/aloft-ha/aloft/internal/config"
	"github.com/aloft-ha/aloft/vrrp"
)

// authentication writes the keys of authentication that are not at their defaults, with the secrets: they have to be in the
// file.
func authentication(a *config.Authentication) (keys entries) {
	keys.add("pass", word(string(a.Pass)))
	if len(a.Keys) == 0 {
		return keys
	}
	var sources entries
	for _, k := range a.Keys {
		sources.add(strconv.Itoa(int(k.ID)), word(k.Kind.String()+":"+string(k.Value)))
	}
	keys.add("keys", flowMap(sources))
	keys.add("active", unless(len(a.Keys) > 1, strconv.Itoa(int(a.Active))))
	keys.add("mode", unless(a.Mode != vrrp.AuthEnforce, a.Mode.String()))
	keys.add("replay", unless(a.Replay != vrrp.ReplayTime, a.Replay.String()))
	keys.add("window", span(a.Window))
	return keys
}

// Secret says whether the file of the cluster has a secret in it.
func (c *Cluster) Secret() bool {
	for i := range c.Routers {
		for j := range c.Routers[i].Parts {
			a := &c.Routers[i].Parts[j].Settings.Authentication
			if a.Pass != "" {
				return true
			}
			for _, k := range a.Keys {
				if k.Kind == config.KeyHex || k.Kind == config.KeyText {
					return true
				}
			}
		}
	}
	return false
}
