package notify

import (
	"encoding/json"
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/aloft-ha/aloft/internal/engine"
	"github.com/aloft-ha/aloft/tracker"
	"github.com/aloft-ha/aloft/vrrp"
)

// takenOver is an event of a router with something to say in nearly every field.
func takenOver() engine.Event {
	return engine.Event{
		At: clock, Name: "web", From: backup, To: active,
		Reason: vrrp.ReasonPreempt, Peer: netip.MustParseAddr("192.0.2.2"),
		VRID: 51, Interface: "eth0", Priority: tracker.Priority{Base: 200, Effective: 190},
		Addresses: []netip.Addr{netip.MustParseAddr("192.0.2.100"), netip.MustParseAddr("2001:db8::100")},
	}
}

// failed is an event of a group in fault.
func failed() engine.Event {
	return engine.Event{
		At: clock, Group: true, Name: "front", From: active, To: fault,
		Reason: vrrp.ReasonFault, Fault: vrrp.FaultTracker, Detail: "haproxy",
	}
}

func TestMessage(t *testing.T) {
	tests := []struct {
		name   string
		notice notice
		env    []string
		json   string
	}{
		{
			"of a router",
			notice{Event: takenOver(), missed: 2},
			[]string{
				"ALOFT_TIME=2030-01-02T03:04:05.678Z",
				"ALOFT_NODE=www1",
				"ALOFT_ROUTER=web",
				"ALOFT_GROUP=",
				"ALOFT_STATE=Active",
				"ALOFT_PREVIOUS_STATE=Backup",
				"ALOFT_MISSED=2",
				"ALOFT_REASON=preempt",
				"ALOFT_FAULT=",
				"ALOFT_DETAIL=",
				"ALOFT_PEER=192.0.2.2",
				"ALOFT_VRID=51",
				"ALOFT_INTERFACE=eth0",
				"ALOFT_PRIORITY=190",
				"ALOFT_BASE_PRIORITY=200",
				"ALOFT_ADDRESSES=192.0.2.100 2001:db8::100",
			},
			`{"time":"2030-01-02T03:04:05.678Z","node":"www1","router":"web","state":"Active","previous_state":"Backup",` +
				`"missed":2,"reason":"preempt","peer":"192.0.2.2","vrid":51,"interface":"eth0","priority":190,` +
				`"base_priority":200,"addresses":["192.0.2.100","2001:db8::100"]}` + "\n",
		},
		{
			"of a group",
			notice{Event: failed()},
			[]string{
				"ALOFT_TIME=2030-01-02T03:04:05.678Z",
				"ALOFT_NODE=www1",
				"ALOFT_ROUTER=",
				"ALOFT_GROUP=front",
				"ALOFT_STATE=Fault",
				"ALOFT_PREVIOUS_STATE=Active",
				"ALOFT_MISSED=0",
				"ALOFT_REASON=fault",
				"ALOFT_FAULT=tracker",
				"ALOFT_DETAIL=haproxy",
				"ALOFT_PEER=",
				"ALOFT_VRID=",
				"ALOFT_INTERFACE=",
				"ALOFT_PRIORITY=",
				"ALOFT_BASE_PRIORITY=",
				"ALOFT_ADDRESSES=",
			},
			`{"time":"2030-01-02T03:04:05.678Z","node":"www1","group":"front","state":"Fault","previous_state":"Active",` +
				`"missed":0,"reason":"fault","fault":"tracker","detail":"haproxy"}` + "\n",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			m := test.notice.message("www1")
			if diff := cmp.Diff(test.env, m.environment()); diff != "" {
				t.Errorf("environment (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(test.json, string(m.json())); diff != "" {
				t.Errorf("JSON (-want +got):\n%s", diff)
			}
		})
	}
}

// The documentation promises one rule for both: a key in upper case behind ALOFT_ is a variable.
func TestEveryKeyOfTheJSONIsAVariable(t *testing.T) {
	e := takenOver()
	e.Fault, e.Detail = vrrp.FaultClaim, "192.0.2.100"
	m := notice{Event: e}.message("www1")
	m.Group = "front"
	var object map[string]any
	if err := json.Unmarshal(m.json(), &object); err != nil {
		t.Fatal(err)
	}
	variables := map[string]bool{}
	for _, v := range m.environment() {
		name, value, _ := strings.Cut(v, "=")
		variables[name] = true
		if value == "" {
			t.Errorf("%s is empty although the event has everything", name)
		}
	}
	for key := range object {
		name := "ALOFT_" + strings.ToUpper(key)
		if !variables[name] {
			t.Errorf("there is no %s", name)
		}
		delete(variables, name)
	}
	if len(variables) > 0 {
		t.Errorf("not in the JSON: %v", variables)
	}
}

func TestKeepalivedsArgumentsAndLines(t *testing.T) {
	tests := []struct {
		event engine.Event
		args  string
		line  string
	}{
		{takenOver(), "INSTANCE web MASTER 190", "INSTANCE \"web\" MASTER 190\n"},
		{failed(), "GROUP front FAULT 0", "GROUP \"front\" FAULT 0\n"},
		{router("web", active, backup), "INSTANCE web BACKUP 200", "INSTANCE \"web\" BACKUP 200\n"},
		{router("web", active, stopped), "INSTANCE web STOP 200", "INSTANCE \"web\" STOP 200\n"},
	}
	for _, test := range tests {
		n := notice{Event: test.event}
		if got := strings.Join(n.arguments(), " "); got != test.args {
			t.Errorf("arguments %q, want %q", got, test.args)
		}
		if got := n.line(); got != test.line {
			t.Errorf("line %q, want %q", got, test.line)
		}
	}
	if word := keepalivedWord(none); word != "" {
		t.Errorf("the condition before the first has the word %q", word)
	}
}
