package sdp

import (
	"strings"
	"testing"
)

func TestPayloadTypesStayInTheDialog(t *testing.T) {
	s := NewSession(SessionConfig{SessionID: 1})
	offer := strings.NewReplacer("0 8 101", "0 111 96", "rtpmap:8 PCMA", "rtpmap:111 iLBC",
		"101 telephone-event", "96 telephone-event").Replace(phoneOffer)
	mustAnswer(t, s, crlf(offer), plainLocal(PCMU()))
	// 111 means iLBC in this dialog, so that Opus gets another number, while
	// telephone-event keeps the one the phone gave it.
	b := must(s.Offer(plainLocal(Opus(), PCMU())))(t)
	f := readFormats(&must(Parse(b))(t).Media[0], nil)
	if got := f.voice[0]; got.Name != NameOpus || got.PayloadType == 111 || got.PayloadType == 96 {
		t.Errorf("Opus is offered as %d", got.PayloadType)
	}
	for _, e := range f.events {
		if e.Clock == 8000 && e.PayloadType != 96 {
			t.Errorf("telephone-event/8000 is offered as %d, want 96", e.PayloadType)
		}
	}
}

func TestFreePayloadTypesRunOut(t *testing.T) {
	var p payloadTypes
	seen := map[uint8]bool{}
	for i := range 60 {
		c := p.assign(Codec{Name: "x", Clock: 1000 + i})
		if seen[c.PayloadType] || c.PayloadType > 127 || c.PayloadType >= 64 && c.PayloadType < 96 {
			t.Fatalf("number %d for the codec %d", c.PayloadType, i)
		}
		seen[c.PayloadType] = true
		p = p.with(c)
	}
	for i := range 200 {
		p = p.with(Codec{Name: "y", Clock: i, PayloadType: uint8(i % 128)})
	}
	if len(p) != 128 {
		t.Errorf("%d numbers", len(p))
	}
	p.assign(Codec{Name: "z", Clock: 1}) // no number is free, and nothing breaks
}
