package config

import (
	"fmt"
	"net/netip"

	"gopkg.in/yaml.v3"
)

// How many addresses an advert carries at an MTU of 1500: the count field is the limit of IPv4 (RFC 9568 section
// 5.2.5), the packet's size that of IPv6.
const (
	maxAdvertised4 = 255
	maxAdvertised6 = 89
)

// maxAddresses bounds the list of one router.
const maxAddresses = 1024

// floating is one floating address with the place it stands at.
type floating struct {
	Address
	at value
}

// addressSettings are the keys of an address that is written as a mapping.
type addressSettings struct {
	address   setting[netip.Prefix]
	iface     setting[string]
	label     setting[string]
	scope     setting[Scope]
	advertise setting[bool]
	source    setting[bool]
}

func addressFields() []field[addressSettings] {
	type A = addressSettings
	return []field[A]{
		key("address", prefixed(), func(a *A) *setting[netip.Prefix] { return &a.address },
			"the floating address; its prefix is /32 or /128 unless it is written", must[A], example[A]("192.0.2.101", inRouter|inNode)),
		key("interface", linkName(), func(a *A) *setting[string] { return &a.iface },
			"the interface it is put on, if not the router's", example[A]("eth1", inRouter|inNode)),
		key("label", label(), func(a *A) *setting[string] { return &a.label },
			"the label that ifconfig shows; IPv4 only", example[A](`"eth0:1"`, inRouter|inNode)),
		key("scope", oneOf(ScopeGlobal, ScopeSite, ScopeLink, ScopeHost), func(a *A) *setting[Scope] { return &a.scope },
			"how far the address is valid, as in ip address; IPv4 only", example[A]("link", inRouter|inNode)),
		key("advertise", truth(), func(a *A) *setting[bool] { return &a.advertise },
			"whether adverts carry it; false for an address that moves along in silence", fallback[A]("true")),
		key("source", truth(), func(a *A) *setting[bool] { return &a.source },
			"whether the host may choose it as the source of its own connections; IPv6 only", fallback[A]("false")),
	}
}

// addressList reads the floating addresses of a router. The list is kept as far as it is right.
func addressList() kind[[]floating] {
	entry := orMapping(prefixed().schema, newTable("an address", addressFields()))
	list := listOf(entry, 1, maxAddresses)
	list.UniqueItems = true
	return kind[[]floating]{
		typ: "a list of addresses", limits: fmt.Sprintf("1 to %d", maxAddresses), schema: list, read: readAddresses,
	}
}

func readAddresses(w *walker, v value) ([]floating, bool) {
	items, ok := w.items(v, "a list of addresses", maxAddresses)
	if !ok {
		return nil, false
	}
	if len(items) == 0 {
		w.report(v, "", "%s is empty", v.name)
		return nil, false
	}
	var list []floating
	first := make(map[netip.Addr]value, len(items))
	for _, item := range items {
		f, good := w.readFloating(item)
		if !good {
			ok = false
			continue
		}
		if earlier, twice := first[f.Prefix.Addr()]; twice {
			w.report(f.at, "it is already in "+lineOf(earlier), "the address %s stands twice", f.Prefix.Addr())
			continue
		}
		first[f.Prefix.Addr()] = f.at
		list = append(list, f)
	}
	w.limitAdvertised(list)
	return list, ok
}

// lineOf says on which line a value stands.
func lineOf(v value) string {
	if v.node == nil {
		return "the file"
	}
	return fmt.Sprintf("line %d", v.node.Line)
}

// readFloating reads one entry of addresses, a string or a mapping.
func (w *walker) readFloating(v value) (floating, bool) {
	var s addressSettings
	switch {
	case v.node.Kind == yaml.MappingNode && colonAtEnd(v.node):
		w.report(v, "put it in quotes: "+quote(v.node.Content[0].Value+":"), "YAML takes an address that ends in a colon for a key")
		return floating{}, false
	case v.node.Kind == yaml.MappingNode:
		if !fill(w, v, w.tables.address, &s) || !demand(w, v, w.tables.address, &s, "the entry") {
			return floating{}, false
		}
	default:
		s.address.at = v
		p, ok := prefixed().read(w, v)
		if !ok {
			return floating{}, false
		}
		s.address.value, s.address.state = p, present
	}
	if !s.address.ok() {
		return floating{}, false
	}
	w.familyOnly(&s)
	w.tables.address.inherit(&s, &w.tables.addressDefaults)
	f := floating{at: s.address.at, Address: Address{
		Prefix: s.address.value, Interface: s.iface.value, Label: s.label.value, Scope: s.scope.value,
		Advertise: s.advertise.value || s.advertise.state == broken, Source: s.source.value,
	}}
	if !s.scope.ok() && f.Prefix.Addr().IsLinkLocalUnicast() {
		f.Scope = ScopeLink
	}
	return f, true
}

// familyOnly reports the keys that make sense for the other family only.
func (w *walker) familyOnly(s *addressSettings) {
	if s.address.value.Addr().Is4() {
		if s.source.ok() && s.source.value {
			w.report(s.source.at, "remove it", "source is for IPv6 addresses: the kernel may always choose this one")
		}
		return
	}
	if s.label.ok() {
		w.report(s.label.at, "remove it", "only IPv4 addresses have a label")
	}
	if s.scope.ok() {
		w.report(s.scope.at, "remove it", "the scope of an IPv6 address follows from the address")
	}
}

// colonAtEnd recognises "2001:db8::" in a list without quotes, which YAML reads as a mapping.
func colonAtEnd(n *yaml.Node) bool {
	if len(n.Content) != 2 || !null(n.Content[1]) {
		return false
	}
	_, err := netip.ParseAddr(n.Content[0].Value + ":")
	return err == nil
}

// limitAdvertised makes the addresses that do not fit an advert unadvertised, and says so once for each family.
func (w *walker) limitAdvertised(list []floating) {
	counts, limits := [2]int{}, [2]int{maxAdvertised4, maxAdvertised6}
	for i := range list {
		family := 0
		if list[i].Prefix.Addr().Is6() {
			family = 1
		}
		if !list[i].Advertise {
			continue
		}
		counts[family]++
		if counts[family] <= limits[family] {
			continue
		}
		list[i].Advertise = false
		if counts[family] == limits[family]+1 {
			w.warn(list[i].at, "write advertise: false, or make two routers of it",
				"an advert carries at most %d %s addresses: this one and those after it move along without being advertised",
				limits[family], [2]string{"IPv4", "IPv6"}[family])
		}
	}
}
