package tracker

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"os/user"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// haproxyProbe asks HAProxy for its statistics, once per check, by the command "show stat" of its stats socket (the
// "Management Guide" of HAProxy, 9.3). Any level of the socket allows that.
type haproxyProbe struct {
	kind   HAProxy
	dialer net.Dialer
}

func newHAProxyProbe(k HAProxy) *haproxyProbe { return &haproxyProbe{kind: k} }

func (p *haproxyProbe) check(ctx context.Context) Result {
	start := time.Now()
	conn, err := p.dialer.DialContext(ctx, "unix", p.kind.Socket)
	if err != nil {
		return Result{Text: p.explainDial(ctx, start, err)}
	}
	defer conn.Close()
	defer interrupt(ctx, conn)()
	if _, err := io.WriteString(conn, "show stat\n"); err != nil {
		return Result{Text: p.explain(ctx, start, err)}
	}
	found, err := readStats(conn, p.kind.Frontend, p.kind.Backend)
	if err != nil {
		return Result{Text: p.explain(ctx, start, err)}
	}
	return found.judge(p.kind)
}

func (p *haproxyProbe) close() {}

// explainDial says why there is no connection to the socket.
func (p *haproxyProbe) explainDial(ctx context.Context, start time.Time, err error) string {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "no socket " + p.kind.Socket + ": is haproxy running?"
	case errors.Is(err, unix.ECONNREFUSED):
		return "nobody listens on " + p.kind.Socket + ": is haproxy running?"
	case errors.Is(err, unix.EAGAIN):
		return "haproxy accepts no connection on " + p.kind.Socket + ": its queue is full"
	case errors.Is(err, fs.ErrPermission):
		return "permission denied on " + p.kind.Socket + groupHint(p.kind.Socket)
	case errors.Is(err, unix.EINVAL):
		return "the path is too long for a socket: " + p.kind.Socket
	case errors.Is(err, unix.EPROTOTYPE):
		return p.kind.Socket + " is not a stats socket"
	}
	return p.explain(ctx, start, err)
}

// groupHint names the group that owns a socket, or says nothing where that cannot be known.
func groupHint(socket string) string {
	info, err := os.Stat(socket)
	if err != nil {
		return ""
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return ""
	}
	id := strconv.FormatUint(uint64(stat.Gid), 10)
	if g, err := user.LookupGroupId(id); err == nil {
		return ": add the user to the group " + g.Name
	}
	return ": add the user to the group " + id
}

// explain says why a connection has brought no statistics.
func (p *haproxyProbe) explain(ctx context.Context, start time.Time, err error) string {
	if e, ok := errors.AsType[*notStatsError](err); ok {
		return fmt.Sprintf("%s gives no statistics: %s", p.kind.Socket, e.text)
	}
	return explain(ctx, start, err)
}

// judge decides what the statistics mean for a tracker.
func (s *stats) judge(k HAProxy) Result {
	var good []string
	if k.Frontend != "" {
		switch {
		case s.frontend == "":
			return Result{Text: "there is no frontend " + k.Frontend}
		case s.frontend != "OPEN":
			return Result{Text: fmt.Sprintf("frontend %s is %s", k.Frontend, s.frontend)}
		}
		good = append(good, "frontend "+k.Frontend+" is open")
	}
	if k.Backend != "" {
		text, ok := s.judgeBackend(k.Backend, max(k.Need, 1))
		if !ok {
			return Result{Text: text}
		}
		good = append(good, text)
	}
	if len(good) == 0 {
		return Result{OK: true, Text: "haproxy answers"}
	}
	return Result{OK: true, Text: strings.Join(good, ", ")}
}

// judgeBackend says whether enough servers are up. A backend without servers, which answers by itself, counts as one.
func (s *stats) judgeBackend(name string, need int) (text string, ok bool) {
	total, down := s.servers, strings.Join(s.down, ", ")
	if more := s.servers - s.up - len(s.down); more > 0 {
		down += fmt.Sprintf(", %d more", more)
	}
	switch {
	case s.backend == "":
		return "there is no backend " + name, false
	case total == 0 && need > 1:
		return fmt.Sprintf("backend %s has no servers, %d are needed", name, need), false
	case total == 0:
		return fmt.Sprintf("backend %s is %s", name, s.backend), s.backend == "UP"
	case s.up >= need:
		return fmt.Sprintf("backend %s has %d of %d servers up", name, s.up, total), true
	case s.up == 0:
		return fmt.Sprintf("backend %s has no server up (%s)", name, down), false
	case s.up == total:
		return fmt.Sprintf("backend %s has %d of %d servers up, %d are needed", name, s.up, total, need), false
	}
	return fmt.Sprintf("backend %s has %d of %d servers up, %d are needed (%s)", name, s.up, total, need, down), false
}
