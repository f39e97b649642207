package sdp

import (
	"strings"
	"testing"
)

// secureVideo is secureLocal with a line of video that has keys of its own.
func secureVideo(s Secure, fill byte) Local {
	l := secureLocal(s, true, fill)
	line := LocalLine{Kind: KindVideo, Codecs: []Codec{{Name: NameH264, Clock: 90000}}, Port: 4002}
	line.Crypto = secureLocal(s, true, fill+1).Crypto
	l.Lines = []LocalLine{line}
	return l
}

func TestVideoOfPlainLegsHasKeysOfItsOwn(t *testing.T) {
	a, b := NewSession(SessionConfig{SessionID: 1}), NewSession(SessionConfig{SessionID: 2})
	offer, ofA, ofB, err := exchange(t, a, b, secureVideo(SecureRequire, 'a'), secureVideo(SecureAsOffered, 'c'))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(offer, "m=video 4002 RTP/SAVP ") || strings.Count(offer, "a=crypto:") != 6 {
		t.Errorf("offer:\n%s", offer)
	}
	va, vb := ofA.Line(KindVideo, 0), ofB.Line(KindVideo, 0)
	if va == nil || vb == nil {
		t.Fatalf("lines %v and %v", ofA.Lines, ofB.Lines)
	}
	if va.Security.Keying != SDES || va.Security.Ours.Key != vb.Security.Theirs.Key || va.Security.Theirs.Key != vb.Security.Ours.Key {
		t.Errorf("keys of the video: %v and %v", va.Security, vb.Security)
	}
	keys := map[Secret]bool{}
	for _, s := range []Security{ofA.Security, va.Security} {
		keys[s.Ours.Key], keys[s.Theirs.Key] = true, true
	}
	if len(keys) != 4 {
		t.Errorf("%d keys for two streams each way, want four", len(keys))
	}
	// A hold from either side says the same keys once more, and a call that has gone on
	// without a picture gets one again.
	for i, from := range []*Session{a, b, a} {
		l, o, to := secureVideo(SecureRequire, 'a'), secureVideo(SecureAsOffered, 'c'), b
		if from == b {
			l, o, to = o, l, a
		}
		if i == 0 {
			l.Direction = SendOnly
		}
		text, s, _, err := exchange(t, from, to, l, o)
		if err != nil || s.Line(KindVideo, 0) == nil || strings.Count(text, "a=crypto:") != 2 {
			t.Fatalf("%v: lines %v after\n%s", err, s, text)
		}
		if now := a.Agreed().Line(KindVideo, 0).Security; now != va.Security {
			t.Errorf("the keys became %v", now)
		}
	}
}

func TestNoLineIsOpenBesideSoundThatIsNot(t *testing.T) {
	cert := "a=fingerprint:sha-256 " + strings.TrimSuffix(strings.Repeat("0F:", 32), ":") + "\r\n"
	video := func(proto, lines string) string {
		return "m=video 5002 " + proto + " 99\r\na=rtpmap:99 H264/90000\r\n" + lines
	}
	for name, tt := range map[string]struct {
		proto, lines string
		video        string
		want         Keying
		has          bool
	}{
		"keys for both":              {"RTP/SAVP", crypto80, video("RTP/SAVP", crypto80), SDES, true},
		"a key for the sound only":   {"RTP/SAVP", crypto80, video("RTP/SAVP", ""), Clear, false},
		"open video":                 {"RTP/SAVP", crypto80, video("RTP/AVP", ""), Clear, false},
		"opportunistic":              {"RTP/AVP", crypto80, video("RTP/AVP", crypto80), SDES, true},
		"opportunistic, sound alone": {"RTP/AVP", crypto80, video("RTP/AVP", ""), Clear, false},
		"opportunistic, video alone": {"RTP/AVP", "", video("RTP/AVP", crypto80), SDES, true},
		"all open":                   {"RTP/AVP", "", video("RTP/AVP", ""), Clear, true},
		"DTLS":                       {"UDP/TLS/RTP/SAVP", cert + "a=setup:actpass\r\n", video("UDP/TLS/RTP/SAVP", cert+"a=setup:actpass\r\n"), DTLS, true},
		"DTLS of the sound only":     {"UDP/TLS/RTP/SAVP", cert + "a=setup:actpass\r\n", video("UDP/TLS/RTP/SAVP", ""), Clear, false},
	} {
		t.Run(name, func(t *testing.T) {
			s := NewSession(SessionConfig{})
			if _, err := s.ReceiveOffer(audioAt(tt.proto, tt.lines+tt.video)); err != nil {
				t.Fatal(err)
			}
			answer, stream, err := s.Answer(secureVideo(SecureAsOffered, 'b'))
			if err != nil {
				t.Fatal(err)
			}
			line := stream.Line(KindVideo, 0)
			if (line != nil) != tt.has || (line == nil) != strings.Contains(string(answer), "m=video 0 ") {
				t.Fatalf("line %v in\n%s", line, answer)
			}
			if line != nil && (line.Security.Keying != tt.want || (line.Setup == Active) != (tt.want == DTLS)) {
				t.Errorf("%v as %v in\n%s", line.Security.Keying, line.Setup, answer)
			}
			want := map[Keying]string{SDES: "a=crypto:", DTLS: "a=fingerprint:"}[tt.want]
			if _, of, _ := strings.Cut(string(answer), "m=video"); line != nil && want != "" && strings.Count(of, want) != 1 {
				t.Errorf("the answer of the video:\n%s", of)
			}
		})
	}
}

func TestAnAnswerThatLeavesTheVideoOpenHasNone(t *testing.T) {
	s := NewSession(SessionConfig{})
	if _, err := s.Offer(secureVideo(SecurePrefer, 'a')); err != nil {
		t.Fatal(err)
	}
	key := strings.Replace(crypto80, ":1 ", ":2 ", 1)
	stream, err := s.ReceiveAnswer(audioAt("RTP/AVP", key+"m=video 5002 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n"))
	if err != nil || stream.Security.Keying != SDES || len(stream.Lines) != 0 {
		t.Fatalf("%v: %+v", err, stream)
	}
}

func TestWhoIsTheDTLSServerOfAVideoStaysIt(t *testing.T) {
	cert := "a=fingerprint:sha-256 " + strings.TrimSuffix(strings.Repeat("0F:", 32), ":") + "\r\n"
	offer := func(setup string) []byte {
		lines := cert + "a=setup:" + setup + "\r\n"
		return audioAt("UDP/TLS/RTP/SAVP", lines+"m=video 5002 UDP/TLS/RTP/SAVP 99\r\na=rtpmap:99 H264/90000\r\n"+lines)
	}
	s := NewSession(SessionConfig{})
	l := secureVideo(SecureAsOffered, 'b')
	for _, setup := range []string{"active", "actpass"} {
		if _, err := s.ReceiveOffer(offer(setup)); err != nil {
			t.Fatal(err)
		}
		answer, stream, err := s.Answer(l)
		if err != nil || stream.Line(KindVideo, 0) == nil || stream.Line(KindVideo, 0).Setup != Passive {
			t.Fatalf("%v: %+v in\n%s", err, stream, answer)
		}
	}
	// An offer of ours leaves the choice, as RFC 8842 §5.2 wants it, and keeps the role.
	text, err := s.Offer(l)
	if err != nil || strings.Count(string(text), "a=setup:actpass") != 2 || strings.Count(string(text), "a=fingerprint:") != 2 {
		t.Fatalf("%v:\n%s", err, text)
	}
	stream, err := s.ReceiveAnswer(offer("active"))
	if err != nil || stream.Line(KindVideo, 0) == nil || stream.Line(KindVideo, 0).Setup != Passive {
		t.Fatalf("%v: %+v", err, stream)
	}
}
