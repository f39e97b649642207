package sdp

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// receiveAndAnswer gives a session an offer from outside and checks whatever
// comes of it against the rules that hold for every offer.
func receiveAndAnswer(t testing.TB, s *Session, offer []byte, l Local) {
	before := s.LastLocal()
	remote, err := s.ReceiveOffer(offer)
	if err != nil {
		checkRefusal(t, err)
		if !bytes.Equal(before, s.LastLocal()) {
			t.Errorf("a refused offer changed the session")
		}
		return
	}
	checkRemote(t, remote)
	answer, stream, err := s.Answer(l)
	if err != nil {
		checkRefusal(t, err)
		s.Rollback()
		return
	}
	checkRemote(t, &stream.Remote)
	again, _, err := s.Answer(l)
	if err != nil || !bytes.Equal(answer, again) {
		t.Errorf("the second answer differs: %v\n%s\n%s", err, answer, again)
	}
	checkAnswer(t, offer, answer, stream)
}

func checkRefusal(t testing.TB, err error) {
	var refusal *NegotiationError
	if !errors.As(err, &refusal) {
		t.Fatalf("error %v is no NegotiationError", err)
	}
	if refusal.Status != 400 && refusal.Status != 488 {
		t.Errorf("status %d", refusal.Status)
	}
	if refusal.Warning != 304 && refusal.Warning != 305 && refusal.Warning != 399 {
		t.Errorf("warning %d", refusal.Warning)
	}
	for _, b := range []byte(refusal.Text) {
		if b < ' ' || b > '~' || b == '"' || b == '\\' {
			t.Errorf("text is not fit for a header: %q", refusal.Text)
			break
		}
	}
	if len(refusal.Text) > 2000 {
		t.Errorf("text of %d bytes", len(refusal.Text))
	}
}

func checkRemote(t testing.TB, r *Remote) {
	if r.RTP.IsValid() && (!canSendTo(r.RTP.Addr()) || r.RTP.Port() == 0) {
		t.Errorf("remote RTP is at %v", r.RTP)
	}
	if r.RTCP.IsValid() && (!canSendTo(r.RTCP.Addr()) || r.RTCP.Port() == 0) {
		t.Errorf("remote RTCP is at %v", r.RTCP)
	}
	if r.Profile == WebRTC && !r.Disabled && (r.ICE == nil || len(r.Fingerprints) == 0 || !r.RTCPMux) {
		t.Errorf("WebRTC without its parts: %+v", r)
	}
	if len(r.Codecs) > maxCodecs || len(r.SSRCs) > maxSSRCs || len(r.Fingerprints) > maxFingerprints {
		t.Errorf("unbounded remote: %+v", r)
	}
}

// checkAnswer holds an answer against its offer (RFC 3264 §6, RFC 9143 §7.3).
func checkAnswer(t testing.TB, offer, answer []byte, stream *Stream) {
	parsed, err := Parse(offer)
	if err != nil {
		t.Fatalf("an offer that cannot be parsed was answered: %v", err)
	}
	o := layoutOf(parsed)
	a, err := Parse(answer)
	if err != nil {
		t.Fatalf("the answer cannot be parsed: %v\n%s", err, answer)
	}
	if len(o.Media) != len(a.Media) {
		t.Fatalf("%d m-lines answered with %d", len(o.Media), len(a.Media))
	}
	var accepted []string
	live := 0
	for i := range a.Media {
		om, am := &o.Media[i], &a.Media[i]
		if am.Kind != om.Kind || am.Proto != om.Proto || am.mid() != om.mid() {
			t.Errorf("m-line %d: %+v answered as %+v", i, om, am)
		}
		if am.Port == 0 {
			continue
		}
		live++
		accepted = append(accepted, am.mid())
		if c := connectionOf([][]Line{am.Lines, a.Lines}); !canSendTo(c.addr) {
			t.Errorf("the live m-line is at %q", c.text)
		}
		if !o.active(i) {
			t.Errorf("m-line %d was not offered, but is answered", i)
		}
		for _, f := range am.Formats {
			same := func(o string) bool { return strings.TrimLeft(o, "0") == strings.TrimLeft(f, "0") }
			if !slices.ContainsFunc(om.Formats, same) {
				t.Errorf("format %s was not offered in %v", f, om.Formats)
			}
		}
	}
	if want := 1 + len(stream.Lines); live > want || live == 0 && !stream.Remote.Disabled {
		t.Errorf("%d live m-lines", live)
	}
	if group, ok := attribute(a.Lines, "group"); ok {
		mids := strings.Fields(group)[1:]
		for _, mid := range mids {
			if !slices.Contains(accepted, mid) {
				t.Errorf("BUNDLE has %q, accepted are %q", mid, accepted)
			}
		}
	}
	if theirs := stream.Remote.Direction; stream.Direction != stream.Direction.Intersect(theirs.Reverse()) {
		t.Errorf("%v answered with %v", theirs, stream.Direction)
	}
}

// mutate changes a description as broken or hostile peers might.
func mutate(r *rand.Rand, text string) string {
	lines := strings.SplitAfter(text, "\n")
	for range 1 + r.IntN(4) {
		i, j := r.IntN(len(lines)), r.IntN(len(lines))
		switch r.IntN(7) {
		case 0:
			lines = slices.Delete(lines, i, i+1)
			lines = append(lines, "")
		case 1:
			lines = slices.Insert(lines, i, lines[j])
		case 2:
			lines[i], lines[j] = lines[j], lines[i]
		case 3:
			lines[i] = lines[i][:r.IntN(len(lines[i])+1)]
		case 4:
			fields := strings.Split(lines[i], " ")
			odd := []string{"0", "-1", "65535", "99999999999999999999", "", "audio", "sendonly"}
			fields[r.IntN(len(fields))] = odd[r.IntN(len(odd))]
			lines[i] = strings.Join(fields, " ")
		case 5:
			b := []byte(lines[i])
			if len(b) > 0 {
				b[r.IntN(len(b))] = byte(r.IntN(256))
			}
			lines[i] = string(b)
		case 6:
			lines[i] = []string{
				"a=inactive\n", "a=bundle-only\n", "c=IN IP4 0.0.0.0\n", "c=IN IP6 ::\n", "c=IN IP4 239.0.0.1/3\n",
				"m=audio 0 RTP/AVP 0\n", "m=image 4000 udptl t38\n", "a=mid:0\n", "a=setup:holdconn\n", "a=rtcp:0\n",
			}[r.IntN(10)]
		}
	}
	return strings.Join(lines, "")
}

func TestMutatedOffersKeepTheRules(t *testing.T) {
	r := rand.New(rand.NewPCG(3264, 8866))
	for _, file := range corpus(t) {
		steps := parseSteps(t, readFile(t, file))
		for range 150 {
			s := NewSession(SessionConfig{SessionID: 7})
			for _, step := range steps {
				if step.words[0] == "answer" {
					receiveAndAnswer(t, s, toCRLF(mutate(r, step.in)), step.local())
				}
			}
			if t.Failed() {
				t.Fatalf("in %s", file)
			}
		}
	}
}

func TestMutatedAnswersKeepTheRules(t *testing.T) {
	r := rand.New(rand.NewPCG(3264, 4733))
	for _, l := range []Local{plainLocal(), webLocal()} {
		other := NewSession(SessionConfig{})
		offering := NewSession(SessionConfig{})
		offer, err := offering.Offer(l)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := other.ReceiveOffer(offer); err != nil {
			t.Fatal(err)
		}
		answer, _, err := other.Answer(l)
		if err != nil {
			t.Fatal(err)
		}
		for range 2000 {
			receiveAnswer(t, offering.Fork(), []byte(mutate(r, string(answer))))
		}
	}
}

// receiveAnswer gives a session an answer from outside and checks the result.
func receiveAnswer(t testing.TB, s *Session, answer []byte) {
	stream, err := s.ReceiveAnswer(answer)
	if err != nil {
		checkRefusal(t, err)
		return
	}
	checkRemote(t, &stream.Remote)
	if stream.Send.IsZero() || len(stream.Receive) == 0 {
		t.Errorf("agreed on nothing: %+v", stream)
	}
	if again, err := s.ReceiveAnswer(answer); err != nil || again.Send != stream.Send {
		t.Errorf("the same answer again: %+v, %v", again, err)
	}
	var seen []uint8
	for _, c := range slices.Concat(stream.Receive, stream.ReceiveEvents) {
		if slices.Contains(seen, c.PayloadType) {
			t.Errorf("payload type %d twice in %v %v", c.PayloadType, stream.Receive, stream.ReceiveEvents)
		}
		seen = append(seen, c.PayloadType)
	}
}
