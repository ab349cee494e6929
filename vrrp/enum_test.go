package vrrp

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// These words are log values and metric labels that other people's tools match: to change one breaks them.
func TestEnumWords(t *testing.T) {
	tests := []struct {
		enum string
		word func(uint8) fmt.Stringer
		want []string // by value, from 0
	}{
		{"State", func(v uint8) fmt.Stringer { return State(v) }, []string{"Initialize", "Backup", "Active"}},
		{"ChecksumForm", func(v uint8) fmt.Stringer { return ChecksumForm(v) }, []string{"rfc5798", "rfc9568"}},
		{"Farewell", func(v uint8) fmt.Stringer { return Farewell(v) }, []string{"plain", "fast"}},
		{"DropReason", func(v uint8) fmt.Stringer { return DropReason(v) }, []string{
			"none", "truncated", "ttl", "version", "type", "count", "length", "checksum", "interval", "vrid", "peer", "own",
			"transport", "interval-mismatch", "older-version", "auth-type", "auth-password", "auth-unasked", "auth-missing",
			"auth-malformed", "auth-stale", "auth-key", "auth-digest", "auth-replay",
		}},
		{"Version", func(v uint8) fmt.Stringer { return Version(v) }, []string{"3", "2", "2+3"}},
		{"AuthType", func(v uint8) fmt.Stringer { return AuthType(v) }, []string{"none", "password", "header"}},
		{"AuthMode", func(v uint8) fmt.Stringer { return AuthMode(v) }, []string{"enforce", "permissive", "receive-only"}},
		{"Replay", func(v uint8) fmt.Stringer { return Replay(v) }, []string{"time", "monotonic"}},
		{"Fault", func(v uint8) fmt.Stringer { return Fault(v) }, []string{
			"none", "interface-missing", "interface-down", "no-carrier", "link-settling", "interface-port", "vrid-taken",
			"no-source-address", "address-foreign", "address-interface-missing", "claim-failed", "send-failed", "tracker",
			"service-failed", "group",
		}},
		{"Reason", func(v uint8) fmt.Stringer { return Reason(v) }, []string{
			"none", "startup", "silence", "departure", "preempt", "higher-priority", "higher-address", "woke-late", "group",
			"fault", "stop", "standby", "removed", "no-successor",
		}},
	}
	for _, test := range tests {
		t.Run(test.enum, func(t *testing.T) {
			var got []string
			for v := range 256 {
				word := test.word(uint8(v)).String()
				if v < len(test.want) {
					got = append(got, word)
				} else if word != "invalid" {
					t.Errorf("%s(%d) = %q, want %q", test.enum, v, word, "invalid")
				}
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("words (-want +got):\n%s", diff)
			}
		})
	}
}

func TestDropReasonsCountsAll(t *testing.T) {
	if last := DropReason(DropReasons - 1); last != DropAuthReplay {
		t.Errorf("the last of %d reasons is %v, want %v", DropReasons, last, DropAuthReplay)
	}
}

func TestFaultDeaf(t *testing.T) {
	deaf := map[Fault]bool{
		FaultInterfaceMissing: true,
		FaultInterfaceDown:    true,
		FaultNoCarrier:        true,
		FaultLinkSettling:     true,
		FaultInterfacePort:    true,
		FaultVRIDTaken:        true,
		FaultNoSource:         true,
		FaultSend:             true,
	}
	for fault := range Fault(len(faultNames)) {
		if got := fault.Deaf(); got != deaf[fault] {
			t.Errorf("%v.Deaf() = %v, want %v", fault, got, deaf[fault])
		}
	}
}
