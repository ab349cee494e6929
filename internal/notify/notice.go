package notify

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"github.com/aloft-ha/aloft/internal/engine"
	"github.com/aloft-ha/aloft/vrrp"
)

// notice is an event as commands and FIFOs are told of it.
type notice struct {
	engine.Event
	missed int // events before it that no command was told of
}

// timeLayout is RFC 3339 with milliseconds, always as long.
const timeLayout = "2006-01-02T15:04:05.000Z07:00"

// then is n followed by a later event before any command was told of n: the latest condition counts, and it comes from
// the one that was last told. It stays an event even where that is the same, since others may have acted in between.
func (n notice) then(later engine.Event) notice {
	later.From = n.From
	return notice{Event: later, missed: n.missed + 1}
}

// priority is keepalived's number: that of a group is 0.
func (n notice) priority() uint8 {
	if n.Group {
		return 0
	}
	return n.Priority.Effective
}

// arguments are the four that keepalived appends to the command of notify.
func (n notice) arguments() []string {
	return []string{keepalivedKind(n.Group), n.Name, keepalivedWord(n.To), strconv.Itoa(int(n.priority()))}
}

// line is keepalived's for a FIFO. Names have no quotes in them, and a line is far shorter than PIPE_BUF.
func (n notice) line() string {
	return fmt.Sprintf("%s \"%s\" %s %d\n", keepalivedKind(n.Group), n.Name, keepalivedWord(n.To), n.priority())
}

// message is what a command reads on its standard input, and its variables: the keys in upper case behind ALOFT_. A key
// with nothing to say is left out of the object; its variable is there and empty, so that `set -u` does no harm.
type message struct {
	Time         string       `json:"time"`
	Node         string       `json:"node"`
	Router       string       `json:"router,omitempty"`
	Group        string       `json:"group,omitempty"`
	State        string       `json:"state"`
	Previous     string       `json:"previous_state"`
	Missed       int          `json:"missed"`
	Reason       string       `json:"reason,omitempty"`
	Fault        string       `json:"fault,omitempty"`
	Detail       string       `json:"detail,omitempty"`
	Peer         string       `json:"peer,omitempty"`
	VRID         uint8        `json:"vrid,omitempty"`
	Interface    string       `json:"interface,omitempty"`
	Priority     uint8        `json:"priority,omitempty"`
	BasePriority uint8        `json:"base_priority,omitempty"`
	Addresses    []netip.Addr `json:"addresses,omitempty"`
}

func (n notice) message(node string) message {
	m := message{
		Time: n.At.Format(timeLayout), Node: node, State: n.To.String(), Previous: n.From.String(), Missed: n.missed,
		Detail: n.Detail,
	}
	if n.Reason != vrrp.ReasonNone {
		m.Reason = n.Reason.String()
	}
	if n.Fault != vrrp.FaultNone {
		m.Fault = n.Fault.String()
	}
	if n.Peer.IsValid() {
		m.Peer = n.Peer.String()
	}
	if n.Group {
		m.Group = n.Name
		return m
	}
	m.Router, m.VRID, m.Interface, m.Addresses = n.Name, n.VRID, n.Interface, n.Addresses
	m.Priority, m.BasePriority = n.Priority.Effective, n.Priority.Base
	return m
}

// environment is the message as variables, always all of them and in this order.
func (m message) environment() []string {
	addresses := make([]string, len(m.Addresses))
	for i, a := range m.Addresses {
		addresses[i] = a.String()
	}
	return []string{
		"ALOFT_TIME=" + m.Time,
		"ALOFT_NODE=" + m.Node,
		"ALOFT_ROUTER=" + m.Router,
		"ALOFT_GROUP=" + m.Group,
		"ALOFT_STATE=" + m.State,
		"ALOFT_PREVIOUS_STATE=" + m.Previous,
		"ALOFT_MISSED=" + strconv.Itoa(m.Missed),
		"ALOFT_REASON=" + m.Reason,
		"ALOFT_FAULT=" + m.Fault,
		"ALOFT_DETAIL=" + m.Detail,
		"ALOFT_PEER=" + m.Peer,
		"ALOFT_VRID=" + number(m.VRID),
		"ALOFT_INTERFACE=" + m.Interface,
		"ALOFT_PRIORITY=" + number(m.Priority),
		"ALOFT_BASE_PRIORITY=" + number(m.BasePriority),
		"ALOFT_ADDRESSES=" + strings.Join(addresses, " "),
	}
}

// number is a number that has no meaning as 0.
func number(v uint8) string {
	if v == 0 {
		return ""
	}
	return strconv.Itoa(int(v))
}

// json is the message as one line.
func (m message) json() []byte {
	data, err := json.Marshal(m)
	if err != nil {
		panic("notify: a message of plain values cannot be encoded: " + err.Error())
	}
	return append(data, '\n')
}
