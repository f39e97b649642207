package sipmsg

import (
	"strings"
	"testing"

	"github.com/emiago/sipgo/sip"
)

// A Via goes back as it came: a client drops a response whose sent-by is not its own
// (RFC 3261 §18.1.2).
func TestAViaGoesBackAsItCame(t *testing.T) {
	for _, by := range []string{
		"192.0.2.1", "192.0.2.1:5070", "pbx.example.test:5070", "[2001:db8::9:1]", "[2001:db8::9:1]:6050", "[2001:db8::192.0.2.1]:6050",
		"[::ffff:192.0.2.10]:19823", "[::ffff:192.0.2.10]", // RFC 5118 §4.10
		"[fe80::1%eth0]:5060", "[2001:db8:::192.0.2.1]:5060", // no addresses, RFC 5118 §4.9
	} {
		raw := "OPTIONS sip:127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP " + by + ";branch=z9hG4bK1;rport\r\nFrom: <sip:a@b>;tag=1\r\n" +
			"To: <sip:a@b>\r\nCall-ID: 1\r\nCSeq: 1 OPTIONS\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n"
		m, err := NewParser().Parse([]byte(raw))
		if err != nil {
			t.Errorf("%s: %v", by, err)
			continue
		}
		m.SetSource("192.0.2.7:5060")
		res := string(Bytes(Respond(m.(*sip.Request), 200, "", "x")))
		if want := "Via: SIP/2.0/UDP " + by + ";branch=z9hG4bK1;rport=5060;received=192.0.2.7\r\n"; !strings.Contains(res, want) {
			t.Errorf("%s: no %q in\n%s", by, want, res)
		}
	}
}
