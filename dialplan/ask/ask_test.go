package ask

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/tandemgw/tandem/dialplan"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// step is ask() of a file, at an address of this machine.
func step(t *testing.T, address, options string) dialplan.AskStep {
	t.Helper()
	p, err := dialplan.Parse("x.hcl", fmt.Sprintf(`from "users" { calls = { "1" = [ask(%q, {%s})] } }`, address, options), dialplan.Names{})
	if err != nil {
		t.Fatal(err)
	}
	d := p.Route(dialplan.Request{From: dialplan.Source{Kind: dialplan.FromUser, Name: "1"}, To: "1"})
	return d.Steps[0].(dialplan.AskStep)
}

func TestAQuestionIsSignedAndAnswered(t *testing.T) {
	var method, kind, signature, body string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		text, _ := io.ReadAll(r.Body)
		method, kind, signature, body = r.Method, r.Header.Get("Content-Type"), r.Header.Get(SignatureHeader), string(text)
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		_, _ = io.WriteString(w, `["answer"]`)
	}))
	defer server.Close()
	c := New()
	defer func() { _ = c.Close() }()
	answer, err := c.Ask(t.Context(), step(t, server.URL+"/route", `secret = "key"`), []byte(`{"to":"1"}`))
	if err != nil || string(answer) != `["answer"]` {
		t.Fatalf("%s, %v", answer, err)
	}
	if method != "POST" || kind != "application/json" || body != `{"to":"1"}` {
		t.Errorf("%s %s %s", method, kind, body)
	}
	at, mac, _ := strings.Cut(strings.TrimPrefix(signature, "t="), ",v1=")
	sum := hmac.New(sha256.New, []byte("key"))
	_, _ = io.WriteString(sum, at+"."+body)
	if mac != hex.EncodeToString(sum.Sum(nil)) {
		t.Errorf("signed %q", signature)
	}
	if _, err := c.Ask(t.Context(), step(t, server.URL, ""), nil); err != nil || signature != "" {
		t.Errorf("without a secret: %q, %v", signature, err)
	}
}

func TestAnswersThatAreNone(t *testing.T) {
	hang := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		switch r.URL.Path {
		case "/away":
			http.Redirect(w, r, "http://127.0.0.1:9/", http.StatusTemporaryRedirect)
		case "/page":
			w.Header().Set("Content-Type", "text/html")
		case "/large":
			_, _ = io.WriteString(w, strings.Repeat("[", dialplan.MaxReply+1))
		case "/broken":
			http.Error(w, "no", http.StatusInternalServerError)
		case "/slow":
			<-hang
		case "/trickle":
			_, _ = io.WriteString(w, "[")
			w.(http.Flusher).Flush()
			<-hang
		}
	}))
	defer server.Close()
	defer close(hang)
	c := New()
	defer func() { _ = c.Close() }()
	for path, want := range map[string]string{
		"/away": "status 307", "/page": `"text/html", not application/json`, "/large": "more than 65536 octets", "/broken": "status 500",
		"/slow?key=secret": "in time", "/trickle": "in time",
	} {
		patience := time.Minute // what answers may do so late, on a busy machine
		if want == "in time" {
			patience = 300 * time.Millisecond
		}
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		_, err := c.Ask(ctx, step(t, server.URL+path, ""), nil)
		cancel()
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "key=secret") {
			t.Errorf("%s: %v, want %s", path, err, want)
		}
	}
	if _, err := c.Ask(t.Context(), step(t, "http://127.0.0.1:9/?key=secret", ""), nil); err == nil || strings.Contains(err.Error(), "secret") {
		t.Errorf("nobody there: %v", err)
	}
	for range MaxAsking {
		c.slots <- struct{}{}
	}
	if _, err := c.Ask(t.Context(), step(t, server.URL, ""), nil); err == nil || !strings.Contains(err.Error(), "too many") {
		t.Errorf("one question too many: %v", err)
	}
	for range MaxAsking {
		<-c.slots
	}
}
