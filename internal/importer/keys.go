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
}

// settingKeys are the keys in the order they are written.
var settingKeys = []settingKey{
	{"addresses", "", func(s *Settings) string { return flowList(addressItems(s.Addresses)) }},
	{"interface", "", func(s *Settings) string { return word(s.Interface) }},
	{"auto_failback", "true", func(s *Settings) string { return unless(s.NoFailback, "false") }},
	{"advert_interval", "1s", func(s *Settings) string { return span(s.AdvertInterval) }},
	{"down_adverts", "3", func(s *Settings) string { return whole(s.DownAdverts) }},
	{"transport", "multicast", func(s *Settings) string { return unless(s.Transport != 0, s.Transport.String()) }},
	{"source_address", "", func(s *Settings) string { return address(s.SourceAddress) }},
	{"min_ttl", "", func(s *Settings) string { return whole(s.MinTTL) }},
	{"checksum", "auto", func(s *Settings) string { return unless(s.Checksum != 0, s.Checksum.String()) }},
	{"preempt_delay", "0s", func(s *Settings) string { return span(s.PreemptDelay) }},
	{"startup_delay", "0s", func(s *Settings) string { return span(s.StartupDelay) }},
	{"link_up_delay", "0s", func(s *Settings) string { return span(s.LinkUpDelay) }},
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
		var keys []string
		add := func(name, value string) {
			if value != "" {
				keys = append(keys, name+": "+value)
			}
		}
		add("interface", word(a.Interface))
		add("label", word(a.Label))
		add("scope", word(a.Scope))
		add("advertise", unless(a.Silent, "false"))
		add("source", unless(a.Source, "true"))
		item := word(text)
		if len(keys) > 0 {
			item = "{address: " + item + ", " + strings.Join(keys, ", ") + "}"
		}
		items = append(items, item)
	}
	return items
}

func flowList(items []string) string {
	if len(items) == 0 {
		return ""
	}
	return "[" + strings.Join(items, ", ") + "]"
}
