package keyring

import (
	"path/filepath"
	"slices"

	"github.com/aloft-ha/aloft/internal/config"
	"github.com/aloft-ha/aloft/vrrp"
)

// Load reads the keys of what a node serves into the Keyring of each instance. Credentials is the folder that systemd has
// put the unit's credentials into, $CREDENTIALS_DIRECTORY of systemd.exec(5); it is empty outside of a unit. Each problem is
// an error; with one the configuration is not to be used.
func Load(cfg *config.Config, node, credentials string) []config.Problem {
	l := loader{credentials: credentials, keys: make(map[config.Place]vrrp.Key)}
	for i := range cfg.Routers {
		for j := range cfg.Routers[i].PerNode {
			if inst := &cfg.Routers[i].PerNode[j]; inst.Node == node && len(inst.Authentication.Keys) > 0 {
				inst.Keyring = l.ring(&inst.Authentication)
			}
		}
	}
	return l.problems
}

// Secret says whether a configuration names a key of any node, or stands in a file with a key or a password.
func Secret(cfg *config.Config) bool {
	keyed := func(inst config.Instance) bool { return len(inst.Authentication.Keys) > 0 }
	return len(cfg.Inline) > 0 || slices.ContainsFunc(cfg.Routers, func(r config.Router) bool {
		return slices.ContainsFunc(r.PerNode, keyed)
	})
}

// loader is the work on one configuration.
type loader struct {
	credentials string
	keys        map[config.Place]vrrp.Key // by where they are named: routers share those of their defaults
	problems    []config.Problem
}

// ring makes the keyring of one instance.
func (l *loader) ring(a *config.Authentication) *vrrp.Keyring {
	ring := &vrrp.Keyring{Active: a.Active, Mode: a.Mode, Replay: a.Replay, Window: a.Window}
	for _, source := range a.Keys {
		key, known := l.keys[source.At]
		if !known {
			key = l.key(source)
			l.keys[source.At] = key
		}
		ring.Keys = append(ring.Keys, key)
	}
	return ring
}

// key reads one key, or reports why it cannot be.
func (l *loader) key(source config.KeySource) vrrp.Key {
	secret, wrong := l.content(source)
	if wrong == nil {
		key, err := newKey(source, secret)
		if err == nil {
			return key
		}
		wrong = &mistake{err.Error(), freshKey}
		if name := l.file(source); name != "" {
			wrong.what = "in " + name + ": " + wrong.what
		}
	}
	l.problems = append(l.problems, source.At.Problem(wrong.cure, "key %d: %s", source.ID, wrong.what))
	return vrrp.Key{}
}

func newKey(source config.KeySource, secret string) (vrrp.Key, error) {
	data, err := config.KeyBytes(source.Kind, secret)
	if err != nil {
		return vrrp.Key{}, err
	}
	return vrrp.NewKey(source.ID, data)
}

// content returns the text of a key: what follows its prefix, or what is in its file.
func (l *loader) content(source config.KeySource) (string, *mistake) {
	switch file := l.file(source); {
	case file != "":
		return read(file)
	case source.Kind == config.KeyCredential:
		return "", &mistake{"$CREDENTIALS_DIRECTORY is not set, so there are no credentials", "run aloft as a unit of systemd, with LoadCredential=" + string(source.Value) + ":/PATH"}
	}
	return string(source.Value), nil
}

// file is the file that a key is in; empty if it is in none.
func (l *loader) file(source config.KeySource) string {
	switch {
	case source.Kind == config.KeyFile:
		return string(source.Value)
	case source.Kind == config.KeyCredential && l.credentials != "":
		return filepath.Join(l.credentials, string(source.Value))
	}
	return ""
}
