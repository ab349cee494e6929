package lab

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/aloft-ha/aloft/vrrp"
)

// Authentication is how the nodes of a cluster authenticate their adverts, if it is not zero: by a password, or by keys.
type Authentication struct {
	Pass string // of version 2

	Keys   map[uint8]string // hexadecimal digits, by the number of the key
	Active uint8            // the number of the one that signs
	Mode   vrrp.AuthMode
}

// yaml returns it as a line of a router in aloft's file; empty for none.
func (a Authentication) yaml() string {
	switch {
	case a.Pass != "":
		return fmt.Sprintf("authentication: {pass: %q}", a.Pass)
	case len(a.Keys) == 0:
		return ""
	}
	var keys []string
	for _, id := range slices.Sorted(maps.Keys(a.Keys)) {
		keys = append(keys, fmt.Sprintf("%d: hex:%s", id, a.Keys[id]))
	}
	return fmt.Sprintf("authentication: {keys: {%s}, active: %d, mode: %s}", strings.Join(keys, ", "), a.Active, a.Mode)
}

// keepalived returns it as the block of an instance; empty for none. Keys need keepalived 2.4.2.
func (a Authentication) keepalived() string {
	switch {
	case a.Pass != "":
		return fmt.Sprintf("    authentication {\n        auth_type PASS\n        auth_pass %s\n    }\n", a.Pass)
	case len(a.Keys) == 0:
		return ""
	}
	var b strings.Builder
	b.WriteString("    auth_hmac {\n")
	for _, id := range slices.Sorted(maps.Keys(a.Keys)) {
		fmt.Fprintf(&b, "        key %d hex:%s\n", id, a.Keys[id])
	}
	fmt.Fprintf(&b, "        active_key %d\n        mode %s\n    }\n", a.Active, a.Mode)
	return b.String()
}
