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
// behind it, and the program is named by an absolute path.
func scriptOf(argv []string) (path string, ok bool) {
	if len(argv) < 3 || argv[0] != shell || argv[1] != "-c" {
		return "", false
	}
	words := strings.Fields(argv[2])
	if len(words) == 0 || !strings.HasPrefix(words[0], "/") {
		return "", false
	}
	// What is quoted or computed, or ends at an operator, is a program only as far as it is plain.
	path = words[0]
	if i := strings.IndexAny(path, special); i >= 0 {
		path = path[:i]
	}
	return path, len(path) > 1
}
