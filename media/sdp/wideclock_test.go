package sdp

import (
	"strings"
	"testing"
)

// A telephone that writes G722/16000 means G.722 (RFC 3551 §4.5.2), and finds in the answer
// what it has written, with its events where they are said at that clock, too.
func TestG722IsAnsweredInTheFormInWhichItWasOffered(t *testing.T) {
	for _, said := range []string{"8000", "16000"} {
		offer := strings.NewReplacer("0 8 101", "9 101", "rtpmap:0 PCMU/8000\na=rtpmap:8 PCMA/8000", "rtpmap:9 G722/"+said,
			"event/8000", "event/"+said).Replace(phoneOffer)
		text, stream := mustAnswer(t, NewSession(SessionConfig{SessionID: 1}), crlf(offer), plainLocal(G722(), PCMU()))
		if !strings.Contains(string(text), "a=rtpmap:9 G722/"+said+"\r\n") || !strings.Contains(string(text), "telephone-event/"+said+"\r\n") {
			t.Errorf("offered as %s: the answer is\n%s", said, text)
		}
		if stream.Send.Clock != 8000 || stream.Send.Name != NameG722 || stream.SendEvent.IsZero() {
			t.Errorf("offered as %s: %+v, events %+v", said, stream.Send, stream.SendEvent)
		}
	}
}
