package sipmsg

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/emiago/sipgo/sip"
)

// FuzzMessage reads, validates and answers anything. What is accepted must be
// readable again from what we would write, and no answer may carry control
// characters.
func FuzzMessage(f *testing.F) {
	files, err := filepath.Glob("testdata/torture/*.dat")
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range files {
		raw, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw)
	}
	f.Add([]byte(base))
	f.Add([]byte("SIP/2.0 200 OK\r\nv: SIP/2.0/WSS h;branch=z9hG4bKa\r\nf: <sip:a@b>;tag=1\r\nt: <sip:a@b>\r\ni: 1\r\nCSeq: 1 BYE\r\n\r\n"))
	p := NewParser()
	f.Fuzz(func(t *testing.T, raw []byte) {
		m, err := p.Parse(raw)
		if err != nil {
			return
		}
		m.SetSource("192.0.2.1:5060")
		r := Validate(m, raw)
		req, isRequest := m.(*sip.Request)
		if isRequest && (r == nil || !r.Silent) {
			res := Respond(req, 200, "", "tag")
			if r != nil {
				res = r.Answer(req, "tag")
			}
			checkWritten(t, Bytes(res))
		}
		if r != nil {
			return
		}
		Contacts(m)
		List(m, "Require")
		MediaType(m)
		if isRequest {
			ability.Check(req)
		}
		again, err := p.Parse(Bytes(m))
		if err != nil {
			t.Fatalf("what was written does not parse: %v\n%q", err, Bytes(m))
		}
		if *again.CallID() != *m.CallID() || again.CSeq().Value() != m.CSeq().Value() || !bytes.Equal(again.Body(), m.Body()) {
			t.Errorf("written again it differs:\n%q\n%q", Bytes(m), Bytes(again))
		}
	})
}

// checkWritten looks for what must not be in a header that we send.
func checkWritten(t *testing.T, b []byte) {
	head, _, _ := bytes.Cut(b, []byte("\r\n\r\n"))
	for _, line := range bytes.Split(head, []byte("\r\n")) {
		if bytes.ContainsAny(line, "\r\n\x00") {
			t.Errorf("control characters in an answer: %q", line)
		}
	}
}
