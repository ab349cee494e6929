package importer

import (
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/aloft-ha/aloft/internal/config"
)

// settingKey is a key of a router that may be another one on each node.
type settingKey struct {
	name     string
	fallback string                 // what says aloft's default; empty if only leaving the key out does
	flow     func(*Settings) string // the value on one line; empty if the key is left out
	block    *block                 // how a value that is long is written; nil: on one line all the same
}

// block is how a value is written on lines of their own.
type block struct {
	lines func(*Settings) []string
	wide  bool // also a short value, if one of its parts has keys
}

// settingKeys are the keys in the order they are written.
var settingKeys = []settingKey{
	{"addresses", "", func(s *Settings) string { return flowList(addressItems(s.Addresses)) }, &block{
		func(s *Settings) []string { return dashed(addressItems(s.Addresses)) }, true,
	}},
	{"interface", "", func(s *Settings) string { return word(s.Interface) }, nil},
	{"auto_failback", "true", func(s *Settings) string { return unless(s.NoFailback, "false") }, nil},
	{"advert_interval", "1s", func(s *Settings) string { return span(s.AdvertInterval) }, nil},
	{"down_adverts", "3", func(s *Settings) string { return whole(s.DownAdverts) }, nil},
	{"transport", "multicast", func(s *Settings) string { return unless(s.Transport != 0, s.Transport.String()) }, nil},
	{"source_address", "", func(s *Settings) string { return address(s.SourceAddress) }, nil},
	{"min_ttl", "", func(s *Settings) string { return whole(s.MinTTL) }, nil},
	{"checksum", "auto", func(s *Settings) string { return unless(s.Checksum != 0, s.Checksum.String()) }, nil},
	{"version", "3", func(s *Settings) string { return unless(s.Version != 0, s.Version.String()) }, nil},
	{"authentication", "off", func(s *Settings) string { return flowMap(authentication(&s.Authentication)) }, &block{
		func(s *Settings) []string { return authentication(&s.Authentication) }, false,
	}},
	{"preempt_delay", "0s", func(s *Settings) string { return span(s.PreemptDelay) }, nil},
	{"startup_delay", "0s", func(s *Settings) string { return span(s.StartupDelay) }, nil},
	{"link_up_delay", "0s", func(s *Settings) string { return span(s.LinkUpDelay) }, nil},
	{"track", "[]", func(s *Settings) string { return flowList(trackItems(s.Track)) }, &block{
		func(s *Settings) []string { return dashed(trackItems(s.Track)) }, false,
	}},
	{"notify", "", func(s *Settings) string { return flowMap(notifyEntries(s.Notify)) }, &block{
		func(s *Settings) []string { return notifyEntries(s.Notify) }, false,
	}},
	{"services", "[]", func(s *Settings) string { return flowList(serviceItems(s.Services)) }, &block{
		func(s *Settings) []string { return serviceLines(s.Services) }, true,
	}},
}

// unless returns the text of a key that is not at its default.
func unless(set bool, text string) string {
	if set {
		return text
	}
	return ""
}

func whole(n int) string { return unless(n != 0, strconv.Itoa(n)) }

func address(a netip.Addr) string {
	if !a.IsValid() {
		return ""
	}
	return word(a.String())
}

// span writes a duration, and nothing for none.
func span(d time.Duration) string {
	if d == 0 {
		return ""
	}
	return config.Spell(d)
}

// addressItems writes each floating address, as a string if there is nothing more to say.
func addressItems(list []Address) []string {
	var items []string
	for _, a := range list {
		text := a.Prefix.String()
		if a.Prefix.IsSingleIP() {
			text = a.Prefix.Addr().String()
		}
		var keys entries
		keys.add("address", word(text))
		keys.add("interface", word(a.Interface))
		keys.add("label", word(a.Label))
		keys.add("scope", word(a.Scope))
		keys.add("advertise", unless(a.Silent, "false"))
		keys.add("source", unless(a.Source, "true"))
		items = append(items, keys.short(word(text)))
	}
	return items
}

// entries are the keys of a mapping with their values.
type entries []string

// add adds a key that has a value.
func (e *entries) add(name, value string) {
	if value != "" {
		*e = append(*e, name+": "+value)
	}
}

// short writes the mapping on one line, and the value of its first key alone if there is no other.
func (e entries) short(alone string) string {
	if len(e) == 1 {
		return alone
	}
	return flowMap(e)
}

func flowMap(entries []string) string {
	if len(entries) == 0 {
		return ""
	}
	return "{" + strings.Join(entries, ", ") + "}"
}

func flowList(items []string) string {
	if len(items) == 0 {
		return ""
	}
	return "[" + strings.Join(items, ", ") + "]"
}

// dashed makes lines of the items of a list.
func dashed(items []string) []string {
	lines := make([]string, len(items))
	for i, item := range items {
		lines[i] = "- " + item
	}
	return lines
}
