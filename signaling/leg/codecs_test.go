package leg

import (
	"strings"
	"testing"

	"github.com/tandemgw/tandem/media/sdp"
)

func TestCodecsAreChosenToMeet(t *testing.T) {
	for _, c := range []struct {
		name string
		wish wish
		want string
	}{
		{"browser and nobody", wish{profile: sdp.WebRTC}, "opus pcma pcmu"},
		{"browser and phone, quality", wish{profile: sdp.WebRTC, other: []string{"pcmu"}}, "opus pcmu pcma"},
		{"browser and phone, passthrough", wish{profile: sdp.WebRTC, prefer: Passthrough, other: []string{"pcmu"}}, "pcmu pcma opus"},
		{"browser and browser, passthrough", wish{profile: sdp.WebRTC, prefer: Passthrough, other: []string{"opus", "pcmu"}}, "opus pcmu pcma"},
		{"browser and something else, passthrough", wish{profile: sdp.WebRTC, prefer: Passthrough, other: []string{"g722"}}, "opus pcma pcmu"},
		{"phone and nobody", wish{profile: sdp.Plain}, "pcma pcmu"},
		{"phone in its own order", wish{profile: sdp.Plain, own: []string{"pcmu", "pcma"}}, "pcmu pcma"},
		{"the other's codec before its own order", wish{profile: sdp.Plain, own: []string{"pcmu", "pcma"}, other: []string{"pcma"}}, "pcma pcmu"},
		{"trunk in its configured order", wish{profile: sdp.Plain, named: []string{"pcmu", "pcma"}, other: []string{"pcma"}}, "pcmu pcma"},
		{"trunk with one", wish{profile: sdp.Plain, named: []string{"pcma"}}, "pcma"},
	} {
		if got := strings.Join(names(c.wish.codecs()), " "); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}
