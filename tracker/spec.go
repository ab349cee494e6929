package tracker

import "time"

// Spec is one tracker: what is looked at, how often, and when that is believed.
type Spec struct {
	Name string
	Kind Kind

	Interval time.Duration // from the start of one check to that of the next
	Timeout  time.Duration // of one check: an answer that takes longer is a failure
	Rise     int           // how many checks in a row have to pass before a tracker that is down is up; 1 or more
	Fall     int           // how many have to fail before one that is up is down; 1 or more
	Initial  Initial       // what it counts as until the first check has ended
	Damping  time.Duration // how long it has to pass without a failure before it is up again; 0: rise alone decides
}

// Initial is what a tracker counts as until its first check has ended.
type Initial uint8

// The initial states.
const (
	InitialWait Initial = iota // its routers wait for the first result, for 10 s at most
	InitialUp                  // up
	InitialDown                // down
)

// String returns the word of the configuration file.
func (i Initial) String() string {
	switch i {
	case InitialWait:
		return "wait"
	case InitialUp:
		return "up"
	case InitialDown:
		return "down"
	}
	return "invalid"
}

// Kind is what a tracker looks at: one of [Script], [HTTP], [TCP], [Ping], [Process], [File], [Interface], [HAProxy] and
// [Systemd], by value. The set is closed.
type Kind interface {
	// KindName is the word of the configuration file.
	KindName() string
}

// Script runs a command. It passes with exit status 0.
type Script struct {
	Argv []string // the program and its arguments; no shell reads them
	User string   // whom it runs as; empty: the default of scripts
}

// HTTP asks for a page. It passes with a wanted status and, if given, a wanted text. Redirects are not followed.
type HTTP struct {
	URL      string // http or https
	Host     string // of the request, and the name that TLS asks for; empty: the URL's
	Status   []int  // the wanted ones; empty: 200 to 399
	Body     string // a text that the page has to contain; empty: any
	Insecure bool   // the certificate is not verified
}

// TCP opens a connection. It passes when that succeeds and, if wanted, the answer contains a text.
type TCP struct {
	Address string // host:port or [host]:port, a numeric address
	Send    string // what is sent first; empty: nothing
	Expect  string // what the answer has to contain; empty: any, and none is waited for
}

// Ping sends ICMP echo requests. It passes when as many of the targets answer as are needed.
type Ping struct {
	Targets []string // numeric addresses
	Need    int      // how many have to answer; 0: all
}

// Process looks for a process. It passes when enough run.
type Process struct {
	Name    string // as /proc/PID/comm has it, or the base name of the program; exactly one of Name and PIDFile is set
	PIDFile string
	Need    int // how many of the name have to run; 0: one
}

// File looks at a file.
type File struct {
	Path string
	Want FileWant
}

// FileWant is what a file has to be.
type FileWant uint8

// What a file has to be.
const (
	FileExists FileWant = iota // passes while it exists
	FileAbsent                 // passes while it does not exist
	FileNumber                 // its content is a number, the status's Value: 0 passes, and a weight is multiplied by it
)

// String returns the word of the configuration file.
func (w FileWant) String() string {
	switch w {
	case FileExists:
		return "exists"
	case FileAbsent:
		return "absent"
	case FileNumber:
		return "number"
	}
	return "invalid"
}

// Interface looks at a link of this host. It passes while the link is up and has a carrier.
type Interface struct {
	Name     string        // or altname
	Debounce time.Duration // how long a change has to last before it is believed; 0: at once
}

// HAProxy asks HAProxy by its stats socket. It passes while that answers and, if named, a frontend is open and a backend
// has servers.
type HAProxy struct {
	Socket   string // the path of the stats socket
	Frontend string // has to be open; empty: any
	Backend  string // has to have Need servers up; empty: any
	Need     int    // how many servers of Backend have to be up; 0: one
}

// Systemd asks systemd for a unit. It passes while that is active.
type Systemd struct {
	Unit string // with its suffix: "haproxy.service"
}

// KindName returns "script".
func (Script) KindName() string { return "script" }

// KindName returns "http".
func (HTTP) KindName() string { return "http" }

// KindName returns "tcp".
func (TCP) KindName() string { return "tcp" }

// KindName returns "ping".
func (Ping) KindName() string { return "ping" }

// KindName returns "process".
func (Process) KindName() string { return "process" }

// KindName returns "file".
func (File) KindName() string { return "file" }

// KindName returns "interface".
func (Interface) KindName() string { return "interface" }

// KindName returns "haproxy".
func (HAProxy) KindName() string { return "haproxy" }

// KindName returns "systemd".
func (Systemd) KindName() string { return "systemd" }
