package config

import (
	"time"

	"gopkg.in/yaml.v3"
)

// notifySettings are the keys of notify.
type notifySettings struct {
	active, backup, fault, stop, any setting[commandSettings]
	fifo                             setting[string]
	user                             setting[string]
	timeout                          setting[time.Duration]
}

func notifyFields() []field[notifySettings] {
	type S = notifySettings
	return []field[S]{
		key("active", commandKind(), func(s *S) *setting[commandSettings] { return &s.active },
			"what is run when the router has become Active", example[S]("/usr/local/bin/became-active", inRouter)),
		key("backup", commandKind(), func(s *S) *setting[commandSettings] { return &s.backup },
			"what is run when it has become Backup", example[S]("[/usr/local/bin/became-backup, quietly]", inRouter)),
		key("fault", commandKind(), func(s *S) *setting[commandSettings] { return &s.fault },
			"what is run when it can no longer serve", example[S]("{command: /usr/local/bin/alarm, user: root}", inRouter)),
		key("stop", commandKind(), func(s *S) *setting[commandSettings] { return &s.stop },
			"what is run when the daemon stops, or a reload takes it away", example[S]("/usr/local/bin/stopped", inRouter)),
		key("any", commandKind(), func(s *S) *setting[commandSettings] { return &s.any },
			"what is run at each of these, after its own command, with keepalived's four arguments", example[S]("/usr/local/bin/notify", inRouter)),
		key("fifo", path(maxPath), func(s *S) *setting[string] { return &s.fifo },
			"a named pipe to which keepalived's lines are written", example[S]("/run/aloft/notify", inRouter)),
		key("user", userName(), func(s *S) *setting[string] { return &s.user },
			"whom these commands run as; without it the user of scripts", example[S]("nobody", inRouter)),
		key("timeout", duration(minCommandTime, maxCommandTime, 1), func(s *S) *setting[time.Duration] { return &s.timeout },
			"after which one of these commands is ended", fallback[S]("30s")),
	}
}

// notifyKind reads notify.
func notifyKind() kind[Notify] {
	return kind[Notify]{typ: "a mapping of the keys of notify", schema: schema{Ref: refNotify}, read: func(w *walker, v value) (Notify, bool) {
		if v.node.Kind != yaml.MappingNode {
			w.report(v, "write {any: /usr/local/bin/notify}, or one of active, backup, fault, stop", "%s is a mapping with the keys of notify, not %s", v.name, v.describe())
			return Notify{}, false
		}
		var s notifySettings
		if !fill(w, v, w.tables.notify, &s) || !w.tables.notify.sound(&s) {
			return Notify{}, false
		}
		w.tables.notify.inherit(&s, &w.tables.notifyDefaults)
		return Notify{
			Active: s.command(&s.active), Backup: s.command(&s.backup), Fault: s.command(&s.fault), Stop: s.command(&s.stop),
			Any: s.command(&s.any), FIFO: s.fifo.value,
		}, true
	}}
}

// command returns one command with the user and the timeout that hold for all of them, unless it has its own.
func (s *notifySettings) command(of *setting[commandSettings]) *Command {
	if !of.ok() {
		return nil
	}
	c := &Command{Argv: of.value.command.value, User: s.user.value, Timeout: s.timeout.value}
	if own := of.value.user; own.ok() {
		c.User = own.value
	}
	if own := of.value.timeout; own.ok() {
		c.Timeout = own.value
	}
	return c
}
