package heartbeat

import (
	"github.com/aloft-ha/aloft/internal/importer"
)

// services are the scripts that came with heartbeat and are no addresses, with what to do without them.
var services = map[string]string{
	"AudibleAlarm": alarm,
	"MailTo":       alarm,
	"WinPopup":     alarm,

	"Filesystem":        storage,
	"LVM":               storage,
	"LinuxSCSI":         storage,
	"Raid1":             storage,
	"ServeRAID":         storage,
	"datadisk":          storage,
	"drbddisk":          storage,
	"drbdupper":         storage,
	"ids":               storage,
	"nfs-common":        storage,
	"nfs-server":        storage,
	"nfs":               storage,
	"nfslock":           storage,
	"fsrecover":         storage,
	"Delay":             "leave it out: nothing is waited for",
	"portblock":         "leave it out: the addresses stay on the node that departs until its successor has them",
	"SendArp":           "leave it out: every takeover announces its addresses",
	"IPsrcaddr":         "set the source of the host's own connections with a route: ip route replace default via GATEWAY src ADDRESS",
	"ldirectord":        "let ldirectord run on every node all the time",
	"Xinetd":            "let the service listen on every node all the time",
	"LVSSyncDaemonSwap": "let ipvsadm --start-daemon run in both roles on every node",
}

const (
	alarm   = "watch the log of aloft run, or what monitors the machines, until a version has notify"
	storage = "data that only one node may use needs a cluster manager that fences (Pacemaker); aloft moves addresses only"
	always  = "let it run on every node all the time; to listen on an address that is elsewhere, set net.ipv4.ip_nonlocal_bind=1"
)

// noteService says what becomes of a resource that is no address. Its arguments are not repeated: they may be secret.
func noteService(r resource, n *notebook) {
	instead, known := services[r.script]
	switch {
	case !known:
		instead = always
	case instead == storage:
		n.add(r.line, importer.Dropped, instead, "%s is left out: aloft moves no storage", quote(r.script))
		return
	}
	n.add(r.line, importer.Later, instead, "%s is left out: this version of aloft starts and stops no services", quote(r.script))
}
