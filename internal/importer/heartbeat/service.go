package heartbeat

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/aloft-ha/aloft/internal/config"
	"github.com/aloft-ha/aloft/internal/importer"
)

// fate is what becomes of a resource that is neither an address nor a service.
type fate struct {
	kind    importer.Kind
	why     string
	instead string
}

var (
	// Two nodes of aloft may overlap for a moment when a preferred one takes over, and nobody is fenced.
	storage = fate{
		importer.Dropped, "aloft moves no storage",
		"data that only one node may use needs a cluster manager that fences (Pacemaker); aloft moves addresses and services only",
	}
	alarm = fate{importer.Dropped, "aloft has no alarm of its own", "write notify: {any: COMMAND}, which is run on each change"}
)

// fates are those of the scripts that are known and are no services.
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
	"WinPopup":     alarm,

	"Delay":     {importer.Dropped, "there is nothing to wait for", ""},
	"SendArp":   {importer.Dropped, "every takeover announces its addresses", ""},
	"portblock": {importer.Dropped, "the departing node keeps the addresses until its successor has them", ""},
	"IPsrcaddr": {
		importer.Dropped, "aloft does not touch the default route",
		"set the source of the host's own connections with it: ip route replace default via GATEWAY src ADDRESS",
	},
}

// scriptMailTo sends mail when its group moves.
const scriptMailTo = "MailTo"

// ownScripts are scripts that heartbeat brings along, in its own folder.
var ownScripts = []string{"ICP", "LVSSyncDaemonSwap", "OCF", "WAS", "Xinetd", "apache", "db2", "hto-mapfuncs", "ldirectord"}

// The folders in which heartbeat looks for a script, in this order.
const (
	ownFolder  = "/etc/ha.d/resource.d/"
	initFolder = "/etc/init.d/"
)

// The bounds of what a script is given: with its path and its verb a command of aloft still takes it.
const (
	maxArguments = 100
	maxCommand   = 4000
)

// scriptName is what a script may be called.
var scriptName = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_.@+-]*$`)

// readResource reads a resource that is no address, into its line. Its arguments are not repeated in notes: they may be
// secret.
func (c *converter) readResource(r resource, l *line) {
	n := c.resources
	f, known := fates[r.script]
	bad := unfitScript(r)
	switch {
	case known:
		l.stored = l.stored || f == storage
		n.add(r.line, f.kind, f.instead, "%s is left out: %s", quote(r.script), f.why)
	case r.script == scriptMailTo:
		readMailTo(r, l, n)
	case bad != "":
		n.add(r.line, importer.Dropped, "make a script of it that needs no arguments", "%s is left out: %s", quote(r.script), bad)
	case len(l.services) == config.MaxServices:
		n.add(r.line, importer.Dropped, "make one script of several", "%s is left out: a router has %d services at most", quote(r.script), config.MaxServices)
	default:
		c.addService(r, l)
	}
}

// unfitScript says why a resource cannot be run; it is empty if it can.
func unfitScript(r resource) string {
	odd := func(arg string) bool {
		return !utf8.ValidString(arg) || strings.ContainsFunc(arg, func(r rune) bool { return !unicode.IsPrint(r) })
	}
	switch {
	case !scriptName.MatchString(r.script):
		return "that is no name of a script"
	case slices.ContainsFunc(r.args, odd):
		return "its arguments have letters that nobody can see"
	case len(r.args) > maxArguments || len(r.text) > maxCommand:
		return "it has too many arguments"
	}
	return ""
}

// addService makes a service of a resource. Which folder its script is in the files do not say.
func (c *converter) addService(r resource, l *line) {
	n := c.resources
	path, where := initFolder+r.script, "without arguments it is taken to be in "+initFolder
	instead := "see where it is; if systemd has a unit of it, write " + r.script + ".service in its place, and disable that on both nodes"
	if len(r.args) > 0 || slices.Contains(ownScripts, r.script) {
		path, where, instead = ownFolder+r.script, "it is taken to be in "+ownFolder, "see where it is"
	}
	n.add(r.line, importer.Chosen, instead, "%s becomes a service: heartbeat looks for it in %s and %s, and %s", quote(r.script), ownFolder, initFolder, where)
	if first, twice := c.started[r.text]; twice && first != l {
		n.add(r.line, importer.Broken, "let it run on both nodes all the time, and take it out of services",
			"%s is started by line %d too: where both lines are on one node, the one that leaves stops it under the other", quote(r.script), first.start)
	} else if !twice {
		c.started[r.text] = l
	}
	command := func(verb string) *config.Command {
		return &config.Command{Argv: append(append([]string{path}, r.args...), verb), User: "root"}
	}
	if !c.statusTold {
		c.statusTold = true
		n.add(r.line, importer.Default, "see that status exits with 0 if it runs, and with another number if it does not",
			"heartbeat reads whether the status of a script says running or OK; aloft goes by its exit status")
	}
	if l.stored {
		n.add(r.line, importer.Changed, "see that its data is there on whichever node it starts", "%s stands behind storage, which is left out", quote(r.script))
	}
	l.services = append(l.services, config.Service{
		Name: c.serviceNames.Unique(importer.RouterName(r.script)), Start: command("start"), Stop: command("stop"), Status: command("status"),
	})
}

// readMailTo makes a notify command of MailTo::ADDRESS[,ADDRESS][::SUBJECT].
func readMailTo(r resource, l *line, n *notebook) {
	to := ""
	if len(r.args) > 0 {
		to = r.args[0]
	}
	switch {
	case !strings.Contains(to, "@") || unfitScript(r) != "":
		n.add(r.line, importer.Dropped, "write notify: {any: [/usr/lib/aloft/notify-mail, ops@example.org]}", "%s is left out: it has no address with an @", quote(r.script))
	case l.mailTo != "":
		n.add(r.line, importer.Dropped, "join the addresses with a comma", "%s is left out: the line has one already", quote(r.script))
	default:
		l.mailTo = to
		n.add(r.line, importer.Changed, "", "%s becomes notify, with aloft's own subject and text; a mail is sent on each change, also on one to fault and on a stop", quote(r.script))
	}
}

// notify is what a line runs on a change.
func (l *line) notify() (n config.Notify) {
	if l.mailTo != "" {
		n.Any = &config.Command{Argv: []string{"/usr/lib/aloft/notify-mail", l.mailTo}}
	}
	return n
}

// adopt gives the services of lines without an address to a router that moves with them: heartbeat gives away what it has
// of a preferred node at once.
func (c *converter) adopt(orphans []*line) {
	for _, l := range orphans {
		i := slices.IndexFunc(c.lines, func(o *line) bool { return o.node == l.node })
		if i < 0 || len(c.lines[i].services)+len(l.services) > config.MaxServices {
			c.resources.add(l.start, importer.Dropped, "", "the line has no floating address, so there is no virtual router for it")
			continue
		}
		home := c.lines[i]
		home.services = append(home.services, l.services...)
		if home.mailTo == "" {
			home.mailTo = l.mailTo
		}
		if len(l.services) > 0 || l.mailTo != "" {
			c.resources.add(l.start, importer.Chosen, "", "the line has no floating address: what it has becomes that of %s, which has the same preferred node", home.name)
		} else {
			c.resources.add(l.start, importer.Dropped, "", "the line has no floating address, so there is no virtual router for it")
		}
	}
}
