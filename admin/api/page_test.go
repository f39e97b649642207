package api

import (
	"encoding/xml"
	"errors"
	"io"
	"regexp"
	"strings"
	"testing"
)

// TestThePageTellsPeopleOfEachOperation reads the page as XML, which it is but for the
// elements that HTML leaves open, and follows its links.
func TestThePageTellsPeopleOfEachOperation(t *testing.T) {
	a, _ := newAPI(t)
	w := as(Nobody, a, "GET", prefix+"/", "")
	page := w.Body.String()
	if w.Code != 200 || !strings.HasPrefix(w.Header().Get("Content-Type"), "text/html") {
		t.Fatalf("it answered %d %s", w.Code, w.Header())
	}
	for _, op := range operations(t, a) {
		if !strings.Contains(page, `<details id="`+op.id+`">`) {
			t.Errorf("the page lacks %s", op.id)
		}
	}
	for _, m := range regexp.MustCompile(`(?:href|src)="([^"]*)"`).FindAllStringSubmatch(page, -1) {
		switch at := m[1]; {
		case strings.HasPrefix(at, "#"):
			if !strings.Contains(page, `id="`+at[1:]+`"`) {
				t.Errorf("nothing is at %s", at)
			}
		case at == "/console":
		case strings.Contains(at, ":") || strings.HasPrefix(at, "/"):
			t.Errorf("it goes to %s", at)
		default:
			if w := as(Nobody, a, "GET", prefix+"/"+at, ""); w.Code != 200 {
				t.Errorf("%s answers %d", at, w.Code)
			}
		}
	}
	if strings.Contains(page, "<script") || strings.Contains(page, "style=") || strings.Contains(page, "%!") {
		t.Error("it has scripts, styles of its own or what was not filled in")
	}
	d := xml.NewDecoder(strings.NewReader(strings.TrimPrefix(page, "<!doctype html>")))
	d.Strict, d.AutoClose, d.Entity = false, []string{"meta", "link"}, xml.HTMLEntity
	for {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}
}
