package sdp

import (
	"bytes"
	"testing"
)

func addCorpus(f *testing.F) {
	for _, file := range corpus(f) {
		for _, s := range parseSteps(f, readFile(f, file)) {
			f.Add(toCRLF(s.in))
			f.Add([]byte(s.in))
		}
	}
	f.Add([]byte("v=0"))
	f.Add([]byte("v=0\nm=audio 1 RTP/AVP\x000"))
	f.Add([]byte("v=0\no=\ns=\nc=\nt=\na=\nm=a 1 b\n=\n"))
}

// FuzzParse checks that what was parsed and written is a fixed point.
func FuzzParse(f *testing.F) {
	addCorpus(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		d, err := Parse(b)
		if err != nil {
			return
		}
		first := d.Marshal()
		if len(first) > MaxSize {
			return // line ends were added
		}
		again, err := Parse(first)
		if err != nil {
			t.Fatalf("%v in %q", err, first)
		}
		if len(again.Media) != len(d.Media) {
			t.Errorf("%d m-lines became %d", len(d.Media), len(again.Media))
		}
		if second := again.Marshal(); !bytes.Equal(first, second) {
			t.Errorf("written twice:\n%q\n%q", first, second)
		}
	})
}

func FuzzAnswer(f *testing.F) {
	addCorpus(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		seen, desk := webLocal(), plainLocal(PCMU())
		seen.Lines = testLine(testLine(testLine(nil, "video"), "turns"), "screen")
		desk.Lines = testLine(testLine(nil, "video"), "fax")
		for _, l := range []Local{plainLocal(PCMU(), Opus()), webLocal(), seen, desk} {
			receiveAndAnswer(t, NewSession(SessionConfig{}), b, l)
			inDialog := agreedSession(t, l)
			receiveAndAnswer(t, inDialog, b, l)
			if _, err := inDialog.Offer(l); err != nil {
				t.Errorf("no offer after it: %v", err)
			}
		}
	})
}

func FuzzReceiveAnswer(f *testing.F) {
	addCorpus(f)
	for _, l := range []Local{plainLocal(), webLocal()} {
		f.Add(agreedSession(f, l).LastLocal())
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		seen := webLocal()
		seen.Lines = testLine(testLine(testLine(nil, "video"), "turns"), "screen")
		for _, l := range []Local{plainLocal(PCMU(), Opus()), webLocal(), seen} {
			s := NewSession(SessionConfig{})
			inDialog := agreedSession(t, l)
			for _, s := range []*Session{s, inDialog} {
				if _, err := s.Offer(l); err != nil {
					t.Fatal(err)
				}
				receiveAnswer(t, s, b)
			}
		}
	})
}

// agreedSession returns the session of a dialog in which two of us have
// agreed, seen from the one that answered.
func agreedSession(t testing.TB, l Local) *Session {
	offering, answering := NewSession(SessionConfig{SessionID: 1}), NewSession(SessionConfig{SessionID: 2})
	offer, err := offering.Offer(l)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := answering.ReceiveOffer(offer); err != nil {
		t.Fatal(err)
	}
	if _, _, err := answering.Answer(l); err != nil {
		t.Fatal(err)
	}
	return answering
}
