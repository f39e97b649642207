package admin

import (
	_ "embed" // the pages
	"errors"
	"html"
	"io"
	"net/http"
	"strings"

	"github.com/tandemgw/tandem/web"
)

//go:embed pages/layout.html
var layout string

//go:embed pages/trust.html
var trustPage string

//go:embed pages/words.html
var wordsPage string

// pages are the few that the server writes itself; they wear the phone's style.
//
// Their fields stand in double braces and are only ever text, so that escaping is all
// they need: html/template calls methods by their names, which has the linker keep every
// method of every library, a sixth of the program.
type pages struct{ style, icon string }

func newPages(b web.Build) (*pages, error) {
	p := &pages{style: b.Assets["phone.css"], icon: b.Assets["favicon.svg"]}
	if p.style == "" || p.icon == "" {
		return nil, errors.New("read the pages: the web build lacks its style or icon")
	}
	return p, nil
}

// write is the page with a body, whose fields, and those of the layout, have values.
func (p *pages) write(body string, fields map[string]string) string {
	pairs := []string{"{{style}}", html.EscapeString(p.style), "{{icon}}", html.EscapeString(p.icon)}
	for name, value := range fields {
		pairs = append(pairs, "{{"+name+"}}", html.EscapeString(value))
	}
	// The body goes in before any value does, so that no value is taken for a field.
	return strings.NewReplacer(pairs...).Replace(strings.Replace(layout, "{{body}}", body, 1))
}

func (h *handler) page(w http.ResponseWriter, r *http.Request, status int, body string, fields map[string]string) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-cache")
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		// The browser went away; there is nobody to tell.
		_, _ = io.WriteString(w, h.pages.write(body, fields))
	}
}

// say answers in words: a page for browsers, JSON below /api, a line for the rest.
func (h *handler) say(w http.ResponseWriter, r *http.Request, status int, title, words string) {
	switch {
	case strings.HasPrefix(r.URL.Path, "/api/"):
		writeJSON(w, status, &refusal{Code: strings.ToLower(strings.ReplaceAll(http.StatusText(status), " ", "-")), Words: title + ". " + words})
	case strings.Contains(r.Header.Get("Accept"), "text/html"):
		h.page(w, r, status, wordsPage, map[string]string{"title": title, "words": words})
	default:
		plainText(w, status, title+". "+words+"\n")
	}
}
