package config

import (
	"fmt"
	"net/netip"
	"strings"
	"time"

	"gopkg.in/yaml.v3"
	"pgregory.net/rapid"
)

// Random files, in which every value is right by itself. They are drawn by what the tables say of each key, its type and
// its limits.

var (
	randomNodes  = []string{"www1", "www2", "www3"}
	randomTables = sharedTables()
)

// randomKeys draws some keys of a table, all required ones among them, with valid values.
func randomKeys[T any](t *rapid.T, table *table[T]) map[string]any {
	keys := make(map[string]any)
	for _, f := range table.fields {
		if f.required || rapid.IntRange(0, 3).Draw(t, "write "+f.name) == 0 {
			keys[f.name] = randomValue(t, f.typ, f.limits)
		}
	}
	return keys
}

// randomValue draws a valid value of a type that the tables know.
func randomValue(t *rapid.T, typ, limits string) any {
	switch typ {
	case "a number":
		var lo, hi int
		if _, err := fmt.Sscanf(limits, "%d to %d", &lo, &hi); err != nil {
			t.Fatalf("the limits %q: %v", limits, err)
		}
		return rapid.IntRange(lo, hi).Draw(t, "number")
	case "true or false":
		return rapid.Bool().Draw(t, "truth")
	case "a word":
		return rapid.SampledFrom(strings.Split(limits, ", ")).Draw(t, "word")
	case "a version":
		return rapid.SampledFrom([]any{3, "3", 2, "2", "2+3"}).Draw(t, "version")
	case "a duration":
		return randomDuration(t, limits)
	case "an interface name":
		return rapid.SampledFrom([]string{"eth0", "br-lan", "vlan.5", "wân0", "@x", "0", "..."}).Draw(t, "link")
	case "a label":
		return rapid.StringMatching(`[!-~]{1,15}`).Draw(t, "label")
	case "a name":
		return rapid.SampledFrom(randomNodes).Draw(t, "name")
	case "an IP address":
		return randomAddress(t).String()
	case "an address":
		return randomFloating(t)
	case "a list of addresses":
		return rapid.SliceOfNDistinct(rapid.Custom(randomEntry), 1, 5, addressOf).Draw(t, "addresses")
	case "a list of addresses, or a mapping from interface to list":
		list := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) string { return randomAddress(t).String() }), 0, 3).Draw(t, "own addresses")
		if rapid.Bool().Draw(t, "by interface") {
			return map[string]any{"eth0": list, "0": []string{}}
		}
		return list
	case "a list of nodes":
		return rapid.Permutation(randomNodes).Draw(t, "order")[:rapid.IntRange(1, 3).Draw(t, "serving")]
	case "a mapping from node to number":
		return randomMap(t, func() any { return randomValue(t, "a number", limits) })
	case "a mapping from node to keys":
		return randomMap(t, func() any { return randomKeys(t, randomTables.node) })
	case "a mapping of a router's keys":
		return randomKeys(t, randomTables.router)
	}
	if v := randomAuthentication(t, typ); v != nil {
		return v
	}
	if v := randomTracking(t, typ, limits); v != nil {
		return v
	}
	t.Fatalf("a type that this test does not know: %s", typ)
	return nil
}

func randomMap(t *rapid.T, value func() any) map[string]any {
	m := make(map[string]any)
	for _, name := range randomNodes[:rapid.IntRange(0, 3).Draw(t, "nodes")] {
		m[name] = value()
	}
	return m
}

// randomDuration draws a duration inside of limits like "10ms to 40.95s, in steps of 10ms", in any spelling.
func randomDuration(t *rapid.T, limits string) any {
	words := strings.Fields(strings.ReplaceAll(limits, ",", ""))
	lo, errLo := time.ParseDuration(words[0])
	hi, errHi := time.ParseDuration(words[2])
	if errLo != nil || errHi != nil {
		t.Fatalf("the limits %q", limits)
	}
	step := time.Microsecond
	switch {
	case strings.Contains(limits, "steps of 10ms"):
		step = 10 * time.Millisecond
	case strings.Contains(limits, "whole seconds"), strings.HasSuffix(limits, "steps of 1s"):
		step = time.Second
	}
	d := time.Duration(rapid.Int64Range(int64(lo/step), int64(hi/step)).Draw(t, "duration")) * step
	spellings := []any{d.String(), Spell(d), fmt.Sprint(d.Microseconds(), "us"), fmt.Sprintf("%.6fs", d.Seconds()), "+" + d.String()}
	if strings.Contains(limits, "or off") {
		spellings = append(spellings, "off")
	}
	if lo == 0 {
		spellings = append(spellings, 0, "0")
	}
	return rapid.SampledFrom(spellings).Draw(t, "spelling")
}

// randomAddress draws an address that a host can have.
func randomAddress(t *rapid.T) netip.Addr {
	if rapid.Bool().Draw(t, "IPv4") {
		b := rapid.SliceOfN(rapid.Byte(), 4, 4).Draw(t, "octets")
		b[0] = b[0]%100 + 1
		return netip.AddrFrom4([4]byte(b))
	}
	b := rapid.SliceOfN(rapid.SampledFrom([]byte{0, 0, 0, 1, 0xff}), 16, 16).Draw(t, "groups")
	b[0], b[15] = rapid.SampledFrom([]byte{0x20, 0xfe, 0xfd}).Draw(t, "first"), b[15]|1
	return netip.AddrFrom16([16]byte(b))
}

// randomFloating draws a floating address, with a prefix length or without.
func randomFloating(t *rapid.T) string {
	addr := randomAddress(t)
	if rapid.Bool().Draw(t, "bare") {
		return addr.String()
	}
	p := netip.PrefixFrom(addr, rapid.IntRange(1, addr.BitLen()).Draw(t, "bits"))
	if p.Masked().Addr() == addr || addr.Is4() && broadcast(p) == addr {
		p = netip.PrefixFrom(addr, addr.BitLen())
	}
	return p.String()
}

// randomEntry draws an entry of a router's addresses, short or long.
func randomEntry(t *rapid.T) any {
	if rapid.Bool().Draw(t, "short") {
		return randomFloating(t)
	}
	keys := randomKeys(t, randomTables.address)
	if strings.Contains(keys["address"].(string), ":") {
		delete(keys, "label")
		delete(keys, "scope")
	} else {
		delete(keys, "source")
	}
	return keys
}

// addressOf is the address of an entry, which no other entry may have.
func addressOf(entry any) string {
	text, _ := entry.(string)
	if keys, ok := entry.(map[string]any); ok {
		text = keys["address"].(string)
	}
	host, _, _ := strings.Cut(text, "/")
	return host
}

// randomFile draws a file in which every value is right by itself.
func randomFile(t *rapid.T) []byte {
	var nodes []any
	for _, name := range randomNodes {
		entry := randomKeys(t, randomTables.nodeEntry)
		entry["name"] = name
		nodes = append(nodes, entry, name+"-short")
	}
	file := map[string]any{
		"nodes":           nodes,
		"virtual_routers": map[string]any{"web": randomKeys(t, randomTables.router), "5": randomKeys(t, randomTables.router)},
	}
	if rapid.Bool().Draw(t, "defaults") {
		file["defaults"] = randomKeys(t, randomTables.router)
	}
	for _, name := range []string{"trackers", "groups", "notify", "scripts"} {
		if rapid.Bool().Draw(t, name) {
			f := randomTables.file.byName[name]
			file[name] = randomValue(t, f.typ, f.limits)
		}
	}
	data, err := yaml.Marshal(file)
	if err != nil {
		t.Fatal(err)
	}
	return data
}
