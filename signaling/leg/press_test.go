package leg

import (
	"testing"
	"time"

	"github.com/tandemgw/tandem/bridge"
)

func TestParsePress(t *testing.T) {
	for _, c := range []struct {
		contentType, body string
		want              bridge.Press
		ok                bool
	}{
		{"application/dtmf-relay", "Signal=5\r\nDuration=160\r\n", bridge.Press{Digit: '5', Length: 160 * time.Millisecond}, true},
		{"application/dtmf-relay", "Signal= #\nDuration= 250", bridge.Press{Digit: '#', Length: 250 * time.Millisecond}, true},
		{"application/dtmf-relay", "DURATION=100\r\nSIGNAL=a", bridge.Press{Digit: 'A', Length: 100 * time.Millisecond}, true},
		{"application/dtmf-relay", "Signal=10\r\nDuration=999999", bridge.Press{Digit: '*', Length: maxPress}, true},
		{"application/dtmf-relay", "Signal=1\r\nDuration=-5", bridge.Press{Digit: '1', Length: defaultPress}, true},
		{"application/dtmf-relay", "Signal=1\r\nDuration=9999999999999", bridge.Press{Digit: '1', Length: maxPress}, true}, // more than a time.Duration has
		{"application/dtmf", " 7\r\n", bridge.Press{Digit: '7', Length: defaultPress}, true},
		{"application/dtmf", "", bridge.Press{}, false},
		{"application/dtmf-relay", "Duration=100", bridge.Press{}, false},
		{"application/dtmf-relay", "Signal=55", bridge.Press{}, false},
		{"application/sdp", "Signal=5", bridge.Press{}, false},
	} {
		got, err := parsePress(c.contentType, []byte(c.body))
		if (err == nil) != c.ok || c.ok && got != c.want {
			t.Errorf("parsePress(%q, %q) = %+v, %v, want %+v", c.contentType, c.body, got, err, c.want)
		}
	}
}

func FuzzParsePress(f *testing.F) {
	f.Add("application/dtmf-relay", []byte("Signal=5\r\nDuration=160\r\n"))
	f.Add("application/dtmf", []byte("#"))
	f.Add("application/dtmf-relay", []byte("Signal=16\nDuration=99999999999999999999"))
	f.Fuzz(func(t *testing.T, contentType string, body []byte) {
		p, err := parsePress(contentType, body)
		if err == nil && (!p.Digit.Valid() || p.Length <= 0 || p.Length > maxPress) {
			t.Errorf("parsePress(%q, %q) = %+v", contentType, body, p)
		}
	})
}
