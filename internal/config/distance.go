package config

import "strings"

// nearest returns the word that was probably meant, or "" when none is near: at most a third of the letters may differ.
// Case, and a dash for an underscore, make no difference.
func nearest(word string, candidates []string) string {
	if len(word) > maxQuoted {
		return ""
	}
	normal := func(s string) string { return strings.ReplaceAll(strings.ToLower(s), "-", "_") }
	best, bestDistance := "", max(1, len(word)/3)+1
	for _, c := range candidates {
		if d := distance(normal(word), normal(c)); d < bestDistance {
			best, bestDistance = c, d
		}
	}
	return best
}

// distance is the optimal string alignment distance of two words: how many letters have to be inserted, removed,
// replaced, or swapped with their neighbour.
func distance(a, b string) int {
	beforeLast, last := make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := range len(a) {
		row := make([]int, len(b)+1)
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			row[j+1] = min(last[j+1]+1, row[j]+1, last[j]+cost)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], beforeLast[j-1]+1)
			}
		}
		beforeLast, last = last, row
	}
	return last[len(b)]
}

// didYouMean is the hint for a word that is none of the candidates: the nearest, else all of them.
func didYouMean(word string, candidates []string) string {
	if near := nearest(word, candidates); near != "" {
		return `did you mean "` + near + `"?`
	}
	if len(candidates) == 0 {
		return ""
	}
	if len(candidates) > 40 {
		return ""
	}
	return "known are " + strings.Join(candidates, ", ")
}
