package command

import "strings"

// Name names a command in a log: its program, and of a shell's line what that begins with. Arguments and variables are left
// out, since a password may be among them.
func Name(argv []string) string {
	if isLine(argv) {
		if word := firstProgram(argv[2]); word != "" && !isAssignment(word) {
			return word
		}
	}
	if len(argv) == 0 {
		return ""
	}
	return argv[0]
}

// scriptOf returns the program that a shell's command line begins with, if argv is such a line and the program is named by
// an absolute path.
func scriptOf(argv []string) (path string, ok bool) {
	if !isLine(argv) {
		return "", false
	}
	word := firstProgram(argv[2])
	return word, len(word) > 1 && word[0] == '/'
}

// firstProgram is the word of a shell's line that names what it runs first. What is computed is known only as far as it is
// plain.
func firstProgram(line string) string {
	word, rest := firstWord(line)
	for rest != "" && (word == "exec" || isAssignment(word)) {
		word, rest = firstWord(rest)
	}
	return word
}

// isAssignment says whether a word at the beginning of a shell's line sets a variable.
func isAssignment(word string) bool {
	name, _, found := strings.Cut(word, "=")
	return found && name != "" && !strings.Contains(name, "/")
}

// firstWord takes the first word of a shell's line, without quotes. The rest is empty where the word does not end at a blank.
func firstWord(line string) (word, rest string) {
	line = strings.TrimLeft(line, " \t")
	for line != "" {
		switch c := line[0]; {
		case c == ' ', c == '\t':
			return word, line
		case c == '\'', c == '"':
			inside, after, closed := strings.Cut(line[1:], line[:1])
			if !closed {
				return "", ""
			}
			if i := strings.IndexAny(inside, "$`\\"); c == '"' && i >= 0 {
				return word + inside[:i], ""
			}
			word, line = word+inside, after
		case strings.IndexByte(special, c) >= 0:
			return word, ""
		default:
			word, line = word+line[:1], line[1:]
		}
	}
	return word, ""
}
