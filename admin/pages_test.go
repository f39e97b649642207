package admin

import (
	"strings"
	"testing"
)

func TestPagesShowWhatTheyAreGivenAndNothingElse(t *testing.T) {
	p := &pages{style: "phone-1.css", icon: "i.svg"}
	fields := map[string]string{
		"title": `<b>"{{words}}"`, "words": "{{title}} & co", "name": "CA", "until": "2036-11-21", "fingerprint": "AA:BB",
	}
	for name, body := range map[string]string{"words": wordsPage, "trust": trustPage} {
		got := p.write(body, fields)
		if rest := strings.NewReplacer("{{words}}", "", "{{title}}", "").Replace(got); strings.Contains(rest, "{{") {
			t.Errorf("%s: a field has no value:\n%s", name, rest)
		}
		if strings.Contains(got, "<b>\"") || !strings.Contains(got, `href="/assets/phone-1.css"`) {
			t.Errorf("%s:\n%s", name, got)
		}
	}
	got := p.write(wordsPage, fields)
	for _, want := range []string{"&lt;b&gt;&#34;{{words}}&#34;", "<p>{{title}} &amp; co</p>"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %s in\n%s", want, got)
		}
	}
}
