package admin

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestAPhoneReadsTheHistoryOfItsUser(t *testing.T) {
	at := time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC)
	var asked string
	broken := false
	g := newGateway(t, func(c *Config) {
		c.PhoneHistory = func(_ context.Context, user string, limit int) ([]PastCall, error) {
			if broken {
				return nil, errors.New("the disk is gone")
			}
			asked = user
			if limit == 1 {
				return nil, nil
			}
			return []PastCall{{At: at, Number: "202", Name: "Bob", Direction: "out", Answered: true, Seconds: 62}}, nil
		}
	})
	jar := map[string]string{}
	if _, status, _ := g.session(`{"user":"1001","password":"right"}`, jar); status != http.StatusOK {
		t.Fatalf("signing in got %d", status)
	}
	const path = "/api/v1/phone/history"
	for _, tt := range []struct {
		name, query string
		jar         map[string]string
		broken      bool
		want        int
		answer      string
	}{
		{"its own", "", jar, false, 200, `{"calls":[{"at":"2026-11-21T10:00:00Z","number":"202","name":"Bob","direction":"out","answered":true,"seconds":62}]}`},
		{"as the page asks", "?as=1001&limit=100", jar, false, 200, `"number":"202"`},
		{"none", "?limit=1", jar, false, 200, `{"calls":[]}`},
		{"another's", "?as=1002", jar, false, 401, `"signed-out"`},
		{"nobody's browser", "", nil, false, 401, `"signed-out"`},
		{"no store", "", jar, true, 503, `"unavailable"`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			broken = tt.broken
			w := g.ask("GET", path+tt.query, "", tt.jar)
			if w.Code != tt.want || !strings.Contains(w.Body.String(), tt.answer) || strings.Contains(w.Body.String(), "disk") {
				t.Errorf("it answered %d %s", w.Code, w.Body)
			}
		})
	}
	if asked != "1001" {
		t.Errorf("the history of %q was asked for", asked)
	}
	if w := g.ask("GET", "/api/v1/phone/about", "", nil); !strings.Contains(w.Body.String(), `"offers":["history"]`) {
		t.Errorf("offered is %s", w.Body)
	}
}
