package howto

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// TestLetAProgramDecide is the program of the text: it answers with the answer that
// is shown there.
func TestLetAProgramDecide(t *testing.T) {
	var answer string
	for _, b := range blocks(t, "let-a-program-decide.md") {
		if b.kind == "json" && answer == "" {
			answer = b.text
		}
	}
	asked := make(chan string, 1)
	app := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		question, _ := io.ReadAll(r.Body)
		asked <- fmt.Sprintf("%s %s", r.Header.Get("Tandem-Signature"), question)
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, answer)
	}))
	t.Cleanup(app.Close)
	p := newPage(t, append(gatewayHere(), "https://app.example.com", app.URL)...)
	p.do("let-a-program-decide.md")
	p.call("sip:300@")
	if q := <-asked; !strings.HasPrefix(q, "t=") || !strings.Contains(q, `"from":"user:201","to":"300"`) {
		t.Errorf("asked %s", q)
	}
	p.hangup()
}
