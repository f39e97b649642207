package admin

import (
	"bytes"
	"encoding/json"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/tandemgw/tandem/bridge/verdict"
)

func TestAPhoneReportsOnlyAsItsUser(t *testing.T) {
	var user string
	var got verdict.Phone
	g := newGateway(t, func(c *Config) {
		c.PhoneStats = func(u string, p verdict.Phone) error {
			if p.CallID != "abc@browser" {
				return ErrNotFound
			}
			user, got = u, p
			return p.Validate()
		}
	})
	jar := map[string]string{}
	if _, status, _ := g.session(`{"user":"1001","password":"right"}`, jar); status != http.StatusOK {
		t.Fatalf("signing in got %d", status)
	}
	const report = `{"callId":"abc@browser","hears":{"packets":500,"codec":"opus/48000","levelDbfs":-20},"says":{"packets":480},"roundTripMs":31,"new":1}`
	tests := []struct {
		name, body string
		jar        map[string]string
		change     func(*http.Request)
		want       int
	}{
		{"its own call", report, jar, nil, http.StatusNoContent},
		{"nobody's browser", report, nil, nil, http.StatusUnauthorized},
		{"another's call", strings.Replace(report, "abc@browser", "other", 1), jar, nil, http.StatusNotFound},
		{"no sense", strings.Replace(report, "-20", "20", 1), jar, nil, http.StatusBadRequest},
		{"no JSON", "x", jar, nil, http.StatusBadRequest},
		{"two", report + report, jar, nil, http.StatusBadRequest},
		{"too long", `{"callId":"` + strings.Repeat("x", maxBody) + `"}`, jar, nil, http.StatusRequestEntityTooLarge},
		{"another site", report, jar, func(r *http.Request) { r.Header.Set("Origin", "https://evil.example") }, http.StatusForbidden},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			change := []func(*http.Request){}
			if tt.change != nil {
				change = append(change, tt.change)
			}
			if w := g.ask("POST", "/api/v1/phone/stats", tt.body, tt.jar, change...); w.Code != tt.want {
				t.Errorf("it answered %d %s, want %d", w.Code, w.Body, tt.want)
			}
		})
	}
	if user != "1001" || got.Hears.Packets != 500 || got.RoundTripMS != 31 {
		t.Errorf("kept of %q: %+v", user, got)
	}
}

func TestAboutOffersStatsWhereTheyAreKept(t *testing.T) {
	for _, tt := range []struct {
		name string
		keep func(string, verdict.Phone) error
		want string
	}{
		{"kept", func(string, verdict.Phone) error { return nil }, `"trust":false,"offers":["stats"]}`},
		{"not kept", nil, `"trust":false}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			g := newGateway(t, func(c *Config) { c.PhoneStats = tt.keep })
			if w := g.ask("GET", "/api/v1/phone/about", "", nil); !strings.HasSuffix(strings.TrimSpace(w.Body.String()), tt.want) {
				t.Errorf("about = %s, want it to end with %s", w.Body, tt.want)
			}
		})
	}
}

// TestWhatTheWebPhoneReportsIsTaken reads what web/test/report.test.ts makes of the
// statistics of a real call, strictly.
func TestWhatTheWebPhoneReportsIsTaken(t *testing.T) {
	b, err := os.ReadFile("../web/test/report.json")
	if err != nil {
		t.Fatal(err)
	}
	var p verdict.Phone
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(&p); err != nil {
		t.Fatal(err)
	}
	if err := p.Validate(); err != nil {
		t.Error(err)
	}
	if p.CallID == "" || p.Hears.Packets == 0 || p.Says.Packets == 0 || p.Hears.Codec != "opus/48000" || p.State != "connected" || p.Pair == "" {
		t.Errorf("it says %+v", p)
	}
}
