package admin

import (
	"net/http"
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
