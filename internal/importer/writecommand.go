package importer

import (
	"slices"
	"strings"

	"github.com/aloft-ha/aloft/internal/command"
	"github.com/aloft-ha/aloft/internal/config"
)

// argv writes a command: as a line where that is read back as these words, else as a list.
func argv(words []string) string {
	line := command.Line(words)
	if strings.TrimSpace(line) != "" && slices.Equal(command.Parse(line), words) {
		return word(line)
	}
	items := make([]string, len(words))
	for i, w := range words {
		items[i] = argument(w)
	}
	return flowList(items)
}

// argument writes one word of a command, which may be empty.
func argument(s string) string {
	if s == "" {
		return `""`
	}
	return word(s)
}

// notifyEntries writes what is run on a change. A user that all commands have is said once.
func notifyEntries(n config.Notify) []string {
	users := make(map[string]bool)
	var user string
	for _, c := range n.Commands() {
		user = c.User
		users[user] = true
	}
	var list entries
	for key, c := range n.Commands() {
		text := argv(c.Argv)
		own := entries{"command: " + text}
		if len(users) > 1 {
			own.add("user", word(c.User))
		}
		list.add(key, own.short(text))
	}
	list.add("fifo", word(n.FIFO))
	if len(users) == 1 {
		list.add("user", word(user))
	}
	return list
}

// serviceItems writes each service on one line.
func serviceItems(list []config.Service) []string {
	items := make([]string, len(list))
	for i, s := range list {
		items[i] = flowMap(serviceEntries(s))
	}
	return items
}

// serviceLines writes each service on as many lines as it has keys.
func serviceLines(list []config.Service) []string {
	var lines []string
	for _, s := range list {
		lead := "- "
		for _, entry := range serviceEntries(s) {
			lines = append(lines, lead+entry)
			lead = "  "
		}
	}
	return lines
}

// serviceEntries writes a service of commands, which have one user.
func serviceEntries(s config.Service) []string {
	list := entries{"name: " + word(s.Name)}
	for _, c := range []struct {
		name    string
		command *config.Command
	}{{"start", s.Start}, {"stop", s.Stop}, {"status", s.Status}} {
		if c.command != nil {
			list.add(c.name, argv(c.command.Argv))
		}
	}
	if s.Start != nil {
		list.add("user", word(s.Start.User))
	}
	list.add("timeout", span(s.Timeout))
	return list
}
