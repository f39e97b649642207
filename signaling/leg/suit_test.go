package leg

import (
	"testing"

	"github.com/tandemgw/tandem/media/sdp"
)

func TestAReofferIsMadeOnlyWhereItIsBetterHeardOrCheaper(t *testing.T) {
	for _, c := range []struct {
		name   string
		prefer Prefer
		a, b   string // what they talk, then what they could
		web    string // which of the two are browsers
		want   string
	}{
		{"both law alike", Quality, "pcmu", "pcmu pcma", "", "pcmu pcmu"},
		{"two laws, by table", Quality, "pcma pcmu", "pcmu pcma", "", "pcma pcmu"},
		{"wideband at both, narrow now", Quality, "pcmu g722", "pcmu g722", "", "g722 g722"},
		{"wideband at one", Quality, "g722 pcmu", "pcmu", "", "pcmu pcmu"},
		{"wideband at one, and no G.711", Quality, "g722", "pcmu", "", "g722 pcmu"},
		{"browser keeps Opus", Quality, "opus pcmu", "pcmu", "a", "opus pcmu"},
		{"browser gives Opus up for passthrough", Passthrough, "opus pcmu", "pcmu", "a", "pcmu pcmu"},
		{"phone follows the browser to Opus", Quality, "opus pcmu", "pcmu opus", "a", "opus opus"},
		{"phone follows the browser to wideband", Quality, "opus pcmu", "pcmu g722", "a", "opus g722"},
		{"passthrough prefers one law to Opus", Passthrough, "opus pcmu", "pcmu g722", "a", "pcmu pcmu"},
		{"softphone on Opus meets an old phone", Quality, "pcmu", "opus pcmu", "", "pcmu pcmu"},
		{"G.729 meets G.711", Quality, "g729 pcma", "pcma", "", "pcma pcma"},
		{"G.729 alone meets G.711: G.711 is tried", Quality, "g729", "pcmu", "", "pcmu pcmu"},
		{"G.729 meets a browser", Quality, "g729 pcmu", "opus pcmu", "b", "pcmu opus"},
		{"G.729 at both", Quality, "g729 pcmu", "g729", "", "g729 g729"},
		{"AMR in two layouts", Quality, "amr pcmu", "amr;octet-align=1 pcmu", "", "pcmu pcmu"},
	} {
		a, b := voice{can: codecsOf(c.a)}, voice{can: codecsOf(c.b)}
		a.now, b.now = a.can[0], b.can[0]
		switch c.web {
		case "a":
			a.profile = sdp.WebRTC
		case "b":
			b.profile = sdp.WebRTC
		}
		got := c.prefer.improve(a, b)
		if text := got.a.Name + " " + got.b.Name; text != c.want {
			t.Errorf("%s: %s, want %s", c.name, text, c.want)
		}
		a.now, b.now = got.a, got.b
		if again := c.prefer.improve(a, b); !again.a.Matches(got.a) || !again.b.Matches(got.b) {
			t.Errorf("%s: asked again for %s and %s", c.name, again.a, again.b)
		}
	}
}
