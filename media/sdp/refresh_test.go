package sdp

import (
	"bytes"
	"net/netip"
	"strings"
	"testing"
)

func voiceLocal(d Direction) Local {
	return Local{
		Profile: Plain, Codecs: []Codec{PCMA(), PCMU()}, Events: true, Direction: d,
		Address: netip.MustParseAddr("192.0.2.1"), Port: 20000,
	}
}

const voiceRemote = "v=0\r\no=- 1 1 IN IP4 192.0.2.9\r\ns=-\r\nc=IN IP4 192.0.2.9\r\nt=0 0\r\n" +
	"m=audio 40000 RTP/AVP 0 101\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:101 telephone-event/8000\r\n"

// RFC 3264 §8: the version says whether anything has changed.
func TestAReofferIsWhatWasAgreed(t *testing.T) {
	for name, agree := range map[string]func(*Session) []byte{
		"our offer": func(s *Session) []byte {
			offer, _ := s.Offer(voiceLocal(SendRecv))
			if _, err := s.ReceiveAnswer([]byte(voiceRemote)); err != nil {
				t.Fatal(err)
			}
			return offer
		},
		"their offer": func(s *Session) []byte {
			if _, err := s.ReceiveOffer([]byte(voiceRemote)); err != nil {
				t.Fatal(err)
			}
			answer, _, _ := s.Answer(voiceLocal(SendRecv))
			return answer
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := NewSession(SessionConfig{SessionID: 1})
			if _, err := s.Reoffer(); err == nil {
				t.Error("offered again what was never agreed")
			}
			said := agree(s)
			again, err := s.Reoffer()
			if err != nil || !bytes.Equal(again, said) {
				t.Fatalf("Reoffer = %v\n%s\nwant\n%s", err, again, said)
			}
			stream, err := s.ReceiveAnswer([]byte(strings.Replace(voiceRemote, "40000", "41000", 1)))
			if err != nil || stream.Remote.RTP.Port() != 41000 || stream.Send.Name != NamePCMU || stream.SendEvent.IsZero() {
				t.Errorf("answered: %+v, %v", stream, err)
			}
			if again, _ := s.Reoffer(); !bytes.Equal(again, said) {
				t.Errorf("the second says\n%s", again)
			}
			s.Rollback()
			if _, err := s.ReceiveOffer([]byte(voiceRemote)); err != nil {
				t.Errorf("after a rollback: %v", err)
			}
			if _, err := s.Reoffer(); err == nil {
				t.Error("offered while their offer is pending")
			}
		})
	}
}

func TestACloneIsIndependent(t *testing.T) {
	s := NewSession(SessionConfig{SessionID: 1})
	if _, err := s.Offer(voiceLocal(SendRecv)); err != nil {
		t.Fatal(err)
	}
	c := s.Clone()
	if _, err := c.ReceiveAnswer([]byte(voiceRemote)); err != nil {
		t.Fatal(err)
	}
	if s.Agreed() != nil || c.Agreed() == nil {
		t.Error("what the clone has agreed on is the session's")
	}
}
