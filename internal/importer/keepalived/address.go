package keepalived

import (
	"net/netip"
	"strconv"
	"strings"

	"github.com/aloft-ha/aloft/internal/importer"
)

// readAddresses reads the lines of a virtual_ipaddress block.
func readAddresses(src *source, s *statement) []floating {
	src.spare(s, s.args())
	var list []floating
	for _, entry := range s.block {
		src.leaf(entry)
		prefix, ok := parsePrefix(entry.keyword())
		if !ok {
			src.note(entry, importer.Broken, "", "%s: %s is no IP address", s.keyword(), strconv.Quote(entry.name()))
			continue
		}
		f := floating{Address: importer.Address{Prefix: prefix}, at: entry}
		// With a shorter prefix keepalived leaves an IPv6 address valid as the host's source, with /128 it does not.
		f.Source = prefix.Addr().Is6() && !prefix.IsSingleIP() && !prefix.Addr().IsLinkLocalUnicast()
		if readAddressOptions(src, &f) {
			list = append(list, f)
		}
	}
	return list
}

// parsePrefix reads an address, whose prefix is all of it unless it is written.
func parsePrefix(text string) (netip.Prefix, bool) {
	host, length, cut := strings.Cut(text, "/")
	a, err := netip.ParseAddr(host)
	if err != nil || a.Zone() != "" || a.Is4In6() {
		return netip.Prefix{}, false
	}
	bits := a.BitLen()
	if cut {
		n, err := strconv.Atoi(length)
		if err != nil || n < 0 || n > bits {
			return netip.Prefix{}, false
		}
		bits = n
	}
	return netip.PrefixFrom(a, bits), true
}

// addressFlags are words of an address line that stand alone, with what to say about them.
var addressFlags = map[string]string{
	"home":          "",
	"-nodad":        "aloft never waits for duplicate address detection",
	"mngtmpaddr":    "",
	"noprefixroute": "",
	"autojoin":      "",
	"no_track":      "aloft puts an address back that somebody removes",
	"use_vmac":      "aloft uses the interface's own MAC address",
}

// readAddressOptions reads what stands behind an address. It is not ok when keepalived leaves the address out for it.
func readAddressOptions(src *source, f *floating) (ok bool) {
	args, ok := f.at.args(), true
	var spare []string
	lost := func(n int, instead string) {
		src.note(f.at, importer.Dropped, instead, "%s: %s", f.at.keyword(), strings.Join(args[:n], " "))
		args = args[n:]
	}
	for len(args) > 0 {
		if instead, ok := addressFlags[args[0]]; ok {
			lost(1, instead)
			continue
		}
		if len(args) == 1 {
			break
		}
		switch args[0] {
		case "dev":
			f.Interface = args[1]
		case "label":
			ok = readLabel(src, f, args[1])
		case "scope":
			readScope(src, f, args[1])
		case "brd", "broadcast":
			lost(2, "aloft sets no broadcast address; nothing that is in use today needs one")
			continue
		case "peer":
			lost(2, "aloft has no point-to-point addresses")
			continue
		case "preferred_lft":
			if args[1] != "0" && args[1] != "forever" {
				lost(2, "aloft leases addresses itself")
				continue
			}
			f.Source = f.Source && args[1] == "forever"
		default:
			spare, args = append(spare, args[0]), args[1:]
			continue
		}
		args = args[2:]
	}
	src.spare(f.at, append(spare, args...))
	return ok
}

// readLabel takes a label where the kernel would.
func readLabel(src *source, f *floating, label string) bool {
	switch {
	case f.Prefix.Addr().Is6():
		src.note(f.at, importer.Broken, "only IPv4 addresses have a label", "%s: label %s", f.at.keyword(), clip(label))
	case len(label) > 15:
		src.note(f.at, importer.Broken, "add the address, without the label", "%s: keepalived leaves it out, since the label %s has more than 15 letters", f.at.keyword(), clip(label))
		return false
	default:
		f.Label = label
	}
	return true
}

// scopes are the names of rtnetlink's scopes and the numbers behind them.
var scopes = map[string]string{
	"global": "", "0": "", "site": "site", "200": "site", "link": "link", "253": "link", "host": "host", "254": "host",
}

func readScope(src *source, f *floating, scope string) {
	known, ok := scopes[scope]
	if !ok || f.Prefix.Addr().Is6() && known != "" {
		src.note(f.at, importer.Dropped, "the scope is global, site, link or host, and of IPv4 addresses only", "%s: scope %s", f.at.keyword(), clip(scope))
		return
	}
	if f.Prefix.Addr().Is4() {
		f.Scope = known
	}
}
