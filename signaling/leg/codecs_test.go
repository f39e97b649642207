package leg

import (
	"strings"
	"testing"

	"github.com/tandemgw/tandem/media/sdp"
)

// codecsOf makes codecs of words: "opus g729;annexb=no amr;octet-align=1".
func codecsOf(text string) []sdp.Codec {
	var out []sdp.Codec
	for word := range strings.FieldsSeq(text) {
		name, params, _ := strings.Cut(word, ";")
		c := sdp.Codec{Name: name, Clock: 8000, Params: params}
		switch name {
		case "opus":
			c.Clock = 48000
		case "amr-wb", "l16":
			c.Clock = 16000
		}
		out = append(out, c)
	}
	return out
}

// What the far ends of the tables offer.
const (
	chromium = "opus g722 pcmu pcma"
	firefox  = "opus g722 pcmu pcma"
	baresip  = "opus g722 pcmu pcma"
	deskphon = "g722 pcmu pcma"
	old      = "pcmu pcma"
	mobile   = "amr-wb;octet-align=1 amr;octet-align=1 pcma"
	onlyG729 = "g729;annexb=no"
	carrier  = "pcma g729 pcmu"
)

func TestAnOfferHasWhatSoundsBestForThePairAtTheLeastCost(t *testing.T) {
	for _, c := range []struct {
		name    string
		profile sdp.Profile
		prefer  Prefer
		other   string
		named   string
		want    string
	}{
		{"browser calls browser", sdp.WebRTC, Quality, chromium, "", "opus g722 pcmu pcma"},
		{"browser calls browser, passthrough", sdp.WebRTC, Passthrough, firefox, "", "opus g722 pcmu pcma"},
		{"browser calls phone", sdp.Plain, Quality, chromium, "", "opus g722 pcmu pcma"},
		{"browser calls trunk with a list", sdp.Plain, Quality, chromium, "pcma pcmu", "pcma pcmu"},
		{"browser calls trunk with G.729 in its list", sdp.Plain, Quality, chromium, "g729 pcma", "pcma"},
		{"browser calls trunk with nothing but G.729", sdp.Plain, Quality, chromium, "g729", ""},
		{"wideband phone calls browser", sdp.WebRTC, Quality, deskphon, "", "opus g722 pcmu pcma"},
		{"wideband phone calls browser, passthrough", sdp.WebRTC, Passthrough, deskphon, "", "g722 pcmu pcma opus"},
		{"old phone calls browser", sdp.WebRTC, Quality, old, "", "opus pcmu pcma"},
		{"old phone calls browser, passthrough", sdp.WebRTC, Passthrough, old, "", "pcmu pcma opus"},
		{"phone with one law calls browser, passthrough", sdp.WebRTC, Passthrough, "pcmu", "", "pcmu pcma opus"},
		{"softphone calls wideband phone", sdp.Plain, Quality, baresip, "", "opus g722 pcmu pcma"},
		{"wideband phone calls phone", sdp.Plain, Quality, deskphon, "", "g722 pcmu pcma"},
		{"old phone calls phone", sdp.Plain, Quality, old, "", "pcmu pcma"},
		{"phone with one law calls phone", sdp.Plain, Quality, "pcma", "", "pcma pcmu"},
		{"phone with Opus alone calls phone", sdp.Plain, Quality, "opus", "", "opus g722 pcma pcmu"},
		{"carrier calls phone", sdp.Plain, Quality, carrier, "", "pcma pcmu g729"},
		{"carrier calls phone that is to talk G.729 first", sdp.Plain, Quality, carrier, "g729 pcma", "g729 pcma"},
		{"G.729 calls phone", sdp.Plain, Quality, onlyG729, "", "g729"},
		{"G.729 calls browser", sdp.WebRTC, Quality, onlyG729, "", ""},
		{"mobile calls phone", sdp.Plain, Quality, mobile, "", "pcma pcmu amr-wb amr"},
		{"mobile calls browser", sdp.WebRTC, Quality, mobile, "", "opus pcma pcmu"},
		{"browser for nobody", sdp.WebRTC, Quality, "", "", "opus g722 pcma pcmu"},
		{"phone for nobody", sdp.Plain, Quality, "", "", "g722 pcma pcmu"},
		{"linear sound where it is named", sdp.Plain, Quality, chromium, "l16 pcmu", "l16 l16 l16 pcmu"},
		{"user with a list at a browser", sdp.WebRTC, Quality, old, "pcmu opus", "pcmu opus"},
	} {
		w := wish{profile: c.profile, prefer: c.prefer, named: strings.Fields(c.named)}
		if c.other != "" {
			w.other = codecsOf(c.other)
		}
		if got := strings.Join(names(w.codecs()), " "); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
		if err := w.possible(w.codecs()); (err != nil) != (c.want == "") {
			t.Errorf("%s: possible: %v", c.name, err)
		}
	}
}

func TestTheCallerIsAnsweredSoThatItSuitsWhatTheCalleeTook(t *testing.T) {
	for _, c := range []struct {
		name    string
		profile sdp.Profile
		prefer  Prefer
		own     string // the caller's offer
		other   string // what the callee has agreed on
		named   string
		want    string // the first that the caller has
	}{
		{"browser to browser", sdp.WebRTC, Quality, chromium, "opus", "", "opus"},
		{"browser to old phone", sdp.WebRTC, Quality, chromium, "pcmu", "", "opus"},
		{"browser to old phone, passthrough", sdp.WebRTC, Passthrough, chromium, "pcma", "", "pcma"},
		{"browser to wideband phone", sdp.WebRTC, Quality, chromium, "g722", "", "opus"},
		{"browser to wideband phone, passthrough", sdp.WebRTC, Passthrough, chromium, "g722", "", "g722"},
		{"browser to Opus phone, passthrough", sdp.WebRTC, Passthrough, chromium, "opus", "", "opus"},
		{"old browser without Opus", sdp.WebRTC, Quality, "pcma pcmu", "opus", "", "pcma"},
		{"softphone to browser", sdp.Plain, Quality, baresip, "opus", "", "opus"},
		{"softphone to old phone", sdp.Plain, Quality, baresip, "pcma", "", "pcma"},
		{"softphone without the other's law", sdp.Plain, Quality, "opus g722 pcmu", "pcma", "", "pcmu"},
		{"wideband phone to browser", sdp.Plain, Quality, deskphon, "opus", "", "g722"},
		{"wideband phone to browser, passthrough", sdp.Plain, Passthrough, deskphon, "opus", "", "g722"},
		{"wideband phone to old phone", sdp.Plain, Quality, deskphon, "pcma", "", "pcma"},
		{"wideband phone to wideband phone", sdp.Plain, Quality, "pcmu g722", "g722", "", "g722"},
		{"no G.711 at the caller, nothing else at the callee", sdp.Plain, Quality, "opus g722", "pcmu", "", "g722"},
		{"carrier, and the callee took G.729", sdp.Plain, Quality, carrier, "g729", "", "g729"},
		{"carrier, and the callee took its law", sdp.Plain, Quality, carrier, "pcmu", "", "pcmu"},
		{"trunk in its own order", sdp.Plain, Quality, carrier, "pcmu", "pcma pcmu", "pcma"},
		{"G.729 alone, and the callee took it", sdp.Plain, Quality, onlyG729, "g729", "", "g729"},
		{"G.729 alone, and the callee took something else", sdp.Plain, Quality, onlyG729, "pcmu", "", ""},
		{"mobile, and the callee took wideband AMR", sdp.Plain, Quality, mobile, "amr-wb;octet-align=1", "", "amr-wb"},
		{"mobile, and the callee took AMR in another layout", sdp.Plain, Quality, "amr;octet-align=1", "amr", "", ""},
		{"phone and our own sounds", sdp.Plain, Quality, "pcmu g722 pcma", "", "", "pcmu"},
		{"browser and our own sounds", sdp.WebRTC, Passthrough, "pcmu opus", "", "", "opus"},
		{"G.729 alone and our own sounds", sdp.Plain, Quality, onlyG729, "", "", ""},
	} {
		w := wish{profile: c.profile, prefer: c.prefer, own: codecsOf(c.own), named: strings.Fields(c.named)}
		if c.other != "" {
			w.other = codecsOf(c.other)
		}
		got := ""
		for _, k := range w.codecs() {
			if meets([]sdp.Codec{k}, w.own) {
				got = k.Name
				break
			}
		}
		if got != c.want {
			t.Errorf("%s: %q of %v, want %q", c.name, got, names(w.codecs()), c.want)
		}
		if err := w.possible(w.codecs()); (err != nil) != (c.want == "") {
			t.Errorf("%s: possible: %v", c.name, err)
		}
	}
}

func TestWhatIsToldOfTheOtherLegIsWhatBothMustKnow(t *testing.T) {
	offered := codecsOf("g729;annexb=no;x-secret=1 made-up pcmu")
	if got := carries(offered, sdp.Plain); len(got) != 2 || got[0].Params != "annexb=no" {
		t.Errorf("%v", got)
	}
	if got := carries(offered, sdp.WebRTC); len(got) != 1 || got[0].Name != "pcmu" {
		t.Errorf("a browser is taken for one that has %v", got)
	}
}
