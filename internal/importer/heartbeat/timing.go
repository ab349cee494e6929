package heartbeat

import (
	"fmt"
	"time"

	"github.com/aloft-ha/aloft/internal/config"
	"github.com/aloft-ha/aloft/internal/importer"
	"github.com/aloft-ha/aloft/vrrp"
)

// heartbeat's defaults.
const (
	defaultKeepalive = time.Second
	defaultDeadtime  = 30 * time.Second
)

// complete gives each timer that is not written heartbeat's default.
func (t *times) complete() {
	fill := func(timer *timer, value time.Duration) {
		if timer.line == 0 {
			timer.value = value
		}
	}
	fill(&t.keepalive, defaultKeepalive)
	fill(&t.deadtime, defaultDeadtime)
	fill(&t.warntime, t.deadtime.value/2)
	fill(&t.deadping, t.deadtime.value)
	initdead := 2 * t.deadtime.value
	switch {
	case t.deadtime.value > 10*time.Second:
		initdead = t.deadtime.value
	case t.deadtime.value < 6*time.Second:
		initdead = 12 * time.Second
	}
	fill(&t.initdead, initdead)
}

// check finds the times that heartbeat does not start with.
func (t *times) check(n *notebook) {
	if t.keepalive.value == 0 {
		n.refuse(t.keepalive.line, "write keepalive 1", "keepalive is 0, and heartbeat does not start with it")
		return
	}
	if t.warntime.line > 0 && t.warntime.value == 0 {
		n.refuse(t.warntime.line, "", "warntime is 0, and heartbeat does not start with it")
	}
	least := 2 * t.keepalive.value
	if t.deadtime.value <= least {
		n.refuse(max(t.deadtime.line, t.keepalive.line), "make it three times keepalive at least",
			"deadtime is %s, and heartbeat does not start unless it is more than twice keepalive (%s)", config.Spell(t.deadtime.value), config.Spell(t.keepalive.value))
	}
	if t.deadping.line > 0 && t.deadping.value <= least {
		n.refuse(t.deadping.line, "", "deadping is %s, and heartbeat does not start unless it is more than twice keepalive (%s)",
			config.Spell(t.deadping.value), config.Spell(t.keepalive.value))
	}
	if t.initdead.value < t.deadtime.value {
		n.refuse(t.initdead.line, "", "initdead is %s, and heartbeat does not start unless it is at least deadtime (%s)",
			config.Spell(t.initdead.value), config.Spell(t.deadtime.value))
	}
}

// step is the unit of a VRRP interval.
var (
	step        = vrrp.MinInterval.Duration()
	maxInterval = vrrp.MaxInterval.Duration()
)

// interval returns what keepalive comes to: a whole number of centiseconds, as many as the protocol can say.
func (t *times) interval(n *notebook) time.Duration {
	d := t.keepalive.value
	rounded := min(max(d.Round(step), step), maxInterval)
	if rounded != d {
		n.add(t.keepalive.line, importer.Changed, "", "keepalive %s becomes advert_interval: %s: VRRP counts in steps of %s up to %s",
			config.Spell(d), config.Spell(rounded), config.Spell(step), config.Spell(maxInterval))
	}
	return rounded
}

// downAdverts returns how many adverts fit into deadtime: so many may be lost before another node takes over. It is
// rounded up, so that no node is given up sooner than heartbeat would have, but for a deadtime of more adverts than aloft
// counts. A note says the time that comes of it.
func (t *times) downAdverts(interval time.Duration, n *notebook) int {
	count := int((t.deadtime.value + interval - 1) / interval)
	count = max(config.MinDownAdverts, min(count, config.MaxDownAdverts))
	takeover := time.Duration(count) * interval
	differs := ""
	if takeover != t.deadtime.value {
		differs = fmt.Sprintf(", which is %s of adverts every %s", config.Spell(takeover), config.Spell(interval))
	}
	switch {
	case t.deadtime.line == 0:
		n.add(0, importer.Chosen, "aloft's own default, down_adverts: 3, takes over sooner",
			"no deadtime is written, and heartbeat waits %s: down_adverts is %d%s", config.Spell(t.deadtime.value), count, differs)
	case differs != "":
		n.add(t.deadtime.line, importer.Changed, "", "deadtime %s becomes down_adverts: %d%s",
			config.Spell(t.deadtime.value), count, differs)
	}
	return count
}

// noteStart says what becomes of the times that have no key of their own.
//
// initdead is not made a startup_delay: heartbeat waits for it only while it hears nobody, and startup_delay would keep a
// node that restarts from standing in although the other one is there. A node of aloft listens for a whole takeover
// before it serves, and gives way when a better one is heard later.
func (t *times) noteStart(takeover time.Duration, n *notebook) {
	rest := (t.initdead.value - takeover).Truncate(time.Second)
	switch {
	case t.initdead.line == 0:
	case rest > 0:
		n.add(t.initdead.line, importer.Changed, "if the network of a booting node needs longer, write link_up_delay, or startup_delay: "+config.Spell(rest),
			"initdead %s is left out: a node listens for a whole takeover (%s) after its start, and gives way if a better one is heard later",
			config.Spell(t.initdead.value), config.Spell(takeover))
	default:
		n.add(t.initdead.line, importer.Dropped, "", "initdead %s is left out: a node listens for a whole takeover (%s) after its start anyway",
			config.Spell(t.initdead.value), config.Spell(takeover))
	}
	if t.warntime.line > 0 {
		n.add(t.warntime.line, importer.Later, "", "warntime %s is left out: this version of aloft does not warn of adverts that are late and not lost", config.Spell(t.warntime.value))
	}
}
