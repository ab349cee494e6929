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

// Line is the inverse of [Parse]: the line that it makes argv of. Where there is none, it is the words as they are.
func Line(argv []string) string {
	if isLine(argv) && len(argv) == 3 {
		return argv[2]
	}
	return strings.Join(argv, " ")
}

// Append returns a command line with arguments more. What follows the line of a shell begins with $0, so the shell gets a
// name first and the line finds the arguments as $1 and so on, as a script does.
func Append(argv []string, arguments ...string) []string {
	argv = slices.Clone(argv)
	if isLine(argv) && len(argv) == 3 {
		argv = append(argv, "sh")
	}
	return append(argv, arguments...)
}

// isLine says whether argv is a shell with a line, with or without arguments behind it.
func isLine(argv []string) bool { return len(argv) >= 3 && argv[0] == shell && argv[1] == "-c" }
