package heartbeat

import (
	"github.com/aloft-ha/aloft/internal/importer"
)

// fate is what becomes of a resource that is no address.
type fate struct {
	kind    importer.Kind
	why     string
	instead string
}

var (
	service = fate{
		importer.Later, "this version of aloft starts and stops no services",
		"let it run on every node all the time; to listen on an address that is elsewhere, set net.ipv4.ip_nonlocal_bind=1",
	}
	storage = fate{
		importer.Dropped, "aloft moves no storage",
		"data that only one node may use needs a cluster manager that fences (Pacemaker); aloft moves addresses only",
	}
	alarm = fate{
		importer.Later, "this version of aloft has no notify",
		"until then let what monitors the machines watch the log of aloft run",
	}
)

// fates are those of the scripts that are known and are no services of their own.
var fates = map[string]fate{
	"Filesystem": storage,
	"LVM":        storage,
	"LinuxSCSI":  storage,
	"Raid1":      storage,
	"ServeRAID":  storage,
	"datadisk":   storage,
	"drbddisk":   storage,
	"drbdupper":  storage,
	"fsrecover":  storage,
	"ids":        storage,

	"AudibleAlarm": alarm,
	"MailTo":       alarm,
	"WinPopup":     alarm,

	"Delay":     {importer.Dropped, "there is nothing to wait for", ""},
	"SendArp":   {importer.Dropped, "every takeover announces its addresses", ""},
	"portblock": {importer.Dropped, "the departing node keeps the addresses until its successor has them", ""},
	"IPsrcaddr": {
		importer.Dropped, "aloft does not touch the default route",
		"set the source of the host's own connections with it: ip route replace default via GATEWAY src ADDRESS",
	},
	"LVSSyncDaemonSwap": {
		importer.Later, "this version of aloft starts and stops no services",
		"let ipvsadm --start-daemon run in both roles on every node",
	},
}

// noteService says what becomes of a resource that is no address. Its arguments are not repeated: they may be secret.
func noteService(r resource, n *notebook) {
	f, known := fates[r.script]
	if !known {
		f = service
	}
	n.add(r.line, f.kind, f.instead, "%s is left out: %s", quote(r.script), f.why)
}
