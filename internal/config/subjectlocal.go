package config

import (
	"strings"

	"github.com/aloft-ha/aloft/tracker"
)

// What trackers look at on this host without asking over a network: a script, processes, a file, a unit of systemd, and
// HAProxy by its socket.

// MaxNeeded bounds how many of something may be needed.
const MaxNeeded = 1000

type scriptSettings struct {
	command setting[[]string]
}

func scriptFields() []field[scriptSettings] {
	type S = scriptSettings
	return []field[S]{
		key("command", argvKind(), func(s *S) *setting[[]string] { return &s.command },
			"what is run: exit status 0 passes; a line that needs a shell is read by /bin/sh, and a list by none",
			must[S], example[S]("/usr/lib/aloft/check-haproxy", inRouter)),
	}
}

func scriptSubject(t *table[scriptSettings]) kind[subject] {
	return subjectKind(t, func(_ *walker, _ value, s *scriptSettings) (subject, bool) {
		return subject{kind: tracker.Script{Argv: s.command.value}}, true
	})
}

type processSettings struct {
	name    setting[string]
	pidFile setting[string]
	need    setting[int]
}

func processFields() []field[processSettings] {
	type S = processSettings
	return []field[S]{
		key("name", programName(), func(s *S) *setting[string] { return &s.name },
			"the name of the process, as ps -e shows it, or of its program", example[S]("haproxy", inRouter)),
		key("pidfile", path(maxPath), func(s *S) *setting[string] { return &s.pidFile },
			"a file with the number of the process, in place of a name", example[S]("/run/haproxy.pid", inNode)),
		key("need", number(1, MaxNeeded), func(s *S) *setting[int] { return &s.need },
			"how many processes of the name have to run", fallback[S]("1")),
	}
}

func processSubject(t *table[processSettings]) kind[subject] {
	return subjectKind(t, func(w *walker, v value, s *processSettings) (subject, bool) {
		switch {
		case s.name.ok() && s.pidFile.ok():
			w.report(s.pidFile.at, "remove one of them", "process has both a name and a pidfile")
		case !s.name.ok() && !s.pidFile.ok():
			w.report(v, "write process: haproxy, for example", "process has neither a name nor a pidfile")
		case s.pidFile.ok() && s.need.written():
			w.report(s.need.at, "remove it", "need counts the processes of a name; a pidfile has one")
		default:
			return subject{kind: tracker.Process{Name: s.name.value, PIDFile: s.pidFile.value, Need: s.need.value}}, true
		}
		return subject{}, false
	})
}

// programName is the name of a process: the base name of its program.
func programName() kind[string] {
	const longest = 255
	text := schema{Type: types{"string"}, MaxLength: longest, Pattern: "^[^/]+$", PatternError: "the name of a process has no slash"}
	return kind[string]{typ: "the name of a process", schema: text, read: func(w *walker, v value) (string, bool) {
		name, ok := w.text(v, "the name of a process")
		switch {
		case !ok, !w.printableText(v, name):
			return "", false
		case strings.Contains(name, "/"):
			w.report(v, "write "+clip(name[strings.LastIndexByte(name, '/')+1:]), "%s is a path, not the name of a process", quote(name))
			return "", false
		case strings.TrimSpace(name) == "" || len(name) > longest:
			w.report(v, "", "%s is no name of a process: it has 1 to %d letters", quote(name), longest)
			return "", false
		}
		return name, true
	}}
}

type fileSettings struct {
	path setting[string]
	want setting[tracker.FileWant]
}

func lookedFileFields() []field[fileSettings] {
	type S = fileSettings
	return []field[S]{
		key("path", path(maxPath), func(s *S) *setting[string] { return &s.path },
			"the file", must[S], example[S]("/run/healthy", inRouter)),
		key("want", oneOf(tracker.FileExists, tracker.FileAbsent, tracker.FileNumber), func(s *S) *setting[tracker.FileWant] { return &s.want },
			"what passes: that it exists, that it is absent, or the number 0 in it; a weight is multiplied by the number", fallback[S]("exists")),
	}
}

func fileSubject(t *table[fileSettings]) kind[subject] {
	return subjectKind(t, func(_ *walker, _ value, s *fileSettings) (subject, bool) {
		return subject{kind: tracker.File{Path: s.path.value, Want: s.want.value}}, true
	})
}

type haproxySettings struct {
	socket   setting[string]
	backend  setting[string]
	frontend setting[string]
	need     setting[int]
}

// maxSocketPath is the room in sockaddr_un, less its end (unix(7)).
const maxSocketPath = 107

func haproxyFields() []field[haproxySettings] {
	type S = haproxySettings
	return []field[S]{
		key("socket", path(maxSocketPath), func(s *S) *setting[string] { return &s.socket },
			"the stats socket of HAProxy", must[S], example[S]("/run/haproxy/admin.sock", inRouter)),
		key("backend", freeText(255), func(s *S) *setting[string] { return &s.backend },
			"a backend that has to have servers up", example[S]("web", inRouter)),
		key("frontend", freeText(255), func(s *S) *setting[string] { return &s.frontend },
			"a frontend that has to be open", example[S]("www", inRouter)),
		key("need", number(1, MaxNeeded), func(s *S) *setting[int] { return &s.need },
			"how many servers of the backend have to be up", fallback[S]("1")),
	}
}

func haproxySubject(t *table[haproxySettings]) kind[subject] {
	return subjectKind(t, func(w *walker, _ value, s *haproxySettings) (subject, bool) {
		if s.need.written() && !s.backend.ok() {
			w.report(s.need.at, "name a backend, or remove it", "need counts the servers of a backend")
			return subject{}, false
		}
		return subject{kind: tracker.HAProxy{
			Socket: s.socket.value, Backend: s.backend.value, Frontend: s.frontend.value, Need: s.need.value,
		}}, true
	})
}

type systemdSettings struct {
	unit setting[string]
}

func systemdFields() []field[systemdSettings] {
	type S = systemdSettings
	return []field[S]{
		key("unit", unitName("a command is {script: ...}"), func(s *S) *setting[string] { return &s.unit },
			"the unit that has to be active; a name without a suffix is that of a service", must[S], example[S]("haproxy.service", inRouter)),
	}
}

func systemdSubject(t *table[systemdSettings]) kind[subject] {
	return subjectKind(t, func(_ *walker, _ value, s *systemdSettings) (subject, bool) {
		return subject{kind: tracker.Systemd{Unit: s.unit.value}}, true
	})
}
