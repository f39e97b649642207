package dialog

import (
	"strings"
	"testing"
	"time"

	"github.com/emiago/sipgo/sip"
)

func withFields(t *testing.T, fields ...string) *sip.Request {
	t.Helper()
	return parse[*sip.Request](t, strings.Replace(invite, "Content-Length", strings.Join(append(fields, "Content-Length"), "\n"), 1))
}

func answerWith(t *testing.T, status string, fields ...string) *sip.Response {
	t.Helper()
	text := "SIP/2.0 " + status + "\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\nFrom: <sip:a@b>;tag=1\nTo: <sip:c@d>;tag=2\nCall-ID: x\nCSeq: 7 INVITE\n"
	return parse[*sip.Response](t, text+strings.Join(append(fields, "Content-Length: 0"), "\n")+"\n\n")
}

func TestSessionExpiresIsRead(t *testing.T) {
	for text, want := range map[string]SessionExpires{
		"1800":                        {1800 * time.Second, Unsaid},
		"90;refresher=uac":            {90 * time.Second, UAC},
		" 4000 ; x=y ;Refresher= UAS": {4000 * time.Second, UAS},
		"60;refresher=me":             {60 * time.Second, Unsaid},
	} {
		if got, err := ParseSessionExpires(text); err != nil || got != want {
			t.Errorf("ParseSessionExpires(%q) = %v, %v, want %v", text, got, err, want)
		}
	}
	for _, text := range []string{"", "x", "-5", "4294967296", ";refresher=uac"} {
		if got, err := ParseSessionExpires(text); err == nil {
			t.Errorf("ParseSessionExpires(%q) = %v", text, got)
		}
	}
}

// The rows of RFC 4028 table 2, and what it leaves to us.
func TestWhoRefreshesAndHowOften(t *testing.T) {
	for _, c := range []struct {
		name   string
		config TimerConfig
		fields []string
		want   string // of our 2xx; "" for no timer
		brief  bool
	}{
		{"timers unknown there", TimerConfig{}, nil, "", false},
		{"a proxy asks", TimerConfig{}, []string{"Session-Expires: 600"}, "600;refresher=uas", false},
		{"supported, nothing asked", TimerConfig{}, []string{"Supported: timer"}, "1800;refresher=uac", false},
		{"supported, nothing asked, ours off", TimerConfig{Interval: -1}, []string{"Supported: timer"}, "", false},
		{"asked, ours off", TimerConfig{Interval: -1}, []string{"Supported: timer", "Session-Expires: 600"}, "600;refresher=uac", false},
		{"asked", TimerConfig{}, []string{"k: 100rel, timer", "x: 600"}, "600;refresher=uac", false},
		{"the caller refreshes", TimerConfig{}, []string{"Supported: timer", "Session-Expires: 600;refresher=uac"}, "600;refresher=uac", false},
		{"we refresh", TimerConfig{}, []string{"Require: timer", "Session-Expires: 600;refresher=uas"}, "600;refresher=uas", false},
		{"too brief", TimerConfig{}, []string{"Supported: timer", "Session-Expires: 60"}, "", true},
		{"too brief for us", TimerConfig{Min: 300 * time.Second}, []string{"Supported: timer", "Session-Expires: 200"}, "", true},
		{"brief, and 422 unknown there", TimerConfig{}, []string{"Session-Expires: 60"}, "90;refresher=uas", false},
		{"its least is above ours", TimerConfig{Interval: 120 * time.Second}, []string{"Supported: timer", "Min-SE: 300"}, "300;refresher=uac", false},
		{"for ever", TimerConfig{}, []string{"Supported: timer", "Session-Expires: 4000000000"}, "86400;refresher=uac", false},
		{"malformed", TimerConfig{}, []string{"Supported: timer", "Session-Expires: soon"}, "1800;refresher=uac", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := AskedBy(withFields(t, c.fields...))
			if _, brief := c.config.TooBrief(a); brief != c.brief {
				t.Fatalf("TooBrief(%+v) = %v, want %v", a, brief, c.brief)
			}
			if c.brief {
				return
			}
			se, res := c.config.Accept(a), answerWith(t, "200 OK")
			var timer Timer
			timer.Answered(a, se, res)
			got := ""
			if h := res.GetHeader("Session-Expires"); h != nil {
				got = h.Value()
			}
			if got != c.want {
				t.Errorf("answered %q, want %q", got, c.want)
			}
			if timer.Ours != strings.HasSuffix(c.want, "uas") || timer.Interval != se.Interval {
				t.Errorf("timer %+v for %q", timer, c.want)
			}
			if required := res.GetHeader("Require") != nil; required != (a.Supported && c.want != "") {
				t.Errorf("Require in the answer: %v", required)
			}
		})
	}
}

func TestRefreshesKeepTheParts(t *testing.T) {
	req := func() *sip.Request { return withFields(t) }
	value := func(r *sip.Request, name string) string {
		if h := r.GetHeader(name); h != nil {
			return h.Value()
		}
		return ""
	}
	var timer Timer
	first := req()
	timer.Ask(TimerConfig{}, first)
	if got := value(first, "Session-Expires") + " " + value(first, "Min-SE"); got != "1800 90" {
		t.Errorf("the INVITE asks for %q", got)
	}
	if !timer.TooBrief(answerWith(t, "422 Session Interval Too Small", "Min-SE: 2000")) {
		t.Error("422 is not followed")
	}
	if timer.TooBrief(answerWith(t, "422 Session Interval Too Small", "Min-SE: 2000")) {
		t.Error("the same 422 is followed twice")
	}
	if timer.TooBrief(answerWith(t, "422 Session Interval Too Small")) {
		t.Error("a 422 without Min-SE is followed")
	}
	again := req()
	timer.Ask(TimerConfig{}, again)
	if got := value(again, "Session-Expires") + " " + value(again, "Min-SE"); got != "2000 2000" {
		t.Errorf("after 422 it asks for %q", got)
	}
	timer.Agreed(answerWith(t, "200 OK", "Session-Expires: 2000;refresher=uas"))
	if timer.Ours || timer.Wait() != 1968*time.Second {
		t.Errorf("the far end refreshes: %+v waits %v", timer, timer.Wait())
	}
	theirs := req()
	timer.Ask(TimerConfig{}, theirs)
	if got := value(theirs, "Session-Expires"); got != "2000;refresher=uas" {
		t.Errorf("a re-INVITE for hold asks for %q", got)
	}
	timer.Agreed(answerWith(t, "200 OK", "Session-Expires: 2000"))
	if !timer.Ours || timer.Wait() != 1000*time.Second {
		t.Errorf("we refresh: %+v waits %v", timer, timer.Wait())
	}
	timer.Agreed(answerWith(t, "200 OK"))
	if timer.Interval != 0 {
		t.Errorf("a 2xx without Session-Expires: %+v", timer)
	}
	off := req()
	(Timer{}).Ask(TimerConfig{Interval: -1}, off)
	if got := value(off, "Session-Expires"); got != "" {
		t.Errorf("switched off it asks for %q", got)
	}
	if w := (Timer{Interval: 90 * time.Second}).Wait(); w != 60*time.Second {
		t.Errorf("given up %v after a refresh, want a third before 90 s", w)
	}
}

func FuzzSessionExpires(f *testing.F) {
	f.Add("1800;refresher=uac")
	f.Add("x")
	f.Fuzz(func(t *testing.T, s string) {
		se, err := ParseSessionExpires(s)
		if err != nil {
			return
		}
		if again, err := ParseSessionExpires(se.String()); err != nil || again != se {
			t.Errorf("ParseSessionExpires(%q) = %v, again %v, %v", s, se, again, err)
		}
	})
}
