package sdp

import (
	"fmt"
	"strings"
	"testing"
)

func TestReceiveCodec(t *testing.T) {
	stream := agreedSession(t, webLocal()).Agreed()
	tests := map[uint8]string{111: "opus/48000/2", 110: "telephone-event/48000", 0: ""}
	for pt, want := range tests {
		c, ok := stream.ReceiveCodec(pt)
		if ok != (want != "") || ok && c.String() != want {
			t.Errorf("payload type %d is %v, %v; want %q", pt, c, ok, want)
		}
	}
	if n := testing.AllocsPerRun(100, func() { stream.ReceiveCodec(110) }); n != 0 {
		t.Errorf("ReceiveCodec allocates %v times", n)
	}
}

func TestRefusalsQuoteLittle(t *testing.T) {
	var formats, maps strings.Builder
	for pt := 100; pt < 120; pt++ {
		name := strings.Repeat(string(rune(pt)), 99)
		fmt.Fprintf(&formats, " %d", pt)
		fmt.Fprintf(&maps, "a=rtpmap:%d \"%s/8000\n", pt, name)
	}
	offer := "v=0\nc=IN IP4 192.0.2.1\nm=audio 4000 RTP/AVP" + formats.String() + "\n" + maps.String()
	s := NewSession(SessionConfig{})
	must(s.ReceiveOffer([]byte(offer)))(t)
	_, _, err := s.Answer(plainLocal())
	checkRefusal(t, err)
	if text := err.Error(); len(text) > 800 || !strings.Contains(text, "?DDD") || !strings.Contains(text, "PCMA") {
		t.Errorf("refused with %d bytes: %s", len(text), text)
	}
}

func TestBandwidthOfSoundIsWithoutHeaders(t *testing.T) {
	for lines, want := range map[string]uint64{
		"":                              0,
		"b=TIAS:24000\n":                24000,
		"b=AS:64\n":                     44800,
		"b=AS:64\nb=TIAS:20000\nb=RS:0": 20000,
		"b=AS:16\n":                     0, // not even the headers fit
		"b=CT:100\n":                    0, // of the conference
		"b=AS:\nb=AS:x\n":               0,
	} {
		s := NewSession(SessionConfig{})
		r, err := s.ReceiveOffer([]byte("v=0\nc=IN IP4 192.0.2.1\nm=audio 4000 RTP/AVP 0\n" + lines))
		if err != nil || r.Bandwidth != want {
			t.Errorf("%q: %d (%v), want %d", lines, r.Bandwidth, err, want)
		}
	}
}

// TestBandwidthOfPicturesIsWithoutHeaders: of b=AS RTCP's twentieth and 50 headers of 40
// octets a second are not the payload's (RFC 8829 §5.9); what is said of the session is of all.
func TestBandwidthOfPicturesIsWithoutHeaders(t *testing.T) {
	for _, c := range []struct {
		name, session, sound, video string
		wantSound, want, together   uint64
	}{
		{name: "nothing"},
		{name: "TIAS", video: "b=TIAS:512000\n", want: 512_000},
		{name: "AS", video: "b=AS:512\n", want: 470_400},
		{name: "both", video: "b=AS:512\nb=TIAS:480000\n", want: 480_000},
		{name: "too little to be meant", video: "b=AS:16\n"},
		{name: "of all, AS", session: "b=AS:512\n", wantSound: 470_400, together: 486_400 - 2*16_000 - 64_000},
		{name: "of all, TIAS", session: "b=TIAS:512000\n", wantSound: 512_000, together: 448_000},
		{name: "of all, CT", session: "b=CT:512\n", wantSound: 470_400, together: 486_400 - 2*16_000 - 64_000},
		{name: "of all, AS before CT", session: "b=CT:4000\nb=AS:512\n", wantSound: 470_400, together: 486_400 - 2*16_000 - 64_000},
		{name: "of all, less for sound", session: "b=TIAS:512000\n", sound: "b=TIAS:24000\n", wantSound: 24_000, together: 488_000},
		{name: "of all, and of each", session: "b=TIAS:512000\n", video: "b=TIAS:300000\n", wantSound: 512_000, want: 300_000, together: 448_000},
		{name: "of all, hardly any", session: "b=AS:64\n", wantSound: 44_800, together: 30_000},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := must(NewSession(SessionConfig{}).ReceiveOffer([]byte("v=0\nc=IN IP4 192.0.2.1\n" + c.session + "m=audio 4000 RTP/AVP 0\n" + c.sound +
				"m=video 4002 RTP/AVP 99\n" + c.video + "a=rtpmap:99 VP8/90000\n")))(t)
			if line := r.Line(KindVideo, 0); r.Bandwidth != c.wantSound || line == nil || line.Bandwidth != c.want || r.VideoBandwidth != c.together {
				t.Errorf("sound %d, line %+v, together %d", r.Bandwidth, line, r.VideoBandwidth)
			}
		})
	}
}
