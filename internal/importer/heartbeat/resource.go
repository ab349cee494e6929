package heartbeat

import (
	"regexp"
	"strings"
)

// resource is one resource: a script and its arguments.
type resource struct {
	word
	script string
	args   []string
}

// dottedQuad is the shell pattern [0-9]*.[0-9]*.[0-9]*.[0-9]* by which heartbeat knows an address without a script.
var dottedQuad = regexp.MustCompile(`(?s)^[0-9].*\.[0-9].*\.[0-9].*\.[0-9]`)

// The scripts that put an address on an interface.
const (
	scriptIPaddr   = "IPaddr"
	scriptIPaddr2  = "IPaddr2"
	scriptIPv6addr = "IPv6addr"
)

// parseResource splits a resource into its script and arguments. Those of IPv6addr stay in one piece: an IPv6 address
// may have the two colons inside.
func parseResource(w word) resource {
	script, rest, called := strings.Cut(w.text, "::")
	switch {
	case !called && dottedQuad.MatchString(w.text):
		return resource{w, scriptIPaddr, []string{w.text}}
	case !called:
		return resource{w, w.text, nil}
	case script == scriptIPv6addr:
		return resource{w, script, []string{rest}}
	}
	return resource{w, script, strings.Split(rest, "::")}
}

// isAddress says whether the resource is a floating address.
func (r resource) isAddress() bool {
	return r.script == scriptIPaddr || r.script == scriptIPaddr2 || r.script == scriptIPv6addr
}
