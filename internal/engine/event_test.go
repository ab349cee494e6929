package engine

import "testing"

func TestConditionWords(t *testing.T) {
	want := map[Condition]string{
		ConditionNone: "None", ConditionBackup: "Backup", ConditionActive: "Active", ConditionFault: "Fault",
		ConditionStopped: "Stopped", 99: "invalid",
	}
	for c, word := range want {
		if got := c.String(); got != word {
			t.Errorf("%d is %q, want %q", c, got, word)
		}
	}
}
