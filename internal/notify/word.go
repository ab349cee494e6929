package notify

import "github.com/aloft-ha/aloft/internal/engine"

// keepalivedWord is what keepalived calls a condition, towards commands and FIFOs; see keepalived.conf(5), notify.
// Nothing is told of a condition that has no word.
func keepalivedWord(c engine.Condition) string {
	switch c {
	case engine.ConditionActive:
		return "MASTER"
	case engine.ConditionBackup:
		return "BACKUP"
	case engine.ConditionFault:
		return "FAULT"
	case engine.ConditionStopped:
		return "STOP"
	}
	return ""
}

// keepalivedKind is what keepalived calls a router or a group.
func keepalivedKind(group bool) string {
	if group {
		return "GROUP"
	}
	return "INSTANCE"
}
