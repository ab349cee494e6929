package importer

import (
	"strconv"
	"strings"

	"github.com/aloft-ha/aloft/internal/config"
)

// RouterName makes a name that aloft takes for a router of any text; it is empty if nothing of the text can stay.
func RouterName(s string) string { return cleanName(s, config.MaxRouterName) }

// NodeName makes a name that aloft takes for a node of any text; it is empty if nothing of the text can stay.
func NodeName(s string) string { return cleanName(s, config.MaxNodeName) }

// cleanName keeps letters, digits, dot, dash and underscore, and puts one underscore for whatever else there is.
func cleanName(s string, longest int) string {
	var out strings.Builder
	gap := false
	for _, r := range s {
		if letter(r) || r >= '0' && r <= '9' || r == '.' || r == '-' || r == '_' {
			if gap && out.Len() > 0 {
				out.WriteByte('_')
			}
			gap = false
			out.WriteRune(r)
			continue
		}
		gap = true
	}
	name := strings.TrimLeft(out.String(), "-.")
	return name[:min(len(name), longest)]
}

// Names gives each thing a name of its own. The zero Names is ready.
type Names struct{ taken map[string]bool }

// Unique returns the name, or the name with the first free number behind it, and takes it. Case makes no difference,
// as for the names of nodes.
func (n *Names) Unique(name string) string {
	if n.taken == nil {
		n.taken = make(map[string]bool)
	}
	free := name
	for i := 2; n.taken[strings.ToLower(free)]; i++ {
		suffix := "-" + strconv.Itoa(i)
		free = name[:min(len(name), config.MaxRouterName-len(suffix))] + suffix
	}
	n.taken[strings.ToLower(free)] = true
	return free
}
