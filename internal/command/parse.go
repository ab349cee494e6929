package command

import (
	"slices"
	"strings"
)

// shell runs the lines that need one.
const shell = "/bin/sh"

// special are the characters that a shell acts on. A line without any of them means the same with and without a shell,
// which is also how make(1) decides.
const special = "#;\"'\\*?[]&|<>(){}$`^~!\n\r"

// builtins are words that only a shell knows, or that do something else there than the program of that name.
var builtins = []string{
	".", ":", "alias", "bg", "break", "case", "cd", "command", "continue", "eval", "exec", "exit", "export", "fg",
	"for", "getopts", "hash", "if", "jobs", "local", "read", "readonly", "return", "set", "shift", "source", "test", "times",
	"trap", "type", "ulimit", "umask", "unalias", "unset", "until", "wait", "while",
}

// Parse turns a command line of the file into a program and its arguments: the words of the line where no shell is needed,
// else a shell with the line. A line of blanks has no words.
func Parse(line string) []string {
	words := strings.Fields(line)
	switch {
	case len(words) == 0:
		return nil
	case strings.ContainsAny(line, special), strings.Contains(words[0], "="), slices.Contains(builtins, words[0]):
		return []string{shell, "-c", line}
	}
	return words
}

// scriptOf returns the program that a shell's command line begins with, if argv is such a line, with or without arguments
// behind it, and the program is named by an absolute path. What is computed is known only as far as it is plain.
func scriptOf(argv []string) (path string, ok bool) {
	if len(argv) < 3 || argv[0] != shell || argv[1] != "-c" {
		return "", false
	}
	word, rest := firstWord(argv[2])
	for rest != "" && (word == "exec" || isAssignment(word)) {
		word, rest = firstWord(rest)
	}
	return word, len(word) > 1 && word[0] == '/'
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
