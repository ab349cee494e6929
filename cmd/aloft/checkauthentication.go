package main

import (
	"fmt"

	"github.com/aloft-ha/aloft/internal/config"
	"github.com/aloft-ha/aloft/vrrp"
)

// What check shows of authentication: all but the secrets, of which it says where they come from.
type (
	authenticationJSON struct {
		Password bool      `json:"password"` // of version 2; there are no keys then
		Keys     []keyJSON `json:"keys"`
		Active   uint8     `json:"active,omitempty"`
		Mode     string    `json:"mode,omitempty"`
		Replay   string    `json:"replay,omitempty"`
		Window   float64   `json:"window_seconds,omitempty"`
	}
	keyJSON struct {
		Number uint8  `json:"number"`
		Source string `json:"source"`
	}
)

// authenticationOf returns nil where there is none.
func authenticationOf(a *config.Authentication) *authenticationJSON {
	if a.Pass != "" {
		return &authenticationJSON{Password: true, Keys: []keyJSON{}}
	}
	if len(a.Keys) == 0 {
		return nil
	}
	out := &authenticationJSON{Active: a.Active, Mode: a.Mode.String(), Replay: a.Replay.String(), Window: a.Window.Seconds()}
	for _, k := range a.Keys {
		out.Keys = append(out.Keys, keyJSON{k.ID, k.Kind.String()})
	}
	return out
}

// authenticationWords says how adverts are authenticated, in the words of the file.
func authenticationWords(a *config.Authentication) []string {
	if a.Pass != "" {
		return []string{"a password in clear"}
	}
	var words []string
	for _, k := range a.Keys {
		word := fmt.Sprintf("key %d from %s", k.ID, k.Kind)
		if k.ID == a.Active && a.Mode != vrrp.AuthReceiveOnly {
			word += " signs"
		}
		words = append(words, word)
	}
	if words == nil {
		return nil
	}
	words = append(words, a.Mode.String(), "replay "+a.Replay.String())
	if a.Replay == vrrp.ReplayTime {
		words = append(words, "window "+config.Spell(a.Window))
	}
	return words
}

// versionWords names the version of VRRP, where it is not the usual one.
func versionWords(v vrrp.Version) []string {
	if v == vrrp.Version3 {
		return nil
	}
	return []string{v.String()}
}
