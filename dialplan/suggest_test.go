package dialplan

import (
	"strings"
	"testing"
)

func TestSuggestFindsOneEditTypos(t *testing.T) {
	known := append(stepNames(), append(callVariables(), functionNames(textFunctions())...)...)
	total, right := 0, 0
	for _, word := range known {
		for _, typo := range typos(word) {
			if typo == "" || contains(known, typo) {
				continue
			}
			total++
			if Suggest(typo, known) == word {
				right++
			}
		}
	}
	if share := float64(right) / float64(total); share < 0.9 {
		t.Errorf("%d of %d typos are recognized: %.1f %%, want 90", right, total, 100*share)
	}
}

// typos gives every word one edit away: a letter left out, doubled, swapped with the next, replaced or put in.
func typos(word string) []string {
	var all []string
	for i := range len(word) {
		all = append(all, word[:i]+word[i+1:], word[:i]+word[i:i+1]+word[i:])
		for _, c := range []string{"q", "e", "_", "7"} {
			all = append(all, word[:i]+c+word[i+1:], word[:i]+c+word[i:])
		}
		if i+1 < len(word) && word[i] != word[i+1] {
			all = append(all, word[:i]+word[i+1:i+2]+word[i:i+1]+word[i+2:])
		}
	}
	return all
}

func contains(all []string, s string) bool {
	return strings.Contains(" "+strings.Join(all, " ")+" ", " "+s+" ")
}

func TestSuggestIsSilentWhereNothingIsNear(t *testing.T) {
	for _, word := range []string{"", "x", "zzzz", strings.Repeat("dial", 100)} {
		if got := Suggest(word, []string{"dial", "ring", "to"}); got != "" {
			t.Errorf("Suggest(%q) = %q, want nothing", word, got)
		}
	}
}
