package config

import (
	"cmp"
	"fmt"
	"slices"
)

// Severity says whether a problem refuses the file.
type Severity uint8

// The severities.
const (
	Error   Severity = iota // the file is refused
	Warning                 // the file is taken; the problem explains what may surprise
)

// String returns the word that is printed: "error" or "warning".
func (s Severity) String() string {
	switch s {
	case Error:
		return "error"
	case Warning:
		return "warning"
	}
	return "invalid"
}

// Problem is one mistake in a file, or one warning, with its place.
type Problem struct {
	File     string
	Line     int // from 1
	Column   int // from 1, in characters, not bytes
	Severity Severity
	Message  string // what is wrong
	Hint     string // what was probably meant or helps; may be empty
	Path     string // where in the document: "virtual_routers.web.addresses[1]"; empty where the text is wrong, not a value
}

// Error returns "file:line:column: message (hint)", with "warning: " before the message of a warning.
func (p Problem) Error() string {
	s := fmt.Sprintf("%s:%d:%d: ", p.File, p.Line, p.Column)
	if p.Severity == Warning {
		s += "warning: "
	}
	s += p.Message
	if p.Hint != "" {
		s += " (" + p.Hint + ")"
	}
	return s
}

// String is Error.
func (p Problem) String() string { return p.Error() }

// hasErrors says whether any of the problems refuses the file.
func hasErrors(problems []Problem) bool {
	return slices.ContainsFunc(problems, func(p Problem) bool { return p.Severity == Error })
}

// maxProblems bounds what one file can make us print.
const maxProblems = 500

// mostCollected bounds what one file can make us remember: the running daemon reads files too.
const mostCollected = 20 * maxProblems

// tidy sorts problems by position. A list that is much too long is cut; untold is how many more there are already.
func tidy(problems []Problem, untold int) []Problem {
	slices.SortStableFunc(problems, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column),
			cmp.Compare(a.Severity, b.Severity), cmp.Compare(a.Message, b.Message))
	})
	if len(problems) <= maxProblems {
		return problems
	}
	last := problems[maxProblems]
	last.Message = fmt.Sprintf("there are %d more problems from here on", len(problems)-maxProblems+untold)
	last.Hint, last.Path = "", ""
	if hasErrors(problems) {
		last.Severity = Error
	}
	return append(problems[:maxProblems:maxProblems], last)
}
