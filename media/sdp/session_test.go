package sdp

import (
	"errors"
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

// must returns v; an error ends the test.
func must[T any](v T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// mustAnswer answers an offer.
func mustAnswer(t testing.TB, s *Session, offer []byte, l Local) ([]byte, *Stream) {
	t.Helper()
	must(s.ReceiveOffer(offer))(t)
	answer, stream, err := s.Answer(l)
	if err != nil {
		t.Fatal(err)
	}
	return answer, stream
}

// originVersion returns the version in o=.
func originVersion(t testing.TB, b []byte) string {
	t.Helper()
	return must(Parse(b))(t).Origin.Version
}

func TestTwoSessionsAgree(t *testing.T) {
	tests := map[string]struct {
		offer, answer Local
		codec         string
		eventClock    int
	}{
		"plain, the answerer's order decides": {plainLocal(PCMA(), PCMU()), plainLocal(PCMU(), PCMA()), NamePCMU, 8000},
		"plain, one in common":                {plainLocal(G722(), PCMA()), plainLocal(PCMU(), PCMA()), NamePCMA, 8000},
		"WebRTC, Opus":                        {webLocal(), webLocal(), NameOpus, 48000},
		"WebRTC, passed through":              {webLocal(Opus(), PCMA()), webLocal(PCMA()), NamePCMA, 8000},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			a, b := NewSession(SessionConfig{SessionID: 1}), NewSession(SessionConfig{SessionID: 2})
			offer := must(a.Offer(tt.offer))(t)
			answer, sb := mustAnswer(t, b, offer, tt.answer)
			sa := must(a.ReceiveAnswer(answer))(t)
			for side, s := range map[string]*Stream{"offerer": sa, "answerer": sb} {
				if s.Send.Name != tt.codec || s.SendEvent.Clock != tt.eventClock {
					t.Errorf("%s sends %v and %v, want %s and events at %d", side, s.Send, s.SendEvent, tt.codec, tt.eventClock)
				}
				if got, ok := s.ReceiveCodec(s.Receive[0].PayloadType); !ok || got.Name != tt.codec {
					t.Errorf("%s receives %v, want %s", side, got, tt.codec)
				}
				if s.Direction != SendRecv || s.Remote.Held {
					t.Errorf("%s: direction %v, held %v", side, s.Direction, s.Remote.Held)
				}
			}
			if sa.Send.PayloadType != sb.Receive[0].PayloadType || sa.SendEvent.PayloadType != sb.ReceiveEvents[0].PayloadType {
				t.Errorf("payload types differ: %v and %v", sa, sb)
			}
			if tt.offer.Profile == WebRTC && (sa.Setup != Passive || sb.Setup != Active) {
				t.Errorf("DTLS roles: offerer %v, answerer %v", sa.Setup, sb.Setup)
			}
		})
	}
}

func TestIdenticalReofferGivesIdenticalAnswer(t *testing.T) {
	s := NewSession(SessionConfig{SessionID: 1})
	first, _ := mustAnswer(t, s, crlf(phoneOffer), plainLocal())
	second, stream := mustAnswer(t, s, crlf(phoneOffer), plainLocal())
	if string(first) != string(second) {
		t.Errorf("answers differ:\n%s\n%s", first, second)
	}
	if !stream.Remote.Unchanged {
		t.Error("the repeated offer is not called unchanged")
	}
}

func TestVersionIsRaisedOnlyByChanges(t *testing.T) {
	s := NewSession(SessionConfig{SessionID: 1})
	held := plainLocal()
	held.Direction = SendOnly
	steps := []struct {
		do   func() []byte
		want string
	}{
		{func() []byte { b, _ := mustAnswer(t, s, crlf(phoneOffer), plainLocal()); return b }, "1"},
		{func() []byte { return must(s.Offer(held))(t) }, "2"},
		{func() []byte { return must(s.Offer(held))(t) }, "2"}, // again with credentials
		{func() []byte { s.Rollback(); return s.LastLocal() }, "1"},
		{func() []byte { return must(s.Offer(held))(t) }, "3"}, // version 2 was seen and refused
	}
	for i, step := range steps {
		if got := originVersion(t, step.do()); got != step.want {
			t.Errorf("step %d: version %s, want %s", i, got, step.want)
		}
	}
}

func TestRollbackKeepsWhatWasAgreed(t *testing.T) {
	s := NewSession(SessionConfig{SessionID: 1})
	s.Rollback()
	if s.Agreed() != nil || s.LastLocal() != nil {
		t.Error("a new session has agreed on something")
	}
	answer, _ := mustAnswer(t, s, crlf(phoneOffer), plainLocal())
	agreed := s.Agreed()
	must(s.ReceiveOffer(crlf(strings.ReplaceAll(phoneOffer, "4000", "5000"))))(t)
	s.Rollback()
	if s.Agreed() != agreed || string(s.LastLocal()) != string(answer) {
		t.Error("the refused offer of theirs changed the agreement")
	}
	if _, _, err := s.Answer(plainLocal()); err == nil {
		t.Error("a rolled back offer was answered")
	}
	must(s.Offer(plainLocal(PCMU())))(t)
	s.Rollback()
	if s.Agreed() != agreed || string(s.LastLocal()) != string(answer) {
		t.Error("the refused offer of ours changed the agreement")
	}
	if _, err := s.ReceiveAnswer(answer); err == nil {
		t.Error("an answer to a rolled back offer was taken")
	}
	s.Rollback()
	if s.Agreed() != agreed {
		t.Error("Rollback without an offer changed the agreement")
	}
}

func TestPendingOffersExcludeEachOther(t *testing.T) {
	s := NewSession(SessionConfig{SessionID: 1})
	must(s.Offer(plainLocal()))(t)
	_, err := s.ReceiveOffer(crlf(phoneOffer))
	wantStatus(t, err, 491)
	s.Rollback()
	must(s.ReceiveOffer(crlf(phoneOffer)))(t)
	_, err = s.Offer(plainLocal())
	wantStatus(t, err, 491)
}

func wantStatus(t *testing.T, err error, status int) {
	t.Helper()
	var refusal *NegotiationError
	if !errors.As(err, &refusal) || refusal.Status != status {
		t.Errorf("error %v, want status %d", err, status)
	}
}

const phoneAnswer = `
v=0
o=phone 200 1 IN IP4 198.51.100.7
s=-
c=IN IP4 198.51.100.7
t=0 0
m=audio 4000 RTP/AVP 8 101
a=rtpmap:101 telephone-event/8000
`

func TestForkHasItsOwnAnswer(t *testing.T) {
	s := NewSession(SessionConfig{SessionID: 1})
	offer := must(s.Offer(plainLocal()))(t)
	first := s.Fork()
	must(first.ReceiveAnswer(crlf(phoneAnswer)))(t)
	// The second branch answers after the first: the fork of an answered
	// session has the offer pending again.
	second := first.Fork()
	stream := must(second.ReceiveAnswer(crlf(strings.ReplaceAll(phoneAnswer, "4000", "6000"))))(t)
	if got := stream.Remote.RTP.Port(); got != 6000 {
		t.Errorf("the second branch is at port %d", got)
	}
	if got := first.Agreed().Remote.RTP.Port(); got != 4000 {
		t.Errorf("the first branch is now at port %d", got)
	}
	if s.Agreed() != nil || string(second.LastLocal()) != string(offer) {
		t.Error("the forks changed the session they come from")
	}
}

func TestAnswerMayComeAgainOrBeReplaced(t *testing.T) {
	s := NewSession(SessionConfig{SessionID: 1})
	must(s.Offer(plainLocal()))(t)
	must(s.ReceiveAnswer(crlf(phoneAnswer)))(t)
	must(s.ReceiveAnswer(crlf(phoneAnswer)))(t)
	moved := must(s.ReceiveAnswer(crlf(strings.ReplaceAll(phoneAnswer, "4000", "6000"))))(t)
	if got := moved.Remote.RTP.Port(); got != 6000 {
		t.Errorf("the 200 moved the media to port %d, want 6000", got)
	}
}

func TestAnswersThatBreakTheRules(t *testing.T) {
	tests := map[string]struct {
		old, new string
		warning  int
	}{
		"refused":             {"audio 4000", "audio 0", WarnMediaType},
		"another codec":       {"RTP/AVP 8", "RTP/AVP 18", WarnMediaFormat},
		"another kind":        {"m=audio", "m=video", WarnOther},
		"another proto":       {"RTP/AVP", "UDP/TLS/RTP/SAVPF", WarnOther},
		"SRTP with keys":      {"RTP/AVP", "RTP/SAVP", WarnOther},
		"one m-line too much": {"a=rtpmap", "m=video 0 RTP/AVP 99\na=rtpmap", WarnOther},
		"no m-line":           {"m=audio 4000 RTP/AVP 8 101", "a=note", WarnOther},
		"multicast":           {"c=IN IP4 198.51.100.7", "c=IN IP4 224.0.0.1", WarnOther},
		"not a description":   {"v=0", "v", WarnOther},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s := NewSession(SessionConfig{SessionID: 1})
			must(s.Offer(plainLocal()))(t)
			_, err := s.ReceiveAnswer(crlf(strings.Replace(phoneAnswer, tt.old, tt.new, 1)))
			checkRefusal(t, err)
			var refusal *NegotiationError
			if errors.As(err, &refusal) && refusal.Warning != tt.warning {
				t.Errorf("warning %d in %v, want %d", refusal.Warning, err, tt.warning)
			}
			must(s.ReceiveAnswer(crlf(phoneAnswer)))(t) // the offer is still pending
		})
	}
}

func TestHoldWishes(t *testing.T) {
	all := []Direction{SendRecv, SendOnly, RecvOnly, Inactive}
	// Rows: what they offer. Columns: what we want. RFC 3264 §6.1.
	want := [4][4]Direction{
		{SendRecv, SendOnly, RecvOnly, Inactive},
		{RecvOnly, Inactive, RecvOnly, Inactive},
		{SendOnly, SendOnly, Inactive, Inactive},
		{Inactive, Inactive, Inactive, Inactive},
	}
	for i, theirs := range all {
		for j, ours := range all {
			s := NewSession(SessionConfig{SessionID: 1})
			l := plainLocal()
			l.Direction = ours
			offer := strings.ReplaceAll(phoneOffer, "a=sendrecv", "a="+theirs.String())
			answer, stream := mustAnswer(t, s, crlf(offer), l)
			if stream.Direction != want[i][j] || !strings.Contains(string(answer), "\r\na="+want[i][j].String()+"\r\n") {
				t.Errorf("%v answered %v while we want %v, want %v", theirs, stream.Direction, ours, want[i][j])
			}
			if held := theirs == SendOnly || theirs == Inactive; stream.Remote.Held != held {
				t.Errorf("%v: held %v", theirs, stream.Remote.Held)
			}
		}
	}
}

func TestRoleAndCredentialsOfTheDialog(t *testing.T) {
	browser, s := NewSession(SessionConfig{SessionID: 1}), NewSession(SessionConfig{SessionID: 2})
	l := webLocal()
	l.Setup = Passive
	answer, stream := mustAnswer(t, s, must(browser.Offer(webLocal()))(t), l)
	if stream.Setup != Passive {
		t.Fatalf("role %v, want passive as asked", stream.Setup)
	}
	must(browser.ReceiveAnswer(answer))(t)
	// A later wish does not change the role.
	l.Setup = Active
	answer, stream = mustAnswer(t, s, must(browser.Offer(webLocal()))(t), l)
	if stream.Setup != Passive || !strings.Contains(string(answer), "a=setup:passive") {
		t.Errorf("role %v, want passive for the dialog's life", stream.Setup)
	}
	must(browser.ReceiveAnswer(answer))(t)
	// Our own later offer says actpass, and the role stays whatever comes.
	offer := must(s.Offer(l))(t)
	if !strings.Contains(string(offer), "a=setup:actpass") {
		t.Errorf("offer without actpass:\n%s", offer)
	}
	back, _ := mustAnswer(t, browser, offer, webLocal())
	if got := must(s.ReceiveAnswer(back))(t); got.Setup != Passive || got.Remote.ICERestart || got.Remote.NewFingerprint {
		t.Errorf("after our offer: %+v", got)
	}
	// A new certificate alone is told.
	other := webLocal()
	other.Fingerprint = strings.Replace(testFingerprint, "3A:", "3B:", 1)
	r := must(s.ReceiveOffer(must(browser.Offer(other))(t)))(t)
	if r.ICERestart || !r.NewFingerprint {
		t.Errorf("new certificate: restart %v, new fingerprint %v", r.ICERestart, r.NewFingerprint)
	}
}

func TestProfileOfADialogCannotChange(t *testing.T) {
	s := agreedSession(t, plainLocal())
	if _, err := s.Offer(webLocal()); err == nil {
		t.Error("a plain dialog offers WebRTC")
	}
}

func TestOriginIsMadeFit(t *testing.T) {
	s := NewSession(SessionConfig{SessionID: 1<<64 - 1, User: "tandem gw\r\n"})
	o := must(Parse(must(s.Offer(plainLocal()))(t)))(t).Origin
	if o.User != "tandem-gw--" || o.ID != "9223372036854775807" {
		t.Errorf("origin %+v", o)
	}
}

func TestExtendedReportsAreAskedForAndAnswered(t *testing.T) {
	const line = "a=rtcp-xr:rcvr-rtt=all voip-metrics\r\n"
	a, b := NewSession(SessionConfig{SessionID: 1}), NewSession(SessionConfig{SessionID: 2})
	offer, err := a.Offer(plainLocal(PCMU()))
	if err != nil || !strings.Contains(string(offer), line) {
		t.Fatalf("%v: offered\n%s", err, offer)
	}
	answer, stream := mustAnswer(t, b, offer, plainLocal(PCMU()))
	if !stream.Remote.ExtendedReports || !strings.Contains(string(answer), line) {
		t.Errorf("answered with\n%s", answer)
	}
	quiet := NewSession(SessionConfig{SessionID: 3})
	answer, stream = mustAnswer(t, quiet, []byte(strings.Replace(string(offer), line, "", 1)), plainLocal(PCMU()))
	if stream.Remote.ExtendedReports || strings.Contains(string(answer), "rtcp-xr") {
		t.Errorf("one that has not asked is answered with\n%s", answer)
	}
	again, err := quiet.Offer(plainLocal(PCMU()))
	if err != nil || strings.Contains(string(again), "rtcp-xr") {
		t.Errorf("%v: and is offered later\n%s", err, again)
	}
}
