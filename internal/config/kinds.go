package config

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"gopkg.in/yaml.v3"
)

// number is a whole number from lo to hi, in decimal.
func number[N uint8 | int](lo, hi N) kind[N] {
	k := kind[N]{typ: "a number", limits: fmt.Sprintf("%d to %d", lo, hi), schema: integer(int(lo), int(hi))}
	k.read = func(w *walker, v value) (N, bool) {
		n, ok := w.decimal(v)
		if !ok {
			return 0, false
		}
		if n < int64(lo) || n > int64(hi) {
			w.report(v, "", "%s is %s, and %d is not", v.name, k.limits, n)
			return 0, false
		}
		return N(n), true
	}
	return k
}

// decimal reads a whole number. YAML would take 010 for 8 and 1_0 for 10: only plain decimals are let through.
func (w *walker) decimal(v value) (int64, bool) {
	if v.node.Kind != yaml.ScalarNode {
		w.wrongKind(v, "a number")
		return 0, false
	}
	text := v.node.Value
	if tag := v.node.ShortTag(); tag != "!!int" && tag != "!!float" {
		hint := ""
		if _, err := strconv.Atoi(text); err == nil {
			hint = "remove the quotes: " + text
		} else if strings.Contains(text, "#") {
			hint = "put a space before the # of a comment"
		}
		w.report(v, hint, "%s is a number, not %s", v.name, v.describe())
		return 0, false
	}
	digits := strings.TrimPrefix(text, "-")
	if stripped := strings.TrimLeft(digits, "0"); len(stripped) < len(digits) && digits != "0" && plainDigits(digits) {
		w.report(v, "write "+clip(max(stripped, "0"))+"; with a zero in front YAML counts in eights",
			"%s is a number, and %s begins with a zero", v.name, clip(text))
		return 0, false
	}
	n, err := strconv.ParseInt(text, 10, 64)
	switch {
	case err == nil:
		return n, true
	case plainDigits(digits):
		w.report(v, "", "%s is %s: that is out of all range", v.name, clip(text))
	default:
		w.report(v, "", "%s is a whole decimal number, not %s", v.name, clip(text))
	}
	return 0, false
}

func plainDigits(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

// truth is true or false.
func truth() kind[bool] {
	return kind[bool]{typ: "true or false", schema: schema{Type: types{"boolean"}}, read: func(w *walker, v value) (bool, bool) {
		if v.node.Kind == yaml.ScalarNode && v.node.ShortTag() == "!!bool" {
			return strings.EqualFold(v.node.Value, "true"), true
		}
		hint := ""
		switch strings.ToLower(v.node.Value) {
		case "yes", "on", "y", "1", "true":
			hint = "write true"
		case "no", "off", "n", "0", "false":
			hint = "write false"
		}
		w.report(v, hint, "%s is true or false, not %s", v.name, v.describe())
		return false, false
	}}
}

// duration is a time with its unit, from lo to hi, in whole steps.
func duration(lo, hi, step time.Duration) kind[time.Duration] {
	k := kind[time.Duration]{typ: "a duration", limits: Spell(lo) + " to " + Spell(hi), schema: spanText(lo == 0)}
	if step > time.Nanosecond {
		k.limits += ", in steps of " + Spell(step)
	}
	k.read = func(w *walker, v value) (time.Duration, bool) {
		d, ok := w.span(v)
		switch {
		case !ok:
			return 0, false
		case d < lo || d > hi || strings.HasPrefix(v.node.Value, "-"):
			w.report(v, "", "%s is %s to %s, and %s is not", v.name, Spell(lo), Spell(hi), clip(v.node.Value))
			return 0, false
		case d%step != 0:
			w.report(v, "write "+Spell(d.Round(step)), "%s is a multiple of %s, and %s is not", v.name, Spell(step), clip(v.node.Value))
			return 0, false
		}
		return d, true
	}
	return k
}

// span reads a duration of any length.
func (w *walker) span(v value) (time.Duration, bool) {
	if v.node.Kind != yaml.ScalarNode {
		w.wrongKind(v, "a duration")
		return 0, false
	}
	text := v.node.Value
	if text == "0" {
		return 0, true
	}
	if d, err := time.ParseDuration(text); err == nil {
		return d, true
	}
	if n, err := strconv.ParseFloat(text, 64); err == nil && n > 0 && !math.IsInf(n, 0) {
		hint := "write " + clip(text) + "s"
		if n >= 100 {
			hint = "write " + clip(text) + "ms, or " + clip(text) + "s"
		}
		w.report(v, hint, "%s is a duration, and %s has no unit", v.name, clip(text))
		return 0, false
	}
	w.report(v, unitHint(text), "%s is a duration like 1s or 250ms, not %s", v.name, v.describe())
	return 0, false
}

// spelled is a number with a unit as people write it.
var spelled = regexp.MustCompile(`^([0-9]+(?:\.[0-9]+)?)\s*([a-zA-Z]+)$`)

// unitHint guesses what duration was meant.
func unitHint(text string) string {
	m := spelled.FindStringSubmatch(strings.TrimSpace(text))
	if m == nil || len(text) > maxQuoted {
		return "units are ms, s, m and h"
	}
	unit := strings.ToLower(m[2])
	words := []struct{ unit, spellings string }{
		{"ms", "ms msec msecs millis millisecond milliseconds"},
		{"s", "s sec secs second seconds"},
		{"m", "m min mins minute minutes"},
		{"h", "h hr hrs hour hours"},
	}
	for _, u := range words {
		if slices.Contains(strings.Fields(u.spellings), unit) {
			return "write " + m[1] + u.unit
		}
	}
	return "units are ms, s, m and h"
}

// Spell writes a duration as a file has it, without the zero units of Duration.String: "1h", not "1h0m0s".
func Spell(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

// oneOf is one of a few words, which the values' String gives.
func oneOf[V fmt.Stringer](values ...V) kind[V] {
	var words []string
	for _, v := range values {
		words = append(words, v.String())
	}
	return kind[V]{typ: "a word", limits: strings.Join(words, ", "), schema: oneWordOf(words), read: func(w *walker, v value) (V, bool) {
		var none V
		if v.node.Kind != yaml.ScalarNode {
			w.wrongKind(v, "one of "+strings.Join(words, ", "))
			return none, false
		}
		if i := slices.Index(words, v.node.Value); i >= 0 {
			return values[i], true
		}
		w.report(v, didYouMean(v.node.Value, words), "%s is one of %s, not %s",
			v.name, strings.Join(words, ", "), v.describe())
		return none, false
	}}
}

// text reads a scalar that YAML takes for text.
func (w *walker) text(v value, wanted string) (string, bool) {
	if v.node.Kind != yaml.ScalarNode || null(v.node) {
		w.wrongKind(v, wanted)
		return "", false
	}
	if v.node.ShortTag() != "!!str" {
		w.report(v, "put it in quotes: "+quote(v.node.Value), "%s is %s, not %s", v.name, wanted, v.describe())
		return "", false
	}
	return v.node.Value, true
}

// printableText refuses what neither a terminal nor the kernel takes well: control characters, which YAML can write.
func (w *walker) printableText(v value, text string) bool {
	i := strings.IndexFunc(text, func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\t' })
	if i >= 0 {
		w.report(v, "", "%s has the control character %U in it", v.name, []rune(text[i:])[0])
	}
	return i < 0
}

// maxPath is PATH_MAX of the kernel less its end.
const maxPath = 4095

// path is the name of a file from the root on, which a limit may make shorter.
func path(longest int) kind[string] {
	text := schema{Type: types{"string"}, MaxLength: longest, Pattern: "^/", PatternError: "a path begins with a slash"}
	return kind[string]{typ: "a path", schema: text, read: func(w *walker, v value) (string, bool) {
		name, ok := w.text(v, "a path")
		switch {
		case !ok, !w.printableText(v, name):
			return "", false
		case !strings.HasPrefix(name, "/"):
			w.report(v, "write the whole path, from / on", "the path %s is relative, and a daemon has no folder of its own", quote(name))
			return "", false
		case len(name) > longest:
			w.report(v, "", "the path %s has %d letters, and %d are the most", quote(name), len(name), longest)
			return "", false
		}
		return name, true
	}}
}

// freeText is a text for which there are no rules but its length, in bytes.
func freeText(longest int) kind[string] {
	text := schema{Type: types{"string"}, MaxLength: longest, Pattern: `[\s\S]`, PatternError: "the text is empty"}
	return kind[string]{typ: "a text", limits: fmt.Sprintf("1 to %d letters", longest), schema: text, read: func(w *walker, v value) (string, bool) {
		t, ok := w.text(v, "a text")
		switch {
		case !ok:
			return "", false
		case t == "":
			w.report(v, "remove it", "%s is empty", v.name)
			return "", false
		case len(t) > longest:
			w.report(v, "", "%s has %d letters, and %d are the most", v.name, len(t), longest)
			return "", false
		}
		return t, true
	}}
}
