package config

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// TestOneEditTyposOfEveryWord spoils every word that the vocabulary knows, where it may stand: types of blocks, attributes,
// members of groups, words that are values, steps, their options, functions and variables.
func TestOneEditTyposOfEveryWord(t *testing.T) {
	v := Describe()
	places := map[string][]string{} // texts with %s for the word, by the word
	add := func(word, text string) {
		if len(word) > 2 && !slices.Contains(places[word], text) {
			places[word] = append(places[word], text)
		}
	}
	for _, b := range v.Blocks {
		open := b.Type + " {\n"
		if b.Label != "" {
			open = fmt.Sprintf("%s %q {\n", b.Type, map[bool]string{true: "users", false: "x1"}[b.Type == "from"])
		}
		shut := "\n}\n"
		if b.Type == "" {
			open, shut = "", "\n"
		} else {
			add(b.Type, strings.Replace(open, b.Type, "%s", 1)+"}\n")
		}
		for _, a := range b.Attributes {
			if a.Name == "*" {
				continue
			}
			add(a.Name, open+"%s = 1"+shut)
			item, form := a.Shape, ` = "%s"`
			if item.Kind == KindList && item.Item != nil {
				item, form = *item.Item, ` = ["%s"]`
			}
			for _, w := range item.Words {
				if item.Kind == KindWord {
					add(w, open+a.Name+form+shut)
				}
			}
			for _, m := range a.Shape.Members {
				add(m.Name, open+a.Name+" = { %s = 1 }"+shut)
			}
		}
	}
	row := func(steps string) string { return "from \"users\" {\n  calls = { \"1\" = " + steps + " }\n}\n" }
	for _, s := range v.Steps {
		add(s.Name, row("[%s()]"))
		arguments := strings.Repeat(`"x", `, max(0, len(s.Params)-1))
		for _, o := range s.Options {
			add(o, row("["+s.Name+"("+arguments+"{ %s = 1 })]"))
		}
	}
	for _, f := range v.Functions {
		add(f.Name, "let {\n  a = %s(\"x\")\n}\n")
	}
	for _, w := range v.Variables {
		add(w.Name, row(`[dial("user:${%s}")]`))
	}
	total, right := 0, 0
	var missed []string
	for word, texts := range places {
		all := typos(word)
		for _, typo := range all[:min(3, len(all))] {
			if _, taken := places[typo]; taken || strings.ContainsAny(typo[:1], "0123456789") {
				continue
			}
			text := texts[0]
			_, found := Check("testdata/good", []Source{{"t.hcl", []byte("domain = \"x.test\"\n" + fmt.Sprintf(text, typo))}}, Options{})
			if total++; suggests(found, word) {
				right++
			} else {
				missed = append(missed, fmt.Sprintf("%s as %s: %s", word, typo, firstLine(found)))
			}
		}
	}
	share := 100 * float64(right) / float64(total)
	t.Logf("%d words, %d of %d typos recognized: %.1f %%", len(places), right, total, share)
	if share < 90 || len(places) < 200 {
		t.Errorf("%.1f %% of %d words are recognized, want 90:\n%s", share, len(places), strings.Join(missed, "\n"))
	}
}
