package dialplan

import (
	"strings"
	"unicode/utf8"
)

// maxSuggest is the longest word that a suggestion is looked for, so that a hostile file cannot make it costly.
const maxSuggest = 64

// Suggest gives the one of known that word was most likely meant to be, or "" where none is near. One wrong, missing,
// extra or swapped letter is always near; of every four letters one more may be.
func Suggest(word string, known []string) string {
	if word == "" || len(word) > maxSuggest {
		return ""
	}
	best, bestScore := "", -1
	for _, k := range known {
		if k == "" || len(k) > len(word)+maxSuggest/3 || len(word) > len(k)+maxSuggest/3 {
			continue
		}
		near := 1 + min(utf8.RuneCountInString(word), utf8.RuneCountInString(k))/4
		d := distance(strings.ToLower(word), strings.ToLower(k))
		if d > near || k == word || d >= utf8.RuneCountInString(k) {
			continue
		}
		score := 3 * d
		if k[0] != word[0] {
			score++ // the first letter is the one that is least often wrong
		}
		if len(k) != len(word) {
			score++
		}
		if best == "" || score < bestScore {
			best, bestScore = k, score
		}
	}
	return best
}

// distance counts the letters that were changed, added, left out or swapped with their neighbor between a and b
// (optimal string alignment).
func distance(a, b string) int {
	x, y := []rune(a), []rune(b)
	older, old, row := make([]int, len(y)+1), make([]int, len(y)+1), make([]int, len(y)+1)
	for j := range old {
		old[j] = j
	}
	for i := 1; i <= len(x); i++ {
		row[0] = i
		for j := 1; j <= len(y); j++ {
			change := old[j-1]
			if x[i-1] != y[j-1] {
				change++
			}
			row[j] = min(change, old[j]+1, row[j-1]+1)
			if i > 1 && j > 1 && x[i-1] == y[j-2] && x[i-2] == y[j-1] {
				row[j] = min(row[j], older[j-2]+1)
			}
		}
		older, old, row = old, row, older
	}
	return old[len(y)]
}
