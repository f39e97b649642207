package sipmsg

import (
	"strings"
	"testing"

	"github.com/emiago/sipgo/sip"
)

// parted is base with a body of several parts, each a Content-Type, further fields and
// a text, one after the other.
func parted(kind string, parts ...string) string {
	head, _, _ := strings.Cut(base, "Content-Type")
	return head + "Content-Type: " + kind + ";boundary=\"b 1\"\r\n\r\n" + several("b 1", parts...)
}

func several(boundary string, parts ...string) string {
	var b strings.Builder
	for _, p := range parts {
		b.WriteString("--" + boundary + "\r\nContent-Type: " + p + "\r\n")
	}
	return b.String() + "--" + boundary + "--\r\n"
}

func TestABodyIsFoundAmongParts(t *testing.T) {
	const (
		isup   = "application/isup;version=itu-t92+\r\nContent-Disposition: signal;handling=optional\r\n\r\n\x01\x00\x49"
		first  = "application/sdp\r\n\r\nv=0\r\ns=1\r\n"
		second = "Application/SDP; charset=utf-8\r\nContent-Transfer-Encoding: binary\r\n\r\nv=0\r\ns=2\r\n"
		base64 = "application/sdp\r\nContent-Transfer-Encoding: base64\r\n\r\ndj0wDQo="
	)
	nested := func(deep int) string {
		out := first
		for i := range deep {
			boundary := "level" + strings.Repeat("x", i)
			out = "multipart/mixed;boundary=" + boundary + "\r\n\r\n" + several(boundary, out)
		}
		return out
	}
	for _, c := range []struct{ name, raw, want string }{
		{"not parted", base, "v=0\r\n"},
		{"before ISUP", parted("multipart/mixed", first, isup), "v=0\r\ns=1"},
		{"behind ISUP", parted("Multipart/Mixed", isup, second), "v=0\r\ns=2"},
		{"two mixed", parted("multipart/mixed", first, second), "v=0\r\ns=1"},
		{"two alternatives", parted("multipart/alternative", first, second), "v=0\r\ns=2"},
		{"in parts of parts", parted("multipart/mixed", isup, nested(2)), "v=0\r\ns=1"},
		{"too deep", parted("multipart/mixed", nested(3)), ""},
		{"behind too many", parted("multipart/mixed", append(strings.Split(strings.Repeat(isup+"|", maxParts), "|")[:maxParts], first)...), ""},
		{"none", parted("multipart/mixed", isup), ""},
		{"encoded", parted("multipart/mixed", base64), ""},
		{"another type", strings.Replace(base, "application/sdp", "application/isup", 1), ""},
		{"no boundary", strings.Replace(base, "application/sdp", "multipart/mixed", 1), ""},
		{"cut off", strings.TrimSuffix(parted("multipart/mixed", first), "--b 1--\r\n"), ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			m, err := NewParser().Parse([]byte(c.raw))
			if err != nil {
				t.Fatal(err)
			}
			if got := strings.TrimSpace(string(Body(m, "application/sdp"))); got != strings.TrimSpace(c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
			r := ability.Check(m.(*sip.Request))
			if (r != nil && r.Status == 415) != (c.want == "") {
				t.Errorf("refused with %+v", r)
			}
		})
	}
}

// FuzzBody looks for a part in anything: nothing panics, and what is found is no longer than the body.
func FuzzBody(f *testing.F) {
	f.Add("multipart/mixed;boundary=b", []byte(several("b", "application/sdp\r\n\r\nv=0\r\n")))
	f.Add("multipart/alternative; boundary=\"b\"", []byte(several("b", "multipart/mixed;boundary=c\r\n\r\n"+several("c", "application/sdp\r\n\r\nv=0"))))
	f.Fuzz(func(t *testing.T, kind string, body []byte) {
		if got := bodyOf(kind, body, "application/sdp", maxNested); len(got) > len(body) {
			t.Errorf("%d octets of %d", len(got), len(body))
		}
	})
}
