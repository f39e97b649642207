package leg

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/tandemgw/tandem"
	"github.com/tandemgw/tandem/signaling/sipmsg"
)

func TestParseReason(t *testing.T) {
	for _, c := range []struct {
		value string
		want  tandem.Cause
		ok    bool
	}{
		{`Q.850;cause=17;text="User busy"`, tandem.Cause{Status: 486, Q850: 17, Text: "User busy"}, true},
		{`q.850 ; CAUSE = 16`, tandem.Cause{Q850: 16}, true},
		{`SIP;cause=603;text="a;b=c"`, tandem.Cause{Status: 603, Q850: 21, Text: "a;b=c"}, true},
		{`SIP;cause=200;text="Call completed elsewhere"`, tandem.CauseElsewhere, true},
		{`Q.850;cause=0`, tandem.Cause{}, false},
		{`Q.850;cause=128`, tandem.Cause{}, false},
		{`Q.850`, tandem.Cause{}, false},
		{`SIP;cause=99`, tandem.Cause{}, false},
		{`SIP;cause=x`, tandem.Cause{}, false},
		{`X.25;cause=17`, tandem.Cause{}, false},
		{``, tandem.Cause{}, false},
	} {
		got, ok := parseReason(c.value)
		if ok != c.ok || got != c.want {
			t.Errorf("parseReason(%q) = %+v, %v, want %+v, %v", c.value, got, ok, c.want, c.ok)
		}
	}
}

func FuzzParseReason(f *testing.F) {
	f.Add(`Q.850;cause=17;text="User busy"`)
	f.Add(`SIP;cause=200;text="Call \"completed\" elsewhere"`)
	f.Add(`SIP;cause=487;text="` + strings.Repeat("é", 200))
	f.Add("Q.850;cause=16;text=\"a\r\nX-Evil: 1\"")
	f.Fuzz(func(t *testing.T, value string) {
		c, ok := parseReason(value)
		if !ok {
			return
		}
		if c.Q850 < 0 || c.Q850 > 127 || c.Status < 0 || c.Status > 699 {
			t.Errorf("parseReason(%q) = %+v", value, c)
		}
		if !utf8.ValidString(c.Text) || strings.ContainsAny(c.Text, "\r\n\x00") || len(c.Text) > maxReason {
			t.Errorf("parseReason(%q): text %q", value, c.Text)
		}
		for _, v := range c.ReasonHeader() {
			if strings.ContainsAny(v, "\r\n") || strings.Count(v, `"`) != 2 {
				t.Errorf("Reason of %q: %q", value, v)
			}
		}
	})
}

func FuzzEscape(f *testing.F) {
	for _, s := range []string{"1001", "+44 20", "a@b", "a%40b", "\x00\r\n", "é", ";tag=x", "<>\""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, user string) {
		e := sipmsg.EscapeUser(user)
		if strings.ContainsAny(e, "@<>\" \r\n\t%\x00") && strings.ContainsAny(strings.ReplaceAll(e, "%", ""), "@<>\" \r\n\t\x00") {
			t.Errorf("escape(%q) = %q", user, e)
		}
		if got := sipmsg.UnescapeUser(e); got != user {
			t.Errorf("unescape(escape(%q)) = %q", user, got)
		}
	})
}
