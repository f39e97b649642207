package sipmsg

import (
	"testing"

	"github.com/emiago/sipgo/sip"
)

const invite = "INVITE sip:100@127.0.0.1:5060 SIP/2.0\r\n" +
	"Via: SIP/2.0/UDP 127.0.0.2:5060;branch=z9hG4bK-1-2-3\r\n" +
	"From: \"load\" <sip:load@127.0.0.2:5060>;tag=1L2\r\nTo: <sip:100@127.0.0.1:5060>\r\nCall-ID: 1-2@127.0.0.2\r\n" +
	"CSeq: 1 INVITE\r\nContact: <sip:load@127.0.0.2:5060>\r\nMax-Forwards: 70\r\nUser-Agent: load\r\n" +
	"Allow: INVITE, ACK, BYE, CANCEL, OPTIONS\r\nContent-Type: application/sdp\r\nContent-Length: 5\r\n\r\nv=0\r\n"

func BenchmarkParse(b *testing.B) {
	p, raw := NewParser(), []byte(invite)
	b.ReportAllocs()
	for b.Loop() {
		m, err := p.Parse(raw)
		if err != nil || Validate(m, raw) != nil {
			b.Fatal("not sound")
		}
	}
}

func BenchmarkRespond(b *testing.B) {
	m, err := NewParser().Parse([]byte(invite))
	if err != nil {
		b.Fatal(err)
	}
	req := m.(*sip.Request)
	req.SetSource("127.0.0.2:5060")
	b.ReportAllocs()
	for b.Loop() {
		Bytes(Respond(req, 200, "OK", "tag"))
	}
}
