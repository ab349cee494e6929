package keepalived

import (
	"net/netip"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aloft-ha/aloft/internal/config"
	"github.com/aloft-ha/aloft/tracker"
)

// plainName is the name of a process that means itself to killall, pidof and pgrep, and that the kernel does not cut.
var plainName = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_-]{0,14}$`)

// unit is the name of one unit of systemd.
var unit = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_.-]*(@[A-Za-z0-9_-]+)?(\.(service|socket|target|mount|timer|path))?$`)

// idiom finds the kind of tracker that sees the same as a check that many people write, without starting a process for
// it. The kind is nil where that is not certain. The limit is how long the program itself waits; 0: for ever.
func idiom(line string) (kind tracker.Kind, limit time.Duration) {
	if kind := openPort(line); kind != nil {
		return kind, 0
	}
	if forShell(line) {
		return nil, 0
	}
	argv := splitCommand(line)
	if len(argv) < 2 || !slices.Contains([]string{".", "/bin", "/sbin", "/usr/bin", "/usr/sbin"}, path.Dir(argv[0])) {
		return nil, 0
	}
	args := argv[1:]
	switch path.Base(argv[0]) {
	case "killall":
		return process(args, "-0")
	case "pidof":
		if len(args) == 2 && args[0] == "-s" {
			args = args[1:]
		}
		return process(args)
	case "pgrep":
		return process(args, "-x")
	case "systemctl":
		return systemd(args), 0
	case "ping", "ping6":
		return ping(args)
	}
	return nil, 0
}

// process is for a program that is called with flags and one name.
func process(args []string, flags ...string) (tracker.Kind, time.Duration) {
	n := len(flags)
	if len(args) != n+1 || !slices.Equal(args[:n], flags) || !plainName.MatchString(args[n]) {
		return nil, 0
	}
	return tracker.Process{Name: args[n]}, 0
}

// systemd is for systemctl is-active with one unit.
func systemd(args []string) tracker.Kind {
	args = slices.DeleteFunc(slices.Clone(args), func(a string) bool { return a == "-q" || a == "--quiet" })
	if len(args) != 2 || args[0] != "is-active" || !unit.MatchString(args[1]) {
		return nil
	}
	name := args[1]
	if !strings.Contains(name, ".") {
		name += ".service"
	}
	return tracker.Systemd{Unit: name}
}

// portTest is what bash makes of opening a port, and keepalived leaves to the shell.
var portTest = regexp.MustCompile(`^<\s*/dev/tcp/([0-9.]+)/([0-9]+)$`)

func openPort(line string) tracker.Kind {
	m := portTest.FindStringSubmatch(strings.TrimSpace(line))
	if m == nil {
		return nil
	}
	at, err := netip.ParseAddrPort(m[1] + ":" + m[2])
	if err != nil || at.Port() == 0 || !config.CanAsk(at.Addr()) {
		return nil
	}
	return tracker.TCP{Address: at.String()}
}

// ping is for one echo request to one address. More of them pass if any is answered, which aloft does not count so.
func ping(args []string) (tracker.Kind, time.Duration) {
	var limit time.Duration
	count := ""
	for len(args) > 1 {
		flag, value, used := args[0], args[1], 2
		switch {
		case slices.Contains([]string{"-q", "-n", "-4", "-6"}, flag):
			used = 1
		case len(flag) > 2 && slices.Contains([]string{"-c", "-W", "-w"}, flag[:2]):
			flag, value, used = flag[:2], flag[2:], 1
		}
		switch flag {
		case "-c":
			count = value
		case "-W", "-w":
			s, err := strconv.ParseFloat(value, 64)
			if err != nil || s < 0.01 || s > 3600 {
				return nil, 0
			}
			limit = time.Duration(s * float64(time.Second)).Round(time.Millisecond)
		case "-q", "-n", "-4", "-6":
		default:
			return nil, 0
		}
		args = args[used:]
	}
	if count != "1" || len(args) != 1 {
		return nil, 0
	}
	a, err := netip.ParseAddr(args[0])
	if err != nil || a.Zone() != "" || !config.CanPing(a) {
		return nil, 0
	}
	return tracker.Ping{Targets: []string{a.String()}}, limit
}
