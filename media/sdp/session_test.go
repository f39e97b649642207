package sdp

import (
	"net/netip"
	"strings"
	"testing"
)

const testFingerprint = "sha-256 " +
	"3A:96:6D:57:B2:C2:C7:61:A0:46:3E:1C:97:39:D3:F7:0A:88:A0:B1:EC:03:FB:10:A5:5D:3A:37:AB:DD:02:AA"

// plainLocal is a plain leg of ours.
func plainLocal(codecs ...Codec) Local {
	if codecs == nil {
		codecs = []Codec{PCMA(), PCMU()}
	}
	return Local{Address: netip.MustParseAddr("192.0.2.1"), Port: 30000, Codecs: codecs, Events: true}
}

// webLocal is a WebRTC leg of ours.
func webLocal(codecs ...Codec) Local {
	if codecs == nil {
		codecs = []Codec{Opus(), PCMU(), PCMA()}
	}
	return Local{
		Profile: WebRTC, Codecs: codecs, Events: true,
		SSRC: 3735928559, CNAME: "leg", StreamID: "tandem", Fingerprint: testFingerprint,
		ICE: &ICE{
			Ufrag: "OurU", Pwd: "OurPasswordOfTwentyTwo+",
			Candidates: []string{"1 1 udp 2130706431 192.0.2.1 40000 typ host"},
		},
	}
}

// crlf turns a readable literal into a description.
func crlf(text string) []byte {
	return []byte(strings.ReplaceAll(strings.TrimLeft(text, "\n"), "\n", "\r\n"))
}

const phoneOffer = `
v=0
o=phone 100 1 IN IP4 198.51.100.7
s=call
c=IN IP4 198.51.100.7
t=0 0
m=audio 4000 RTP/AVP 0 8 101
a=rtpmap:0 PCMU/8000
a=rtpmap:8 PCMA/8000
a=rtpmap:101 telephone-event/8000
a=fmtp:101 0-15
a=ptime:20
a=sendrecv
`

func TestPlainOfferAndAnswerMeet(t *testing.T) {
	a, b := NewSession(SessionConfig{SessionID: 1}), NewSession(SessionConfig{SessionID: 2})
	offer, err := a.Offer(plainLocal(PCMA(), PCMU()))
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d bytes\n%s", len(offer), offer)
	if len(offer) > 320 {
		t.Errorf("plain offer is %d bytes", len(offer))
	}
	if _, err := b.ReceiveOffer(offer); err != nil {
		t.Fatal(err)
	}
	answer, sb, err := b.Answer(plainLocal(PCMU()))
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%s", answer)
	sa, err := a.ReceiveAnswer(answer)
	if err != nil {
		t.Fatal(err)
	}
	if sa.Send.Name != NamePCMU || sb.Send.Name != NamePCMU || sa.SendEvent.PayloadType != 101 {
		t.Errorf("agreed %v and %v", sa, sb)
	}
}

func TestWebRTCOfferAndAnswerMeet(t *testing.T) {
	a, b := NewSession(SessionConfig{SessionID: 1}), NewSession(SessionConfig{SessionID: 2})
	offer, err := a.Offer(webLocal())
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d bytes\n%s", len(offer), offer)
	if _, err := b.ReceiveOffer(offer); err != nil {
		t.Fatal(err)
	}
	answer, sb, err := b.Answer(webLocal())
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%s", answer)
	sa, err := a.ReceiveAnswer(answer)
	if err != nil {
		t.Fatal(err)
	}
	if sa.Send.Name != NameOpus || sa.SendEvent.Clock != 48000 || sb.Setup != Active || sa.Setup != Passive {
		t.Errorf("agreed %+v and %+v", sa, sb)
	}
}
