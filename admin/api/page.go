package api

import (
	_ "embed" // the style of the page
	"fmt"
	"html"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

//go:embed page.css
var pageStyle string

// pageRoutes serve the description to people: a page made of it, which loads nothing
// from elsewhere and has no script.
func (a *API) pageRoutes() {
	page := describePage(a.huma.OpenAPI())
	serve := func(path, kind, text string) {
		a.mux.HandleFunc("GET "+prefix+path, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", kind+"; charset=utf-8")
			w.Header().Set("Cache-Control", "no-cache")
			// The client went away; there is nobody to tell.
			_, _ = io.WriteString(w, text)
		})
	}
	serve("/{$}", "text/html", page)
	serve("/page.css", "text/css", pageStyle)
}

// sheet writes a page; what it is given is text, and escaped.
type sheet struct{ strings.Builder }

// put writes HTML with text in the places of %s.
func (p *sheet) put(form string, texts ...string) {
	args := make([]any, len(texts))
	for i, t := range texts {
		args[i] = html.EscapeString(t)
	}
	fmt.Fprintf(p, form, args...)
}

// prose writes text with code between backquotes, in paragraphs.
func (p *sheet) prose(text string) {
	for paragraph := range strings.SplitSeq(text, "\n\n") {
		p.put("<p>")
		for i, part := range strings.Split(paragraph, "`") {
			if i%2 == 1 {
				p.put("<code>%s</code>", part)
			} else {
				p.put("%s", part)
			}
		}
		p.put("</p>\n")
	}
}

// listed is an operation with where it is.
type listed struct {
	method, path string
	*huma.Operation
}

// describePage is the description as a page.
func describePage(spec *huma.OpenAPI) string {
	byTag := map[string][]listed{}
	for _, path := range slices.Sorted(maps.Keys(spec.Paths)) {
		item := spec.Paths[path]
		for _, op := range []listed{{"GET", path, item.Get}, {"POST", path, item.Post}, {"PUT", path, item.Put}, {"PATCH", path, item.Patch}, {"DELETE", path, item.Delete}} {
			if op.Operation != nil && len(op.Tags) > 0 {
				byTag[op.Tags[0]] = append(byTag[op.Tags[0]], op)
			}
		}
	}
	var p sheet
	p.put(`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>API of %s</title><link rel="stylesheet" href="page.css"></head><body>
<h1>API of %s</h1>
`, spec.Info.Title, spec.Info.Title)
	p.prose(spec.Info.Description)
	p.put(`<p>For programs: <a href="openapi.json">openapi.json</a> (OpenAPI %s). For people: <a href="/console">the console</a>.</p>`+"\n<nav aria-label=\"Parts\">", spec.OpenAPI)
	tags := slices.Sorted(maps.Keys(byTag))
	for _, tag := range append(tags, "shapes") {
		p.put(`<a href="#%s">%s</a>`, tag, tag)
	}
	p.put("</nav>\n<main>\n")
	for _, tag := range tags {
		p.put(`<h2 id="%s">%s</h2>`+"\n", tag, tag)
		for _, op := range byTag[tag] {
			p.operation(op)
		}
	}
	p.put(`<h2 id="shapes">shapes</h2>` + "\n")
	all := spec.Components.Schemas.Map()
	for _, name := range slices.Sorted(maps.Keys(all)) {
		p.put(`<details id="shape-%s"><summary>%s</summary>`, name, name)
		p.shape(all[name])
		p.put("</details>\n")
	}
	p.put("</main></body></html>\n")
	return p.String()
}

// operation writes one operation.
func (p *sheet) operation(op listed) {
	role, _ := op.Extensions["x-role"].(string)
	if role == "" {
		role = "everybody"
	}
	p.put(`<details id="%s"><summary><b>%s</b> <code>%s</code> %s <small>%s</small></summary>`+"\n", op.OperationID, op.method, op.path, op.Summary, role)
	if op.Description != "" {
		p.prose(op.Description)
	}
	if len(op.Parameters) > 0 {
		p.put(`<div class="wide"><table><tr><th>parameter</th><th>in</th><th>is</th><th></th></tr>`)
		for _, q := range op.Parameters {
			text := q.Description
			if text == "" && q.Schema != nil {
				text = q.Schema.Description
			}
			p.put("<tr><td><code>%s</code></td><td>%s</td><td>", q.Name, q.In)
			p.kind(q.Schema)
			p.put("</td><td>%s</td></tr>", text)
		}
		p.put("</table></div>\n")
	}
	if op.RequestBody != nil {
		p.content("Takes", op.RequestBody.Content)
	}
	for _, status := range slices.Sorted(maps.Keys(op.Responses)) {
		if status >= "400" || status == "default" {
			continue // a refusal, as the head of the page has it
		}
		p.content("Answers "+status, op.Responses[status].Content)
	}
	p.put("</details>\n")
}

// content writes what a body is.
func (p *sheet) content(what string, all map[string]*huma.MediaType) {
	if len(all) == 0 {
		p.put(`<p class="soft">%s, without a body.</p>`+"\n", what)
	}
	for _, kind := range slices.Sorted(maps.Keys(all)) {
		p.put(`<p class="soft">%s <code>%s</code>: `, what, kind)
		p.kind(all[kind].Schema)
		p.put("</p>\n")
	}
}

// kind writes what a value is, in a few words; shapes are links.
func (p *sheet) kind(s *huma.Schema) {
	switch {
	case s == nil:
		p.put("anything")
	case s.Ref != "":
		name := s.Ref[strings.LastIndexByte(s.Ref, '/')+1:]
		p.put(`<a href="#shape-%s">%s</a>`, name, name)
	case s.Items != nil:
		p.put("list of ")
		p.kind(s.Items)
	case len(s.Enum) > 0:
		words := make([]string, len(s.Enum))
		for i, e := range s.Enum {
			words[i] = fmt.Sprint(e)
		}
		p.put("%s", strings.Join(words, ", "))
	case s.Type == "object" && s.AdditionalProperties != nil:
		p.put("table of ")
		of, _ := s.AdditionalProperties.(*huma.Schema)
		p.kind(of)
	case s.Format != "":
		p.put("%s (%s)", s.Type, s.Format)
	default:
		p.put("%s", s.Type)
	}
	if s != nil && s.Default != nil {
		p.put(`; <code>%s</code> where it is left out`, fmt.Sprint(s.Default))
	}
}

// shape writes the fields of an object.
func (p *sheet) shape(s *huma.Schema) {
	if len(s.Properties) == 0 {
		p.put("<p>")
		p.kind(s)
		p.put("</p>")
		return
	}
	p.put(`<div class="wide"><table><tr><th>field</th><th>is</th><th></th></tr>`)
	for _, name := range slices.Sorted(maps.Keys(s.Properties)) {
		field := s.Properties[name]
		p.put("<tr><td><code>%s</code></td><td>", name)
		p.kind(field)
		note := field.Description
		if note == "" && !slices.Contains(s.Required, name) {
			note = "may be left out"
		}
		p.put("</td><td>%s</td></tr>", note)
	}
	p.put("</table></div>")
}
