package admin

import (
	"net/http"
	"strconv"
	"strings"
)

// phone is the page itself, at / and at /p/{token}. It is the same for
// everybody; the token is redeemed by the page, with a POST, so that a preview
// or a scanner that fetches the link does not use it up.
func (h *handler) phone(w http.ResponseWriter, r *http.Request) {
	h.file(w, r, "index.html", "no-cache")
}

// console is the page of the console, the same at every address below /console:
// the page itself reads which of its screens is meant.
func (h *handler) console(w http.ResponseWriter, r *http.Request) {
	h.file(w, r, "console.html", "no-cache")
}

// asset is a file whose name holds the hash of its content.
func (h *handler) asset(w http.ResponseWriter, r *http.Request) {
	h.file(w, r, "assets/"+r.PathValue("name"), "public, max-age=31536000, immutable")
}

func (h *handler) favicon(w http.ResponseWriter, r *http.Request) {
	h.file(w, r, "assets/"+h.pages.icon, "public, max-age=86400")
}

// worker is the service worker: at the top, since it can only serve what is below it.
func (h *handler) worker(w http.ResponseWriter, r *http.Request) {
	h.file(w, r, "sw.js", "no-cache")
}

// manifest says how the phone is installed as an application.
func (h *handler) manifest(w http.ResponseWriter, r *http.Request) {
	h.file(w, r, "phone.webmanifest", "no-cache")
}

// embed is the script for other sites: it may be loaded from any of them, and what
// it opens decides by itself who may hold it.
func (h *handler) embed(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cross-Origin-Resource-Policy", "cross-origin")
	h.file(w, r, "embed.js", "public, max-age=3600")
}

func (h *handler) licenses(w http.ResponseWriter, r *http.Request) {
	h.file(w, r, "licenses.txt", "no-cache")
}

func (h *handler) file(w http.ResponseWriter, r *http.Request, name, cache string) {
	f, ok := h.files[name]
	if !ok {
		h.notFound(w, r)
		return
	}
	head := w.Header()
	head.Set("Content-Type", f.Type)
	head.Set("Cache-Control", cache)
	head.Set("ETag", f.ETag)
	body := f.Body
	if f.Gzip != nil {
		head.Set("Vary", "Accept-Encoding")
		if acceptsGzip(r.Header.Get("Accept-Encoding")) {
			head.Set("Content-Encoding", "gzip")
			body = f.Gzip
		}
	}
	if strings.Contains(r.Header.Get("If-None-Match"), f.ETag) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	send(w, r, body)
}

func send(w http.ResponseWriter, r *http.Request, body []byte) {
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	if r.Method == http.MethodHead {
		return
	}
	// The browser went away; there is nobody to tell.
	_, _ = w.Write(body)
}

// acceptsGzip reads Accept-Encoding (RFC 9110 §12.5.3) as far as it matters.
func acceptsGzip(field string) bool {
	for part := range strings.SplitSeq(field, ",") {
		coding, weight, _ := strings.Cut(part, ";")
		if !strings.EqualFold(strings.TrimSpace(coding), "gzip") {
			continue
		}
		_, q, found := strings.Cut(weight, "=")
		if !found {
			return true
		}
		value, err := strconv.ParseFloat(strings.TrimSpace(q), 64)
		return err == nil && value > 0
	}
	return false
}
