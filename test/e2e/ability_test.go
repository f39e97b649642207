package e2e

import (
	"strings"
	"testing"

	"github.com/tandemgw/tandem/test/fakeua"
)

// TestInfoBringsFlashAndPictures: what else than digits an INFO may bring (RFC 5168,
// RFC 6086).
func TestInfoBringsFlashAndPictures(t *testing.T) {
	const picture = `<?xml version="1.0" encoding="utf-8"?><media_control><vc_primitive><to_encoder><picture_fast_update/></to_encoder></vc_primitive></media_control>`
	inBubble(t, func(g *gateway) {
		out, in := g.talk(g.phone("1001", 11), g.phone("1002", 12))
		for _, c := range []struct {
			contentType, body string
			status            int
		}{
			{"application/hook-flash", "whatever", 200},
			{"application/dtmf-relay", "Signal=16\r\nDuration=300\r\n", 200},
			{"application/dtmf-relay", "Signal=!\r\n", 200},
			{"application/dtmf", "flash", 200},
			{"application/media_control+xml", picture, 200},
			{"application/media_control+xml", "<media_control/>", 415},
			{"application/media_control+xml", "<!DOCTYPE a [<!ENTITY b \"c\">]><a>&b;", 415},
			{"application/media_control+xml", strings.Repeat("<a>", 2000), 415},
		} {
			if res := out.Info(c.contentType, c.body); res.Status() != c.status {
				t.Errorf("INFO %s %.40q is answered with\n%s", c.contentType, c.body, res.Raw)
			}
		}
		if got := g.studio.nth(1).dialed(); got != "!!!!" {
			t.Errorf("the callee got %q, want four flashes", got)
		}
		res := out.Do("INFO", "", "Info-Package: nosuch")
		if res.Status() != 469 || len(res.Fields("Recv-Info")) != 1 || res.Field("Warning") == "" {
			t.Errorf("a package is answered with\n%s", res.Raw)
		}
		out.Bye()
		in.Hung()
	})
}

// TestOptionsSayWhatWeCanDo: RFC 3261 §11.2, in a call and outside of one.
func TestOptionsSayWhatWeCanDo(t *testing.T) {
	inBubble(t, func(g *gateway) {
		ann := g.phone("1001", 11)
		out, in := g.talk(ann, g.phone("1002", 12))
		for where, res := range map[string]*fakeua.Message{
			"in a call": out.Do("OPTIONS", ""), "outside": ann.Ask(fakeua.Ask{Method: "OPTIONS", To: "1002"}),
		} {
			if res.Status() != 200 {
				t.Fatalf("%s it is answered with\n%s", where, res.Raw)
			}
			for _, method := range []string{"INVITE", "ACK", "CANCEL", "BYE", "OPTIONS", "UPDATE", "INFO"} {
				if !strings.Contains(res.Field("Allow"), method) {
					t.Errorf("%s Allow lacks %s: %s", where, method, res.Field("Allow"))
				}
			}
			if !strings.Contains(res.Field("Accept"), "application/sdp") || res.Field("Accept-Encoding") != "identity" {
				t.Errorf("%s it does not say what it takes:\n%s", where, res.Raw)
			}
		}
		out.Bye()
		in.Hung()
	})
}
