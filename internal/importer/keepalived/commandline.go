package keepalived

import (
	"slices"
	"strings"

	"github.com/aloft-ha/aloft/internal/config"
	"github.com/aloft-ha/aloft/internal/importer"
)

// splitCommand splits a command as keepalived does: at spaces outside of quotes. No shell looks at it.
func splitCommand(line string) []string {
	t := tokenizer{rest: line, command: true}
	var argv []string
	for {
		t.rest = strings.TrimLeft(t.rest, " \t\r\v\f\n")
		if t.rest == "" {
			return argv
		}
		argv = append(argv, t.word())
	}
}

// forShell says whether somebody wrote a command for a shell: there is an operator of one outside of quotes.
func forShell(line string) bool {
	quote := rune(0)
	for _, c := range line {
		switch {
		case quote != 0 && c == quote:
			quote = 0
		case quote != 0:
		case c == '"' || c == '\'':
			quote = c
		case strings.ContainsRune("<>|&;$`(", c):
			return true
		}
	}
	return false
}

// commandOf makes a command of the text of a statement. It is nil, with a note, if there is none that aloft would take.
func (src *source) commandOf(s *statement, line string) []string {
	argv := splitCommand(line)
	if len(argv) > 0 && forShell(line) {
		if !strings.HasPrefix(argv[0], "<") {
			src.note(s, importer.Changed, "see that it does what is meant", "%s: keepalived runs no shell, so the program gets > and | as words; aloft lets /bin/sh read the line", s.keyword())
		}
		argv = []string{"/bin/sh", "-c", line}
	}
	bad := ""
	switch {
	case len(argv) == 0 || strings.TrimSpace(argv[0]) == "":
		bad = "names no program"
	case argv[0][0] == '~', argv[0][0] != '/' && strings.Contains(argv[0], "/"), strings.HasSuffix(argv[0], "/"):
		bad = "has no whole path"
	}
	if bad != "" {
		src.note(s, importer.Broken, "write the whole path of the program, from / on", "%s %s", s.keyword(), bad)
		return nil
	}
	if slices.ContainsFunc(strings.Fields(line), mayBeSecret) {
		src.note(s, importer.Changed, "let only root read aloft.yaml", "%s: one of the arguments, which are carried over, may be a password", s.keyword())
	}
	return argv
}

// mayBeSecret says whether a word of a command has a password, or one follows it.
func mayBeSecret(word string) bool {
	name, _, _ := strings.Cut(word, "=")
	return secretWord.MatchString(strings.TrimLeft(name, "-"))
}

// readCommand reads a program with its arguments, which are one word, and whom it runs as.
func readCommand(src *source, s *statement) *config.Command {
	src.noBlock(s)
	args := s.args()
	if len(args) == 0 {
		src.note(s, importer.Broken, "", "%s has no value", s.keyword())
		return nil
	}
	argv := src.commandOf(s, args[0])
	if argv == nil {
		return nil
	}
	user, ok := src.user(s, args[1:])
	if !ok {
		return nil
	}
	return &config.Command{Argv: argv, User: user}
}

// user reads a user, and a group that aloft has no key for. It is not ok if it can be none: keepalived does not run the
// command then.
func (src *source) user(s *statement, words []string) (string, bool) {
	if len(words) == 0 {
		return "", true
	}
	name := words[0]
	if name == "" || name == ":" || len(name) > config.MaxUserName || importer.NodeName(name) != name {
		src.note(s, importer.Broken, "put quotes around the program and its arguments if the word is one of them",
			"%s: the word behind the program is no user, so keepalived does not run it", s.keyword())
		return "", false
	}
	if rest := slices.DeleteFunc(slices.Clone(words[1:]), func(w string) bool { return w == ":" }); len(rest) > 0 {
		src.note(s, importer.Dropped, "aloft's commands have all groups of their user, and no others", "%s: the group behind the user", s.keyword())
	}
	return name, true
}
