package trace

import (
	"bytes"
	"strings"
	"testing"
)

func TestSecretsAreMaskedAndLengthsStay(t *testing.T) {
	for _, c := range []struct{ name, message, secret string }{
		{"digest", "INVITE sip:x SIP/2.0\r\nAuthorization: Digest username=\"a\", response=\"SECRET\"\r\n\r\n", "SECRET"},
		{"proxy digest, oddly spelled", "INVITE sip:x SIP/2.0\nPROXY-authorization :Digest response=\"SECRET\"\n\n", "SECRET"},
		{"folded", "INVITE sip:x SIP/2.0\r\nAuthorization: Digest a=b,\r\n response=\"SECRET\"\r\nTo: x\r\n\r\n", "SECRET"},
		{"bearer", "INVITE sip:x SIP/2.0\r\nAuthorization: Bearer SECRET\r\n\r\n", "SECRET"},
		{"no scheme", "INVITE sip:x SIP/2.0\r\nAuthorization: response=SECRET\r\n\r\n", "SECRET"},
		{"authentication-info", "SIP/2.0 200 OK\r\nAuthentication-Info: rspauth=\"SECRET\"\r\n\r\n", "SECRET"},
		{"cookie", "INVITE sip:x SIP/2.0\r\nCookie: id=SECRET\r\n\r\n", "SECRET"},
		{"password in a URI", "INVITE sip:bob:SECRET@example.test SIP/2.0\r\n\r\n", "SECRET"},
		{"SDES", "INVITE sip:x SIP/2.0\r\n\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:SECRET\r\n", "SECRET"},
		{"ICE", "INVITE sip:x SIP/2.0\r\n\r\na=ice-pwd:SECRET\r\na=x\r\n", "SECRET"},
		{"k=", "INVITE sip:x SIP/2.0\r\n\r\nk=clear:SECRET\r\n", "SECRET"},
		{"INFO", "INFO sip:x SIP/2.0\r\nContent-Type: application/dtmf-relay\r\n\r\nSignal=7\r\nDuration=160\r\n", "7"},
		{"INFO of nothing but a digit", "INFO sip:x SIP/2.0\r\nc: application/dtmf\r\n\r\n7", "7"},
	} {
		t.Run(c.name, func(t *testing.T) {
			was := []byte(c.message)
			got := masked(was)
			if bytes.Contains(got, []byte(c.secret)) {
				t.Errorf("the secret is there:\n%s", got)
			}
			if len(got) != len(was) || string(was) != c.message {
				t.Errorf("%d octets of %d, and the message was changed: %v", len(got), len(was), string(was) != c.message)
			}
			if first, _, _ := strings.Cut(c.message, "\n"); c.name != "password in a URI" && !bytes.HasPrefix(got, []byte(first)) {
				t.Errorf("more is masked than the secret:\n%s", got)
			}
		})
	}
}

func FuzzMask(f *testing.F) {
	f.Add([]byte(sampleInvite(0)))
	f.Add([]byte("\r\n\r"))
	f.Add([]byte("Authorization:\n x\n\nk="))
	f.Fuzz(func(t *testing.T, b []byte) {
		if got := masked(b); len(got) != len(b) {
			t.Errorf("%d octets of %d", len(got), len(b))
		}
		_ = callID(b)
		i := Item{Kind: SIP, Text: b}
		_ = i.Label()
	})
}

func TestTheCallIDIsFound(t *testing.T) {
	for message, want := range map[string]string{
		"INVITE x SIP/2.0\r\nCall-ID: abc@x\r\n\r\n":          "abc@x",
		"INVITE x SIP/2.0\r\nVia: y\r\ni:abc\r\n\r\n":         "abc",
		"INVITE x SIP/2.0\r\nCALL-id \t:  abc \r\n\r\n":       "abc",
		"INVITE x SIP/2.0\r\nVia: y\r\n\r\nCall-ID: body\r\n": "",
		"": "",
	} {
		if got := string(callID([]byte(message))); got != want {
			t.Errorf("callID(%q) = %q, want %q", message, got, want)
		}
	}
}

func TestMermaidTakesNoteOfNothingOdd(t *testing.T) {
	c := sampleCall(sampleWay{"udp", "192.0.2.1:5060", "198.51.100.7:5060"}, sampleWay{"wss", "192.0.2.1:443", "198.51.100.7:40007"})
	c.Legs[0].Party = "Ann; end\nNote <1001>"
	var b bytes.Buffer
	if err := Mermaid(&b, c); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"sequenceDiagram\n", "participant L0 as Ann#59; end<br/>Note #60;1001#62;", "L0->>G: INVITE (SDP)", "G->>L1: INVITE (SDP)", "Note over L0: first packet in"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %q in\n%s", want, b.String())
		}
	}
}
