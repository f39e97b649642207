package config

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

func TestNumbersGoAsTheFileSays(t *testing.T) {
	f := mustLoad(t, "testdata/good/numbers.hcl", Options{})
	if f.Users[0].Number != "+442079460201" {
		t.Errorf("the user's number is %q", f.Users[0].Number)
	}
	for _, r := range f.Plan.RunTests() {
		if !r.Passed() {
			t.Errorf("%s", r)
		}
	}
}

func TestAPlanIsAnotherOneWhenNumbersOfATrunkOrAUserAre(t *testing.T) {
	text, err := os.ReadFile("testdata/good/numbers.hcl")
	if err != nil {
		t.Fatal(err)
	}
	sum := func(old, with string) string {
		f, found := Check("testdata/good", []Source{{"t.hcl", []byte(strings.Replace(string(text), old, with, 1))}}, Options{})
		if f == nil {
			t.Fatal(found)
		}
		return f.PlanSum
	}
	as := sum("", "")
	for old, with := range map[string]string{`"4711#"`: `"4712#"`, `"e164-without-plus"`: `"00"`, "7946 0201": "7946 0202"} {
		if sum(old, with) == as {
			t.Errorf("%s in place of %s changes no plan: a reload would pass it over", with, old)
		}
	}
}

func TestTyposInNumbersGetTheRightSuggestion(t *testing.T) {
	text, err := os.ReadFile("testdata/good/numbers.hcl")
	if err != nil {
		t.Fatal(err)
	}
	words := regexp.MustCompile(`\b(numbering|country|emergency|area|outside|extensions|permissions|allow|countries|minutes_a_day|minutes_a_month|` +
		`max_calls|number|numbers|number_prefix|strip_prefix|e164-without-plus|national|mobile|toll_free|shared_cost|service)\b`)
	done := map[string]bool{}
	total, right := 0, 0
	var missed []string
	for _, at := range words.FindAllIndex(text, -1) {
		word := string(text[at[0]:at[1]])
		if done[word] || inComment(text, at[0]) {
			continue
		}
		done[word] = true
		for i, typo := range typos(word) {
			if i%4 != len(word)%4 {
				continue
			}
			spoiled := string(text[:at[0]]) + typo + string(text[at[1]:])
			_, found := Check("testdata/good", []Source{{"t.hcl", []byte(spoiled)}}, Options{})
			if total++; suggests(found, word) {
				right++
			} else {
				missed = append(missed, word+" as "+typo+": "+firstLine(found))
			}
		}
	}
	if share := 100 * float64(right) / float64(total); share < 90 || len(done) < 20 {
		t.Errorf("%.1f %% of %d words are recognized, want 90:\n%s", share, len(done), strings.Join(missed, "\n"))
	}
}
