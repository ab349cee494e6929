package notify

import (
	"context"
	"log/slog"
	"strings"

	"github.com/aloft-ha/aloft/internal/command"
	"github.com/aloft-ha/aloft/internal/config"
)

// order is what the runner gets for a job. What a script starts in the background is left alone: starting something is
// what many of them are for.
func (j job) order(node string) command.Command {
	m := j.notice.message(node)
	return command.Command{
		Argv:          j.command.Argv,
		User:          j.command.User,
		Env:           m.environment(),
		Stdin:         m.json(),
		Timeout:       j.command.Timeout,
		LeaveChildren: true,
	}
}

// tellOutcome logs and reports how a command ended. A command without trouble and output is of no interest by default.
func (n *Notifier) tellOutcome(f finished) {
	r, c, told := f.result, f.job.command, f.job.notice
	result := r.String()
	attrs := []any{kindOf(told.Group), told.Name, "state", told.To, "command", program(c), "result", result}
	// A single line of output is in the sentence already.
	if output := strings.TrimSpace(r.Output); !strings.Contains(result, output) {
		attrs = append(attrs, "output", output)
	}
	level, message := slog.LevelDebug, "notify command ended"
	switch {
	case !r.OK():
		level, message = slog.LevelWarn, "notify command failed"
		if r.Outcome == command.TimedOut {
			attrs = append(attrs, "next", "let it start in the background what takes long, or raise its timeout")
		}
	case r.Output != "":
		level = slog.LevelInfo
	}
	n.log.Log(context.Background(), level, message, attrs...)
	n.report(Outcome{Event: told.Event, Missed: told.missed, Command: c, Result: r})
}

func kindOf(group bool) string {
	if group {
		return "group"
	}
	return "router"
}

// program names a command in a log. Its arguments are left out, since a password may be among them.
func program(c config.Command) string {
	if len(c.Argv) > 2 && isShellLine(c.Argv[:3]) {
		first, _, _ := strings.Cut(strings.TrimSpace(c.Argv[2]), " ")
		return first
	}
	if len(c.Argv) == 0 {
		return ""
	}
	return c.Argv[0]
}
