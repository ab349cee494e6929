package keepalived

import (
	"regexp"
	"strings"
)

// Notes end up in logs and tickets. So what they repeat of a file is cut where a secret may follow: a password, or the
// arguments of a program.

// What stands in the place of a secret, of what is left out, and of a block that is.
const (
	masked  = "********"
	leftOut = "..."
	closed  = " { ... }"
)

var (
	// secretWord is a word that a secret follows, or the contents of a block that has one.
	secretWord = regexp.MustCompile(`(?i)^(auth\w*|ssl|.*(pass|passwd|password|passphrase|secret|token|key))$`)
	// joined is a keyword that a secret stands behind without a space.
	joined = regexp.MustCompile(`(?i)^auth_?pass.`)
	// command is a keyword that a program follows.
	command = regexp.MustCompile(`^(script|process|misc_path|notify.*|quorum_up|quorum_down|.*_script)$`)
)

// shown returns the words of a statement that may be repeated. They are not the whole of it if what follows them, which a
// block does too, may not.
func shown(words []string) (list []string, whole bool) {
	for i, w := range words {
		name, some := cutWord(w)
		list = append(list, name)
		switch {
		case some != "":
			if some == leftOut {
				list = append(list, leftOut)
			}
			return list, false
		case secretWord.MatchString(w):
			if i < len(words)-1 {
				list = append(list, masked)
			}
			return list, false
		case i < len(words)-1 && (strings.HasPrefix(w, "/") || i == 1 && command.MatchString(words[0])):
			return append(list, leftOut), false
		}
	}
	return list, true
}

// cutWord returns what of one word may be repeated, with the mask of a value in it, and what was cut off: the value of an
// assignment, or the arguments in a command that is one word.
func cutWord(w string) (shown, instead string) {
	if i := strings.IndexAny(w, " \t\r\n\v\f"); i >= 0 {
		shown, _ = cutWord(w[:i])
		return shown, leftOut
	}
	if name, _, ok := strings.Cut(w, "="); ok {
		return name + "=" + masked, masked
	}
	if joined.MatchString(w) {
		return w[:strings.Index(strings.ToLower(w), "pass")+len("pass")] + masked, masked
	}
	return w, ""
}

// name is the keyword as a note may have it.
func (s *statement) name() string {
	name, _ := cutWord(s.keyword())
	return clip(name)
}

// head is the statement by its keyword, for one that nobody knows what it is.
func (s *statement) head() string {
	var text string
	if len(s.words) > 0 {
		text = spell(s.name())
	}
	if len(s.words) > 1 || strings.ContainsAny(s.keyword(), " \t\r\n\v\f") {
		text += " " + leftOut
	}
	if s.open {
		text += closed
	}
	return text
}

// outline is the head of a line that is no statement yet.
func outline(text string) string {
	s := &statement{}
	var brace byte
	s.words, brace, _, _ = tokenize(text)
	s.open = brace == '{'
	return s.head()
}

// missesSecret says whether a secret should follow the statement, and does not stand on its line.
func (s *statement) missesSecret() bool {
	return !s.open && len(s.words) > 0 && secretWord.MatchString(s.words[len(s.words)-1])
}
