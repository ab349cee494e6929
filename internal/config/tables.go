package config

import "sync"

// tables are all tables of keys. Nothing changes them once they are made.
type tables struct {
	file            *table[draft]
	nodeEntry       *table[nodeDraft]
	all             *table[settings] // a router's and per_node's together, for inheritance and defaults
	router          *table[settings]
	node            *table[settings]
	address         *table[addressSettings]
	addressDefaults addressSettings
	subjects        subjectTables
	tracker         *table[trackerSettings]
	trackerDefaults trackerSettings
	command         *table[commandSettings]
	notify          *table[notifySettings]
	notifyDefaults  notifySettings
	service         *table[serviceSettings]
	serviceDefaults serviceSettings
	group           *table[groupSettings]
	scripts         *table[scriptsSettings]
	auth            *table[authSettings]
	authDefaults    authSettings
}

// sharedTables are the tables that every file is read by: to make them takes longer than to read a small file.
var sharedTables = sync.OnceValue(newTables)

func newTables() tables {
	all := newTable("a router", routerFields())
	t := tables{
		file:      newTable("the file", fileFields()),
		nodeEntry: newTable("a node", nodeFields()),
		all:       all,
		router:    all.at("a router", inRouter),
		node:      all.at("per_node", inNode),
		address:   newTable("an address", addressFields()),
		subjects:  newSubjectTables(),
		command:   newTable("a command", commandFields()),
		notify:    newTable("notify", notifyFields()),
		service:   newTable("a service", serviceFields()),
		group:     newTable("a group", groupFields()),
		scripts:   newTable("scripts", scriptsFields()),
		auth:      newTable("authentication", authFields()),
	}
	t.tracker = newTable("a tracker", trackerFields(&t.subjects))
	t.addressDefaults = t.address.defaults()
	t.trackerDefaults = t.tracker.defaults()
	t.notifyDefaults = t.notify.defaults()
	t.serviceDefaults = t.service.defaults()
	t.authDefaults = t.auth.defaults()
	return t
}
