package sdp

import (
	"errors"
	"net/netip"
	"strings"
	"testing"
)

// secureLocal is a phone or a gateway with keys of its own; fill tells them apart.
func secureLocal(s Secure, tls bool, fill byte) Local {
	l := Local{
		Profile: Plain, Address: netip.MustParseAddr("192.0.2.1"), Port: 4000, Codecs: []Codec{PCMU()}, Secure: s, SafeKeys: tls,
		Fingerprint: "sha-256 " + strings.TrimSuffix(strings.Repeat("AB:", 32), ":"),
	}
	for _, suite := range []Suite{AES128GCM, AES128CMSHA80, AES128CMSHA32} {
		key, salt := suite.KeyLen()
		l.Crypto = append(l.Crypto, Crypto{Suite: suite, Key: Secret(strings.Repeat(string(rune(fill)), key+salt))})
	}
	return l
}

// exchange lets a offer and b answer.
func exchange(t *testing.T, from, to *Session, a, b Local) (offer string, ofA, ofB *Stream, err error) {
	t.Helper()
	text, err := from.Offer(a)
	if err != nil {
		return "", nil, nil, err
	}
	if _, err = to.ReceiveOffer(text); err != nil {
		from.Rollback()
		return string(text), nil, nil, err
	}
	answer, ofB, err := to.Answer(b)
	if err != nil {
		from.Rollback()
		to.Rollback()
		return string(text), nil, nil, err
	}
	ofA, err = from.ReceiveAnswer(answer)
	return string(text), ofA, ofB, err
}

func TestPlainLegsAgreeOnEncryptionAsBothWish(t *testing.T) {
	const refused = Keying(99)
	tests := map[string]struct {
		offers, answers Secure
		tls             bool
		want            Keying
		proto           string
	}{
		"nobody asks":                {SecureAsOffered, SecureAsOffered, true, Clear, "RTP/AVP"},
		"opportunistic, both":        {SecurePrefer, SecureAsOffered, true, SDES, "RTP/AVP"},
		"opportunistic, one has not": {SecurePrefer, SecureOff, true, Clear, "RTP/AVP"},
		"no keys in the clear":       {SecurePrefer, SecurePrefer, false, Clear, "RTP/AVP"},
		"required":                   {SecureRequire, SecureAsOffered, true, SDES, "RTP/SAVP"},
		"required of who has not":    {SecureRequire, SecureOff, true, refused, ""},
		"required in the clear":      {SecureRequire, SecurePrefer, false, refused, ""},
		"by DTLS":                    {SecureByDTLS, SecureAsOffered, false, DTLS, "UDP/TLS/RTP/SAVP"},
		"by DTLS to the same":        {SecureByDTLS, SecureByDTLS, false, DTLS, "UDP/TLS/RTP/SAVP"},
		"by DTLS to who requires":    {SecureByDTLS, SecureRequire, true, DTLS, "UDP/TLS/RTP/SAVP"},
		"by DTLS of who has not":     {SecureByDTLS, SecureOff, false, refused, ""},
		"plain to who wants DTLS":    {SecureAsOffered, SecureByDTLS, false, refused, ""},
		"keys to who wants DTLS":     {SecureRequire, SecureByDTLS, true, SDES, "RTP/SAVP"},
		"plain to who requires":      {SecureOff, SecureRequire, true, refused, ""},
		"opportunistic to the same":  {SecurePrefer, SecureRequire, true, SDES, "RTP/AVP"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			a, b := NewSession(SessionConfig{SessionID: 1}), NewSession(SessionConfig{SessionID: 2})
			offer, ofA, ofB, err := exchange(t, a, b, secureLocal(tt.offers, tt.tls, 'a'), secureLocal(tt.answers, tt.tls, 'b'))
			if tt.want == refused {
				var n *NegotiationError
				if !errors.As(err, &n) || n.Status != 488 {
					t.Fatalf("error = %v, want a 488", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if ofA.Security.Keying != tt.want || ofB.Security.Keying != tt.want || !strings.Contains(offer, tt.proto+" 0") {
				t.Errorf("agreed %v and %v over\n%s", ofA.Security.Keying, ofB.Security.Keying, offer)
			}
			if tt.want != SDES {
				return
			}
			if ofA.Security.Ours.Key != ofB.Security.Theirs.Key || ofA.Security.Theirs.Key != ofB.Security.Ours.Key ||
				ofA.Security.Ours.Suite != AES128GCM || ofA.Security.Ours.Key == ofA.Security.Theirs.Key {
				t.Errorf("keys: %v and %v", ofA.Security, ofB.Security)
			}
			// A later offer, from either side, says the same keys again.
			for _, from := range []*Session{a, b} {
				l, o := secureLocal(tt.offers, tt.tls, 'a'), secureLocal(tt.answers, tt.tls, 'b')
				to := b
				if from == b {
					l, o, to = o, l, a
				}
				l.Direction = SendOnly
				again, s, _, err := exchange(t, from, to, l, o)
				if err != nil || s.Security.Keying != SDES || strings.Count(again, "a=crypto:") != 1 {
					t.Fatalf("hold: %v\n%s", err, again)
				}
			}
			if ofA.Security.Ours != a.Agreed().Security.Ours {
				t.Error("a key has changed though nobody has changed one")
			}
		})
	}
}

const crypto80 = "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:" + key30 + "\r\n"

func audioAt(proto, lines string) []byte {
	return []byte("v=0\r\no=- 1 1 IN IP4 203.0.113.5\r\ns=-\r\nc=IN IP4 203.0.113.5\r\nt=0 0\r\nm=audio 5000 " + proto + " 0\r\n" + lines)
}

func TestOffersOfPhonesAreAnsweredByTheirOwnWay(t *testing.T) {
	cert := "a=fingerprint:sha-256 " + strings.TrimSuffix(strings.Repeat("0F:", 32), ":") + "\r\na=setup:actpass\r\n"
	tests := map[string]struct {
		proto, lines string
		secure       Secure
		tls          bool
		want         Keying
		refusal      string // words in the Warning
	}{
		"SDES":                               {"RTP/SAVP", crypto80, SecureAsOffered, true, SDES, ""},
		"SDES over UDP":                      {"RTP/SAVP", crypto80, SecureAsOffered, false, Clear, "use SIP over TLS"},
		"SDES over UDP, preferred":           {"RTP/SAVP", crypto80, SecurePrefer, false, SDES, ""},
		"SDES to who is off":                 {"RTP/SAVP", crypto80, SecureOff, true, Clear, "secure = off"},
		"SDES with feedback":                 {"RTP/SAVPF", crypto80, SecureRequire, true, SDES, ""},
		"unencrypted SDES":                   {"RTP/SAVP", strings.TrimSuffix(crypto80, "\r\n") + " UNENCRYPTED_SRTP\r\n", SecureAsOffered, true, Clear, "session parameters"},
		"second key good":                    {"RTP/SAVP", "a=crypto:1 F8_128_HMAC_SHA1_80 inline:" + key30 + "\r\n" + strings.Replace(crypto80, ":1 ", ":2 ", 1), SecureAsOffered, true, SDES, ""},
		"SAVP without keys":                  {"RTP/SAVP", "", SecureAsOffered, true, Clear, "without keys"},
		"opportunistic over UDP":             {"RTP/AVP", crypto80, SecureAsOffered, false, Clear, ""},
		"opportunistic":                      {"RTP/AVP", crypto80, SecureAsOffered, true, SDES, ""},
		"opportunistic to who is off":        {"RTP/AVP", crypto80, SecureOff, true, Clear, ""},
		"broken key, opportunistic":          {"RTP/AVP", "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:AAAA\r\n", SecurePrefer, true, Clear, ""},
		"plain where required":               {"RTP/AVP", "", SecureRequire, true, Clear, "secure = require"},
		"over UDP where required":            {"RTP/SAVP", crypto80, SecureRequire, false, Clear, "over TLS"},
		"DTLS":                               {"UDP/TLS/RTP/SAVP", cert, SecureAsOffered, true, DTLS, ""},
		"DTLS over UDP":                      {"UDP/TLS/RTP/SAVP", cert, SecureAsOffered, false, DTLS, ""},
		"DTLS over UDP where required":       {"UDP/TLS/RTP/SAVP", cert, SecureRequire, false, Clear, "over TLS"},
		"DTLS where required":                {"UDP/TLS/RTP/SAVP", cert, SecureRequire, true, DTLS, ""},
		"DTLS to who is off":                 {"UDP/TLS/RTP/SAVP", cert, SecureOff, true, Clear, "secure = off"},
		"opportunistic DTLS":                 {"RTP/AVP", cert, SecureAsOffered, false, DTLS, ""},
		"both, over TLS":                     {"RTP/SAVP", crypto80 + cert, SecureAsOffered, true, SDES, ""},
		"both, over UDP":                     {"RTP/SAVP", crypto80 + cert, SecureAsOffered, false, DTLS, ""},
		"keys are not for DTLS":              {"UDP/TLS/RTP/SAVP", crypto80, SecureAsOffered, true, Clear, "fingerprint"},
		"keys of the session":                {"RTP/SAVP", "", SecureAsOffered, true, Clear, "without keys"},
		"encrypted line before a plain one":  {"RTP/SAVP", crypto80 + "m=audio 5002 RTP/AVP 0\r\n", SecureAsOffered, true, SDES, ""},
		"encrypted line where it is not for": {"RTP/SAVP", crypto80 + "m=audio 5002 RTP/AVP 0\r\n", SecureOff, true, Clear, ""},
		"plain line before an encrypted one": {"RTP/AVP", "m=audio 5002 RTP/SAVP 0\r\n" + crypto80, SecureRequire, true, SDES, ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s := NewSession(SessionConfig{})
			l := secureLocal(tt.secure, tt.tls, 'b')
			_, err := s.ReceiveOffer(audioAt(tt.proto, tt.lines))
			var stream *Stream
			var answer []byte
			if err == nil {
				if early := s.Acceptable(l); (early == nil) != (tt.refusal == "") {
					t.Errorf("Acceptable = %v", early)
				}
				answer, stream, err = s.Answer(l)
			}
			if tt.refusal != "" {
				if err == nil || !strings.Contains(err.Error(), tt.refusal) {
					t.Fatalf("error = %v, want %q", err, tt.refusal)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if stream.Security.Keying != tt.want {
				t.Fatalf("keying %v, want %v in\n%s", stream.Security.Keying, tt.want, answer)
			}
			text := string(answer)
			if got := strings.Count(text, "a=crypto:"); got != map[Keying]int{SDES: 1}[tt.want] {
				t.Errorf("%d keys in\n%s", got, text)
			}
			if tt.want == DTLS && (stream.Setup != Active || !strings.Contains(text, "a=setup:active") || !strings.Contains(text, "a=fingerprint:")) {
				t.Errorf("DTLS answered with setup %v in\n%s", stream.Setup, text)
			}
			if tt.want == SDES && (stream.Security.Ours.Tag != stream.Security.Theirs.Tag || strings.Contains(text, key30)) {
				t.Errorf("tags %d and %d, or their key, in\n%s", stream.Security.Ours.Tag, stream.Security.Theirs.Tag, text)
			}
		})
	}
}

func TestAnswersThatDoNotFitTheKeysOfTheOfferAreRefused(t *testing.T) {
	answer := func(proto, lines string) []byte { return audioAt(proto, lines) }
	for name, tt := range map[string]struct {
		secure Secure
		answer []byte
		want   Keying
		ok     bool
	}{
		"downgraded":                {SecureRequire, answer("RTP/AVP", ""), Clear, false},
		"without a key":             {SecureRequire, answer("RTP/SAVP", ""), Clear, false},
		"another tag":               {SecureRequire, answer("RTP/SAVP", strings.Replace(crypto80, ":1 ", ":9 ", 1)), Clear, false},
		"tag of another suite":      {SecureRequire, answer("RTP/SAVP", crypto80), Clear, false},
		"fits":                      {SecureRequire, answer("RTP/SAVP", strings.Replace(crypto80, ":1 ", ":2 ", 1)), SDES, true},
		"opportunistic, taken":      {SecurePrefer, answer("RTP/AVP", strings.Replace(crypto80, ":1 ", ":2 ", 1)), SDES, true},
		"opportunistic, as SAVP":    {SecurePrefer, answer("RTP/SAVP", strings.Replace(crypto80, ":1 ", ":2 ", 1)), SDES, true},
		"opportunistic, not taken":  {SecurePrefer, answer("RTP/AVP", ""), Clear, true},
		"opportunistic, other key":  {SecurePrefer, answer("RTP/AVP", strings.Replace(crypto80, ":1 ", ":7 ", 1)), Clear, false},
		"plain answered encrypted":  {SecureOff, answer("RTP/SAVP", crypto80), Clear, false},
		"plain answered with a key": {SecureOff, answer("RTP/AVP", crypto80), Clear, true},
	} {
		t.Run(name, func(t *testing.T) {
			s := NewSession(SessionConfig{})
			if _, err := s.Offer(secureLocal(tt.secure, true, 'a')); err != nil {
				t.Fatal(err)
			}
			stream, err := s.ReceiveAnswer(tt.answer)
			if (err == nil) != tt.ok || err == nil && stream.Security.Keying != tt.want {
				t.Errorf("ReceiveAnswer = %+v, %v; want %v, %v", stream, err, tt.want, tt.ok)
			}
		})
	}
}

func TestAFarEndMayChangeItsKeyInMidCall(t *testing.T) {
	s := NewSession(SessionConfig{})
	l := secureLocal(SecureAsOffered, true, 'b')
	var before Security
	for i, lines := range []string{crypto80, crypto80, strings.Replace(crypto80, key30, "AVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz", 1)} {
		if _, err := s.ReceiveOffer(audioAt("RTP/SAVP", lines)); err != nil {
			t.Fatal(err)
		}
		_, stream, err := s.Answer(l)
		if err != nil {
			t.Fatal(err)
		}
		if changed := stream.Security.Theirs != before.Theirs; i > 0 && changed != (i == 2) || i > 0 && stream.Security.Ours != before.Ours {
			t.Errorf("offer %d: their key changed %v; ours %v", i, changed, stream.Security.Ours != before.Ours)
		}
		before = stream.Security
	}
}

func TestAnEncryptedCallHasNoOpenVideo(t *testing.T) {
	s := NewSession(SessionConfig{})
	l := secureLocal(SecureAsOffered, true, 'b')
	l.Lines = []LocalLine{{Kind: "video", Codecs: []Codec{{Name: "h264", Clock: 90000, PayloadType: 99}}, Port: 4002}}
	if _, err := s.ReceiveOffer(audioAt("RTP/SAVP", crypto80+"m=video 5002 RTP/AVP 99\r\na=rtpmap:99 H264/90000\r\n")); err != nil {
		t.Fatal(err)
	}
	answer, stream, err := s.Answer(l)
	if err != nil || len(stream.Lines) != 0 || !strings.Contains(string(answer), "m=video 0 ") {
		t.Errorf("%v, lines %v in\n%s", err, stream.Lines, answer)
	}
}
