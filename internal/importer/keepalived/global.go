package keepalived

import (
	"strings"
	"time"

	"github.com/aloft-ha/aloft/internal/config"
	"github.com/aloft-ha/aloft/internal/importer"
)

// top is what may stand outside of all blocks.
var top = vocabulary[source]{
	noun: "the file",
	read: map[string]handler[source]{
		"global_defs": func(src *source, into *source, s *statement) {
			src.spare(s, s.args())
			each(src, s.block, &globalDefs, &into.global)
		},
		"vrrp_instance":            readInstance,
		"vrrp_sync_group":          readGroup,
		"interface_up_down_delays": readUpDelays,
		"vrrp_script":              readScript,
		"vrrp_track_file":          readTrackFile,
		"track_file":               readTrackFile,
		"vrrp_track_process":       readTrackProcess,
		"track_process":            readTrackProcess,
	},
	hints: topHints,
}

// globalDefs is what may stand in global_defs.
var globalDefs = vocabulary[globals]{
	noun: "global_defs",
	read: also(map[string]handler[globals]{
		"router_id": func(src *source, g *globals, s *statement) {
			src.noBlock(s)
			g.routerID, g.routerIDAt = strings.Join(s.args(), " "), s
		},
		"vrrp_version": func(src *source, g *globals, s *statement) { g.version = src.number(s, 2, 3, 2) },
		"vrrp_strict": func(src *source, g *globals, s *statement) {
			g.strict = true
			src.drop(s, judging)
		},
		"vrrp_down_timer_adverts": func(src *source, g *globals, s *statement) { g.downAdverts = src.downAdverts(s) },
		"vrrp_startup_delay":      func(src *source, g *globals, s *statement) { g.startupDelay = src.delay(s, 0, 3600) },
		"v3_checksum_as_v2":       func(src *source, g *globals, s *statement) { g.checksumAsV2 = src.truth(s) },
		"default_interface":       func(src *source, g *globals, s *statement) { g.iface, _ = src.one(s) },
		"vrrp_mcast_group4":       readGroupAddress,
		"vrrp_mcast_group6":       readGroupAddress,
		"notify_fifo":             readFIFO,
		"vrrp_notify_fifo":        readFIFO,
		"script_user":             readScriptUser,
		"enable_script_security":  func(src *source, g *globals, s *statement) { src.bare(s); g.scriptsSecure = true },
	}, func(src *source, g *globals, s *statement) {
		g.announcements = true
		src.drop(s, announcing)
	}, "vrrp_garp_master_delay", "vrrp_garp_master_repeat", "vrrp_garp_lower_prio_delay", "vrrp_garp_lower_prio_repeat",
		"vrrp_garp_master_refresh", "vrrp_garp_master_refresh_repeat", "vrrp_garp_interval", "vrrp_gna_interval",
		"vrrp_min_garp", "vrrp_garp_extra_if", "vrrp_vmac_garp_intvl"),
	hints: globalHints,
}

// readGroupAddress takes the standard multicast groups as they are; aloft has no others.
func readGroupAddress(src *source, _ *globals, s *statement) {
	group, ok := src.one(s)
	if ok && group != "224.0.0.18" && !strings.EqualFold(group, "ff02::12") {
		src.drop(s, otherGroup)
	}
}

// readUpDelays reads the delays after a link comes up.
func readUpDelays(src *source, into *source, s *statement) {
	src.spare(s, s.args())
	for _, entry := range s.block {
		src.leaf(entry)
		if len(entry.words) < 2 {
			src.note(entry, importer.Broken, "", "%s: an interface and one or two times are wanted", entry.text())
			continue
		}
		if down, ok := src.seconds(entry, entry.words[1], 0, 255); ok && down > 0 {
			src.note(entry, importer.Dropped, "aloft believes at once that a link is down", "%s: the delay of %s before a lost link counts", entry.keyword(), config.Spell(down))
		}
		if len(entry.words) < 3 {
			continue
		}
		src.spare(entry, entry.words[3:])
		if up, ok := src.seconds(entry, entry.words[2], 0, 255); ok {
			if into.global.linkUpDelays == nil {
				into.global.linkUpDelays = make(map[string]time.Duration)
			}
			into.global.linkUpDelays[entry.words[0]] = up
		}
	}
}

// readGroup reads a vrrp_sync_group.
func readGroup(src *source, into *source, s *statement) {
	if len(into.groups) >= maxInstances {
		src.drop(s, tooMany)
		return
	}
	g := &group{at: s, name: strings.Join(s.args(), " ")}
	each(src, s.block, &syncGroup, g)
	into.groups = append(into.groups, g)
	for _, name := range g.members {
		if into.groupOf[name] == nil {
			into.groupOf[name] = g
		}
	}
}

// syncGroup is what may stand in a vrrp_sync_group.
var syncGroup = vocabulary[group]{
	noun: "vrrp_sync_group",
	read: handlers(map[string]handler[group]{
		"group": func(src *source, g *group, s *statement) {
			src.spare(s, s.args())
			for _, entry := range s.block {
				src.leaf(entry)
				g.members = append(g.members, entry.words...)
			}
		},
		"sync_group_tracking_weight": func(src *source, g *group, s *statement) { src.bare(s); g.weights = true },
		"global_tracking":            func(src *source, g *group, s *statement) { src.bare(s); g.weights = true },
	}, trackHandlers(func(g *group) *[]tracked { return &g.tracked }), notifyHandlers(func(g *group) *config.Notify { return &g.notify })),
	hints: groupHints,
}
