package notify

import (
	"context"
	"log/slog"
	"strings"

	"github.com/aloft-ha/aloft/internal/command"
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

// tellOutcome logs how a command ended. A command without trouble and output is of no interest by default.
func (n *Notifier) tellOutcome(f finished) {
	r, c, told := f.result, f.job.command, f.job.notice
	result := r.String()
	attrs := []any{kindOf(told.Group), told.Name, "state", told.To, "command", command.Name(c.Argv), "result", result}
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
	n.report(f)
}

func kindOf(group bool) string {
	if group {
		return "group"
	}
	return "router"
}
