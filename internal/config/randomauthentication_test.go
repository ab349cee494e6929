package config

import (
	"fmt"
	"strings"

	"pgregory.net/rapid"
)

// randomAuthentication draws a valid value of a type that authentication has, or returns nil if it is none of these.
func randomAuthentication(t *rapid.T, typ string) any {
	switch typ {
	case "a mapping of the keys of authentication, or off":
		switch rapid.IntRange(0, 2).Draw(t, "authentication") {
		case 0:
			return "off"
		case 1:
			return map[string]any{"pass": randomAuthentication(t, "a password")}
		}
		keys := randomKeys(t, randomTables.auth)
		delete(keys, "pass")
		sources := randomAuthentication(t, "a mapping from number to key").(map[string]any)
		keys["keys"] = sources
		delete(keys, "active")
		for id := range sources { // any of them
			var number int
			_, _ = fmt.Sscan(id, &number)
			keys["active"] = number
		}
		return keys
	case "a password":
		return rapid.SampledFrom([]any{"secret", 1111, true, 1.5, "a b", "ümlaut", "longer than eight"}).Draw(t, "pass")
	case "a mapping from number to key":
		sources := map[string]any{}
		for range rapid.IntRange(1, 3).Draw(t, "keys") {
			sources[fmt.Sprint(rapid.IntRange(1, 255).Draw(t, "number"))] = randomSource(t)
		}
		return sources
	}
	return nil
}

// randomSource draws a valid key.
func randomSource(t *rapid.T) string {
	return rapid.SampledFrom([]string{
		"file:/etc/aloft/keys/web", "file:/a b", "credential:web", "credential:a.b",
		"hex:" + strings.Repeat("0aF", 22), "hex:" + strings.Repeat("ff", 64),
		"text:" + strings.Repeat("x", 32), "text: " + strings.Repeat("ä:", 20),
	}).Draw(t, "source")
}
