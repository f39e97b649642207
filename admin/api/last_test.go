package api

import (
	"net/http"
	"slices"
	"strings"
	"testing"
)

func TestLastStandsForTheCallThatBeganLast(t *testing.T) {
	w := &whole{}
	c := w.config()
	c.Store = newStore(t)
	last := "one"
	c.Sources.Last = func() (string, bool) { return last, last != "" }
	a, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		method, path string
		want         int
		did, says    string
	}{
		{"GET", "/calls/last", 200, "", `"id":"one"`},
		{"GET", "/calls/last/why", 200, "", "all is well"},
		{"GET", "/calls/last/trace?format=text", 200, "", "text "},
		{"GET", "/calls/last/trace?format=pcapng", 200, "", "pcapng "},
		{"GET", "/calls/last/routing", 200, "", "explanations"},
		{"GET", "/calls/last/logs", 200, "", "answered"},
		{"PUT", "/calls/last/capture/on", 200, "capture one on", `"call":"one"`},
		{"PUT", "/calls/last/recording/on", 204, "record one on", ""},
		{"DELETE", "/calls/last", 204, "hang up one", ""},
		{"GET", "/calls/lastly", 404, "", "there is no call lastly"},
		{"GET", "/calls/last/nothing", 404, "", "nothing at"},
	} {
		w.done = nil
		res := as(Admin, a, tt.method, prefix+tt.path, "")
		if res.Code != tt.want || !strings.Contains(res.Body.String(), tt.says) {
			t.Errorf("%s %s answered %d %s, want %d with %q", tt.method, tt.path, res.Code, res.Body, tt.want, tt.says)
		}
		if tt.did != "" && !slices.Equal(w.done, []string{tt.did}) {
			t.Errorf("%s %s did %q, want %q", tt.method, tt.path, w.done, tt.did)
		}
	}
	last = ""
	if res := as(Viewer, a, "GET", prefix+"/calls/last/trace", ""); res.Code != http.StatusNotFound || !strings.Contains(res.Body.String(), "there was no call since the gateway began") {
		t.Errorf("without any call it answered %d %s", res.Code, res.Body)
	}
	if res := as(Nobody, a, "GET", prefix+"/calls/last", ""); res.Code != http.StatusUnauthorized {
		t.Errorf("for nobody it answered %d %s", res.Code, res.Body)
	}
}

func TestACallThatIsOverIsNotEndedAgain(t *testing.T) {
	w := &whole{}
	c := w.config()
	c.Control.Hangup = func(string) bool { return false }
	a, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	for id, says := range map[string]string{"one": "call one is over already", "none": "there is no call none"} {
		if res := as(Operator, a, "DELETE", prefix+"/calls/"+id, ""); res.Code != http.StatusNotFound || !strings.Contains(res.Body.String(), says) {
			t.Errorf("of %s it answered %d %s, want 404 with %q", id, res.Code, res.Body, says)
		}
	}
}
