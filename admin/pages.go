package admin

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"net/http"
	"strings"

	"github.com/tandemgw/tandem/web"
)

//go:embed pages/*.html
var pageFiles embed.FS

// pages are the few that the server writes itself; they wear the phone's style.
type pages struct {
	templates *template.Template
	style     string
	icon      string
}

func newPages(b web.Build) (*pages, error) {
	t, err := template.ParseFS(pageFiles, "pages/*.html")
	if err != nil {
		return nil, fmt.Errorf("read the pages: %w", err)
	}
	p := &pages{templates: t, style: b.Assets["phone.css"], icon: b.Assets["favicon.svg"]}
	if p.style == "" || p.icon == "" {
		return nil, fmt.Errorf("read the pages: the web build lacks its style or icon")
	}
	return p, nil
}

// page is what every template gets.
type page struct {
	Style, Icon string
	Title       string
	Data        any
}

func (h *handler) page(w http.ResponseWriter, r *http.Request, status int, name, title string, data any) {
	var b bytes.Buffer
	p := page{Style: h.pages.style, Icon: h.pages.icon, Title: title, Data: data}
	if err := h.pages.templates.ExecuteTemplate(&b, name, p); err != nil {
		h.log.Error("page failed", "page", name, "error", err)
		http.Error(w, title, http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-cache")
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		// The browser went away; there is nobody to tell.
		_, _ = w.Write(b.Bytes())
	}
}

// say answers in words: a page for browsers, JSON below /api, a line for the rest.
func (h *handler) say(w http.ResponseWriter, r *http.Request, status int, title, words string) {
	switch {
	case strings.HasPrefix(r.URL.Path, "/api/"):
		writeJSON(w, status, &refusal{Code: strings.ToLower(strings.ReplaceAll(http.StatusText(status), " ", "-")), Words: title + ". " + words})
	case strings.Contains(r.Header.Get("Accept"), "text/html"):
		h.page(w, r, status, "words.html", title, words)
	default:
		plainText(w, status, title+". "+words+"\n")
	}
}
