package message

import (
	"strings"
	"testing"

	"github.com/emiago/sipgo/sip"

	"github.com/tandemgw/tandem/signaling/sipmsg"
)

func request(typ string, body []byte) *sip.Request {
	req := sip.NewRequest(sip.MESSAGE, sip.Uri{Scheme: "sip", User: "1002", Host: "example.org"})
	if typ != "" {
		req.AppendHeader(sip.NewHeader("Content-Type", typ))
	}
	req.SetBody(body)
	return req
}

func TestTheTypeOfAMessageIsWrittenAnew(t *testing.T) {
	s := New(Config{Types: []string{"application/json"}})
	defer s.Close()
	for _, c := range []struct {
		typ, body, want string
		status          int
	}{
		{"text/plain", "x", "text/plain", 0},
		{"Text/Plain; Charset=\"utf-8\"; smuggled=1", "x", "text/plain;charset=UTF-8", 0},
		{"text/html;charset=US-ASCII", "<b>", "text/html;charset=UTF-8", 0},
		{"message/cpim", "From: x\r\n\r\n\xff", "message/cpim", 0},
		{"application/json;a=b", "{}", "application/json", 0},
		{"", "", "text/plain", 0},
		{"", "x", "", 400},
		{"text/plain;charset=utf-16", "x", "", 415},
		{"text/plain", "\xff", "", 400},
		{"image/png", "x", "", 415},
		{"textual/plain", "x", "", 415},
		{";;", "x", "", 415},
		{"text/plain", strings.Repeat("x", 4096), "text/plain", 0},
		{"text/plain", strings.Repeat("x", 4097), "", 413},
	} {
		typ, body, cause := s.content(request(c.typ, []byte(c.body)))
		if typ != c.want || cause.Status != c.status {
			t.Errorf("content of %q %.10q is %q, %d, want %q, %d", c.typ, c.body, typ, cause.Status, c.want, c.status)
		}
		if cause.Status == 0 && string(body) != c.body {
			t.Errorf("the body of %q has become %q", c.body, body)
		}
	}
}

func FuzzContent(f *testing.F) {
	for _, seed := range []string{"text/plain", `text/plain; charset="utf-8"`, "message/cpim", "a/b;c*0=d;c*1=e", "text/plain;charset*=utf-8''x%0d%0a"} {
		f.Add(seed, []byte("hello"))
	}
	s := New(Config{})
	f.Cleanup(s.Close)
	f.Fuzz(func(t *testing.T, typ string, body []byte) {
		if typ, _ = sipmsg.Clean(typ); typ == "" {
			return
		}
		out, same, cause := s.content(request(typ, body))
		if cause.Status != 0 {
			return
		}
		if string(same) != string(body) {
			t.Errorf("body %q has become %q", body, same)
		}
		if !s.takes(strings.TrimSuffix(out, ";charset=UTF-8")) || strings.ContainsAny(out, "\r\n \"") {
			t.Errorf("type %q becomes %q", typ, out)
		}
	})
}
