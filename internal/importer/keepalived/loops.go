package keepalived

import (
	"strconv"
	"strings"

	"github.com/aloft-ha/aloft/internal/importer"
)

// loop repeats the rest of a line for each value of ~SEQ(...) or ~LST(...).
func (l *loader) loop(at line) {
	head, rest, ok := cutParentheses(at.text)
	if !ok {
		l.note(at, importer.Broken, "", "%s has no closing parenthesis", at.text[:len("~SEQ")])
		return
	}
	kind, inside, _ := strings.Cut(head, "(")
	kind = strings.TrimSpace(kind)
	inside = l.expandInside(at, inside)
	var names []string
	var rows [][]string
	switch kind {
	case "~SEQ", "~SEQx":
		names, rows, ok = sequence(inside, kind == "~SEQx")
	case "~LST":
		names, rows, ok = list(inside)
	default:
		ok = false
	}
	if !ok || at.depth > maxNesting {
		l.note(at, importer.Broken, "", "%s cannot be read", clip(shownLoop(head)))
		return
	}
	at.depth++
	at.text = rest
	l.repeat(at, names, rows)
}

// shownLoop is a loop as a note may repeat it: a list may have secrets in it.
func shownLoop(head string) string {
	if strings.HasPrefix(head, "~LST") {
		return "~LST(" + leftOut + ")"
	}
	return head + ")"
}

// repeat feeds a line once for each row, and forgets the loop's names after it.
func (l *loader) repeat(at line, names []string, rows [][]string) {
	before := make(map[string]string)
	for _, name := range names {
		if value, ok := l.defined[name]; ok {
			before[name] = value
		}
	}
	for _, row := range rows {
		for i, name := range names {
			l.define(name, row[i])
		}
		l.spent += turnCost
		if l.full {
			break
		}
		l.feed(at)
	}
	for _, name := range names {
		delete(l.defined, name)
		if value, ok := before[name]; ok {
			l.define(name, value)
		}
	}
}

// cutParentheses cuts behind the parenthesis that closes the first one.
func cutParentheses(text string) (head, rest string, ok bool) {
	end := strings.IndexByte(text, ')')
	if end < 0 || !strings.Contains(text[:end], "(") {
		return "", "", false
	}
	return text[:end], text[end+1:], true
}

// expandInside puts values in the place of names in the arguments of a loop.
func (l *loader) expandInside(at line, text string) string {
	for range 100 {
		at.text = text
		before, value, after, ok := l.substitute(at)
		if !ok || len(text) > maxLine || !l.charge(at) {
			break
		}
		text = before + value + after
	}
	return text
}

// turnCost is what one turn of a loop counts for, beside the line that it writes.
const turnCost = 16

// maxTurns bounds one loop; several in a row are bounded by what they write.
const maxTurns = 70_000

// sequence reads the arguments of ~SEQ: a name, and [start, [step,]] end.
func sequence(inside string, hex bool) (names []string, rows [][]string, ok bool) {
	args := strings.Split(inside, ",")
	if len(args) < 2 || len(args) > 4 {
		return nil, nil, false
	}
	numbers := make([]int64, len(args)-1)
	for i, arg := range args[1:] {
		n, err := strconv.ParseInt(strings.TrimSpace(arg), 0, 32)
		if err != nil {
			return nil, nil, false
		}
		numbers[i] = n
	}
	end := numbers[len(numbers)-1]
	start, step := int64(1), int64(1)
	if end <= 0 {
		start = -1
	}
	if len(numbers) > 1 {
		start = numbers[0]
	}
	if end < start {
		step = -1
	}
	if len(numbers) > 2 {
		step = numbers[1]
	}
	if step == 0 {
		return nil, nil, false
	}
	base := 10
	if hex {
		base = 16
	}
	for n := start; step > 0 && n <= end || step < 0 && n >= end; n += step {
		if len(rows) == maxTurns {
			return nil, nil, false
		}
		rows = append(rows, []string{strconv.FormatInt(n, base)})
	}
	return []string{strings.TrimSpace(args[0])}, rows, true
}

// list reads the arguments of ~LST: a name and values, or {names} and {values}.
func list(inside string) (names []string, rows [][]string, ok bool) {
	groups := splitGroups(inside)
	if len(groups) < 2 {
		return nil, nil, false
	}
	for _, group := range groups[1:] {
		if len(group) != len(groups[0]) {
			return nil, nil, false
		}
	}
	return groups[0], groups[1:], true
}

// splitGroups splits at commas outside braces; what braces enclose is split too, and is one group.
func splitGroups(text string) (groups [][]string) {
	for text = strings.TrimSpace(text); text != ""; text = strings.TrimSpace(text) {
		var part string
		if strings.HasPrefix(text, "{") {
			part, text, _ = strings.Cut(text[1:], "}")
			text = strings.TrimPrefix(strings.TrimSpace(text), ",")
			var group []string
			for item := range strings.SplitSeq(part, ",") {
				group = append(group, strings.TrimSpace(item))
			}
			groups = append(groups, group)
			continue
		}
		part, text, _ = strings.Cut(text, ",")
		groups = append(groups, []string{strings.TrimSpace(part)})
	}
	return groups
}
