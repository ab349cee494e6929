package config

// putAuthentication adds the version and the authentication of an instance to what a golden file has of it. Secrets print
// as they do everywhere.
func putAuthentication(m map[string]any, i *Instance) {
	put(m, "version", i.Version)
	a := i.Authentication
	put(m, "pass", a.Pass)
	if len(a.Keys) == 0 {
		return
	}
	keys := make(map[uint8]string)
	for _, k := range a.Keys {
		keys[k.ID] = k.Kind.String() + ":" + k.Value.String()
	}
	m["keys"] = map[string]any{
		"keys": keys, "active": a.Active, "mode": a.Mode.String(), "replay": a.Replay.String(), "window": a.Window.String(),
	}
}
