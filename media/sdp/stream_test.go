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
