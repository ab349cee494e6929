package lab

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"time"
)

// Software is the VRRP daemon that a node runs.
type Software uint8

// The daemons.
const (
	Aloft Software = iota
	Keepalived
	FRR // its vrrpd, with a zebra that runs all the time
)

// String returns the name of the program.
func (s Software) String() string {
	switch s {
	case Aloft:
		return "aloft"
	case Keepalived:
		return "keepalived"
	case FRR:
		return "frr"
	}
	return "invalid"
}

// Node is a host that runs a VRRP daemon, which can be started again and again.
type Node struct {
	*Host
	Index    int // in the order of preference, from 0
	Priority uint8
	Software Software
	Dir      string   // the daemon's runtime directory
	Args     []string // more arguments for the daemon, before it is started
	Env      []string // more of its environment

	command func(*Node) *exec.Cmd

	mu    sync.Mutex
	runs  []*Process
	isCut bool
}

// Start starts the node's daemon. It must not be running.
func (n *Node) Start() error {
	if p := n.Process(); p != nil && p.Running() {
		return fmt.Errorf("%s runs already on %s, as process %d", n.Software, n.Name, p.PID())
	}
	cmd := n.command(n)
	cmd.Args = append(cmd.Args, n.Args...)
	cmd.Env = append(os.Environ(), n.Env...)
	p, err := n.Host.Start(cmd)
	if err != nil {
		return err
	}
	p.Name = n.Software.String() // which may have been started through another program
	n.mu.Lock()
	defer n.mu.Unlock()
	n.runs = append(n.runs, p)
	return nil
}

// Process returns the node's last daemon, running or not; nil before the first start.
func (n *Node) Process() *Process {
	n.mu.Lock()
	defer n.mu.Unlock()
	if len(n.runs) == 0 {
		return nil
	}
	return n.runs[len(n.runs)-1]
}

// Runs returns all daemons that the node ever had, in order.
func (n *Node) Runs() []*Process {
	n.mu.Lock()
	defer n.mu.Unlock()
	return append([]*Process(nil), n.runs...)
}

// Running says whether the daemon runs.
func (n *Node) Running() bool {
	p := n.Process()
	return p != nil && p.Running()
}

// runningAt says whether the daemon ran at a time, which is not before the last start.
func (n *Node) runningAt(at time.Time) bool {
	p := n.Process()
	return p != nil && (p.Running() || p.ended.After(at))
}

// Signal sends the daemon a signal, see [Process.Signal]. It must have been started.
func (n *Node) Signal(s syscall.Signal) error { return n.Process().Signal(s) }

// Stop ends the daemon with SIGTERM and waits for its end, see [Process.Stop].
func (n *Node) Stop(ctx context.Context) error { return n.Process().Stop(ctx) }

// Kill ends the daemon with SIGKILL and waits for its end.
func (n *Node) Kill() error { return n.Process().kill() }

// Cut takes the node off the switch, see [Port.Cut].
func (n *Node) Cut() error { return n.setCut(true, n.Port.Cut) }

// Heal puts it back, see [Port.Heal].
func (n *Node) Heal() error { return n.setCut(false, n.Port.Heal) }

// setCut does it, and remembers it for the story.
func (n *Node) setCut(cut bool, do func() error) error {
	n.mu.Lock()
	n.isCut = cut
	n.mu.Unlock()
	return do()
}

// cut says whether the node is off the switch.
func (n *Node) cut() bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.isCut
}

// aloftCommand runs aloft with the file that all nodes share.
func aloftCommand(binary, file string) func(*Node) *exec.Cmd {
	return func(n *Node) *exec.Cmd {
		return exec.Command(binary, "run", "--config", file, "--node", n.Name, "--runtime-dir", n.Dir, "--state-dir", n.Dir)
	}
}

// keepalivedCommand runs keepalived in the foreground, with its own file and its own places for everything that it
// would share with another keepalived of the machine. The files of one that was killed are removed: it would refuse to
// start while the number of its dead child is still taken, as it is until somebody has reaped that.
func keepalivedCommand(binary, file string) func(*Node) *exec.Cmd {
	return func(n *Node) *exec.Cmd {
		parent, child := filepath.Join(n.Dir, "keepalived.pid"), filepath.Join(n.Dir, "vrrp.pid")
		_, _ = os.Remove(parent), os.Remove(child)
		return exec.Command(binary, "--dont-fork", "--log-console", "--no-syslog", "--log-detail",
			"--use-file="+file, "--pid", parent, "--vrrp_pid", child)
	}
}

// findKeepalived returns the path of keepalived.
func findKeepalived() (string, error) {
	path, err := exec.LookPath("keepalived")
	if err != nil {
		return "", fmt.Errorf("keepalived is to run beside aloft, but is not installed: %w", err)
	}
	return path, nil
}
