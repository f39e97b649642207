package admin

import (
	"net/http"
	"strings"
)

// secured puts the policy of the whole site on every answer and refuses a Host
// that could not be written into it.
func (h *handler) secured(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !validHost(r.Host) {
			http.Error(w, "The Host header field names no host.", http.StatusBadRequest)
			return
		}
		head := w.Header()
		embed := h.embeds(r)
		head.Set("Content-Security-Policy", policy(r.Host, embed))
		head.Set("X-Content-Type-Options", "nosniff")
		if len(embed) == 0 { // it cannot name anybody: frame-ancestors alone does
			head.Set("X-Frame-Options", "DENY")
		}
		// A link's token is in its path and must not be told to anybody.
		head.Set("Referrer-Policy", "no-referrer")
		head.Set("Permissions-Policy", "microphone=(self), speaker-selection=(self), autoplay=(self), camera=(self), geolocation=(), display-capture=(self), payment=(), usb=()")
		head.Set("Cross-Origin-Opener-Policy", "same-origin")
		head.Set("Cross-Origin-Resource-Policy", "same-origin")
		next.ServeHTTP(w, r)
	})
}

// embeds are the origins that may hold what a request asks for in a frame: the
// phone's page for those of the configuration, all else nobody.
func (h *handler) embeds(r *http.Request) []string {
	if r.URL.Path != "/" && !strings.HasPrefix(r.URL.Path, "/p/") {
		return nil
	}
	return h.config.Embed
}

// policy allows our own files and our own socket, and nothing inline. The
// sockets are named since not every browser takes 'self' to cover ws and wss.
func policy(host string, embed []string) string {
	ancestors := "'none'"
	if len(embed) > 0 {
		ancestors = "'self' " + strings.Join(embed, " ")
	}
	return "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; media-src 'self' blob: mediastream:; " +
		"connect-src 'self' ws://" + host + " wss://" + host + "; " +
		"manifest-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors " + ancestors
}

// validHost takes host, host:port, IPv4 and [IPv6]: nothing that has a meaning
// in a policy.
func validHost(host string) bool {
	if host == "" || len(host) > 300 {
		return false
	}
	return !strings.ContainsFunc(host, func(c rune) bool {
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9':
			return false
		}
		return !strings.ContainsRune(".-_:[]", c)
	})
}
