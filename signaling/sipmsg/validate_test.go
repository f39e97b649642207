package sipmsg

import (
	"fmt"
	"strings"
	"testing"

	"github.com/emiago/sipgo/sip"
	"github.com/google/go-cmp/cmp"
)

// base is a sound request; tests replace parts of it.
const base = "INVITE sip:600@tandem.test SIP/2.0\r\n" +
	"Via: SIP/2.0/UDP 192.0.2.2:5060;branch=z9hG4bKx;rport\r\n" +
	"Max-Forwards: 70\r\n" +
	"From: \"Ann\" <sip:ann@tandem.test>;tag=a1\r\n" +
	"To: <sip:600@tandem.test>\r\n" +
	"Call-ID: c1@192.0.2.2\r\n" +
	"CSeq: 7 INVITE\r\n" +
	"Contact: <sip:ann@192.0.2.2>\r\n" +
	"Content-Type: application/sdp\r\n" +
	"Content-Length: 5\r\n" +
	"\r\nv=0\r\n"

// change is what is done to base, and the status that it then gets.
type change struct {
	name, old, new string
	want           int
}

func changes() []change {
	return []change{
		{"sound", "", "", accepted},
		{"lone line feed", "Max-Forwards: 70\r\n", "Max-Forwards: 70\n", 400},
		{"line feed in a value", "\"Ann\"", "\"Ann\nX: y\"", 400},
		{"line feeds only", "\r\n", "\n", 400},
		{"NUL", "c1@", "c1\x00@", 400},
		{"escaped NUL in quotes", "\"Ann\"", "\"Ann\\\x00\"", accepted},
		{"bell", "Ann", "A\ann", 400},
		{"tab", "Max-Forwards: 70", "Max-Forwards:\t70", accepted},
		{"two From", "To: <", "From: <sip:eve@x>;tag=9\r\nTo: <", 400},
		{"two To, one compact", "To: <", "t: <sip:eve@x>\r\nTo: <", 400},
		{"two Call-ID", "CSeq", "i: other\r\nCSeq", 400},
		{"two Max-Forwards", "CSeq", "Max-Forwards: 0\r\nCSeq", 400},
		{"two Content-Type", "CSeq", "c: text/plain\r\nCSeq", 400},
		{"two Content-Length", "CSeq", "l: 5\r\nCSeq", 400},
		{"no To", "To: <sip:600@tandem.test>\r\n", "", 400},
		{"no Via", "Via: SIP/2.0/UDP 192.0.2.2:5060;branch=z9hG4bKx;rport\r\n", "", silent},
		{"no branch", ";branch=z9hG4bKx", "", accepted},
		{"branch without cookie", "z9hG4bKx", "old", accepted},
		{"no Max-Forwards", "Max-Forwards: 70\r\n", "", accepted},
		{"hops used up", "Max-Forwards: 70", "Max-Forwards: 0", 483},
		{"too many hops", "Max-Forwards: 70", "Max-Forwards: 256", 400},
		{"CSeq of another method", "7 INVITE", "7 BYE", 400},
		{"CSeq too large", "7 INVITE", "2147483648 INVITE", 400},
		{"CSeq with blanks", "7 INVITE", "7 \t  INVITE", accepted},
		{"short body", "Length: 5", "Length: 6", 400},
		{"long body", "Length: 5", "Length: 4", accepted},
		{"no length", "Content-Length: 5\r\n", "", accepted},
		{"body without type", "Content-Type: application/sdp\r\n", "", 400},
		{"unknown scheme", "INVITE sip:", "INVITE http:", 416},
		{"tel", "INVITE sip:600@tandem.test", "INVITE tel:+4930600", accepted},
		{"version", "SIP/2.0\r\nVia", "SIP/3.0\r\nVia", 505},
		{"port too large", "tandem.test SIP", "tandem.test:99999 SIP", 400},
		{"negative port", "tandem.test SIP", "tandem.test:-5 SIP", 400},
		{"no host", "600@tandem.test SIP", "600@ SIP", 400},
		{"broken escape", "600@tandem.test SIP", "6%zz@tandem.test SIP", 400},
		{"line without a colon", "CSeq", "nothing\r\nCSeq", 400},
		{"bad Contact", "<sip:ann@192.0.2.2>", "<sip:ann@192.0.2.2", 400},
		{"display name with a comma", "\"Ann\" <", "Lee, Ann <", 400},
		{"tag given twice", ";tag=a1", ";tag=a1;TAG=a2", 400},
		{"65 parameters", ";tag=a1", ";tag=a1" + numbered(64), 400},
		{"129 lines", "CSeq", strings.Repeat("X: y\r\n", 130) + "CSeq", 400},
		{"a long line", "CSeq", "X: " + strings.Repeat("y", MaxLine) + "\r\nCSeq", 400},
		{"a long folded line", "CSeq", "X: y\r\n" + strings.Repeat(" yyyyyyyyy\r\n", 900) + "CSeq", 400},
		{"71 Vias", "CSeq", "Via: SIP/2.0/UDP h" + strings.Repeat(", SIP/2.0/UDP h", 70) + "\r\nCSeq", 400},
		{"no empty line", "\r\n\r\nv=0\r\n", "\r\n", 400},
		{"underscore in a host", "tandem.test SIP", "my_pc SIP", accepted},
		{"IPv6", "tandem.test SIP", "[2001:db8::1]:5060 SIP", accepted},
		{"ACK is never answered", "INVITE", "ACK", accepted},
	}
}

func TestValidateNamesTheAnswerOwed(t *testing.T) {
	for _, test := range changes() {
		t.Run(test.name, func(t *testing.T) {
			raw := []byte(strings.ReplaceAll(base, test.old, test.new))
			if test.old == "" {
				raw = []byte(base)
			}
			m, err := NewParser().Parse(raw)
			if err != nil {
				t.Fatal(err)
			}
			got, why := accepted, ""
			if r := Validate(m, raw); r != nil {
				got, why = r.Status, r.Warning
				if r.Silent {
					got = silent
				}
			}
			if got != test.want {
				t.Errorf("got %d (%s), want %d", got, why, test.want)
			}
		})
	}
}

// numbered returns n parameters.
func numbered(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, ";p%d", i)
	}
	return b.String()
}

func TestUnsoundAckIsSilent(t *testing.T) {
	raw := []byte(strings.ReplaceAll(base, "INVITE", "ACK") + "")
	raw = []byte(strings.Replace(string(raw), "Length: 5", "Length: 6", 1))
	m, err := NewParser().Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	if r := Validate(m, raw); r == nil || !r.Silent {
		t.Errorf("got %+v", r)
	}
}

func TestCompactFormsAreFullNames(t *testing.T) {
	raw := strings.NewReplacer("Via:", "v:", "From:", "F :", "To:", "t:", "Call-ID:", "i:", "Contact:", "m:",
		"Content-Type:", "c:", "Content-Length:", "l:",
		"CSeq", "k: timer, 100rel\r\nK: outbound\r\nx: 1800\r\no: refer\r\ns: hi\r\nr: <sip:b@c>\r\nb: <sip:d@e>\r\ne: identity\r\nu: x\r\nCSeq").
		Replace(base)
	m, err := NewParser().Parse([]byte(raw))
	if err != nil {
		t.Fatal(err)
	}
	if r := Validate(m, []byte(raw)); r != nil {
		t.Fatal(r)
	}
	if got := List(m, "Supported"); !cmp.Equal(got, []string{"timer", "100rel", "outbound"}) {
		t.Errorf("Supported: %v", got)
	}
	if !Has(m, "supported", "TIMER") || Has(m, "k", "time") {
		t.Error("Has")
	}
	for name, want := range map[string]string{
		"Session-Expires": "1800", "Event": "refer", "Subject": "hi", "Refer-To": "<sip:b@c>",
		"Referred-By": "<sip:d@e>", "Content-Encoding": "identity", "Allow-Events": "x", "v": "SIP/2.0/UDP 192.0.2.2:5060;branch=z9hG4bKx;rport",
	} {
		if got := Value(m, name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
}

func TestContactsKeepListsQuotesAndParameters(t *testing.T) {
	raw := strings.Replace(base, "Contact: <sip:ann@192.0.2.2>",
		`Contact: "A, B" <sip:a@h;x="1">;+sip.instance="<urn:uuid:1>";Q=0.5, <sip:b@h>;pn-prid=ab==;t="two words", *`, 1)
	raw = strings.Replace(raw, `;x="1"`, ";x=1", 1)
	m, err := NewParser().Parse([]byte(raw))
	if err != nil {
		t.Fatal(err)
	}
	cs := Contacts(m)
	if len(cs) != 3 || !cs[2].Address.Wildcard {
		t.Fatalf("%d contacts: %v", len(cs), m.GetHeaders("Contact"))
	}
	for _, test := range []struct{ got, want string }{
		{cs[0].Value(), `"A, B" <sip:a@h;x=1>;+sip.instance="<urn:uuid:1>";Q=0.5`},
		{cs[1].Value(), `<sip:b@h>;pn-prid=ab==;t="two words"`},
	} {
		if test.got != test.want {
			t.Errorf("got %s, want %s", test.got, test.want)
		}
	}
	if v, ok := Param(cs[0].Params, "+SIP.Instance"); !ok || v != "<urn:uuid:1>" {
		t.Errorf("instance %q", v)
	}
	if v, _ := Param(cs[0].Params, "q"); v != "0.5" {
		t.Errorf("q %q", v)
	}
}

func TestRespondSaysWhereTheRequestCameFrom(t *testing.T) {
	for _, test := range []struct{ via, source, want string }{
		{"192.0.2.2:5060;branch=z9hG4bKx;rport", "192.0.2.2:5060", "SIP/2.0/UDP 192.0.2.2:5060;branch=z9hG4bKx;rport=5060;received=192.0.2.2"},
		{"192.0.2.2:5060;branch=z9hG4bKx;RPORT", "203.0.113.9:1024", "SIP/2.0/UDP 192.0.2.2:5060;branch=z9hG4bKx;rport=1024;received=203.0.113.9"},
		{"192.0.2.2:5060;branch=z9hG4bKx", "192.0.2.2:9", "SIP/2.0/UDP 192.0.2.2:5060;branch=z9hG4bKx"},
		{"192.0.2.2:5060;branch=z9hG4bKx", "203.0.113.9:1024", "SIP/2.0/UDP 192.0.2.2:5060;branch=z9hG4bKx;received=203.0.113.9"},
		{"df7jal23ls0d.invalid;branch=z9hG4bKx", "[::1]:1024", "SIP/2.0/UDP df7jal23ls0d.invalid;branch=z9hG4bKx;received=::1"},
	} {
		raw := strings.Replace(base, "192.0.2.2:5060;branch=z9hG4bKx;rport", test.via, 1)
		m, err := NewParser().Parse([]byte(raw))
		if err != nil {
			t.Fatal(err)
		}
		req := m.(*sip.Request)
		req.SetSource(test.source)
		if got := Respond(req, 200, "", "t").Via().Value(); got != test.want {
			t.Errorf("via %s from %s: %s, want %s", test.via, test.source, got, test.want)
		}
	}
}

func TestRespondCopiesWhatAnAnswerNeeds(t *testing.T) {
	raw := strings.Replace(base, "Max-Forwards", "Timestamp: 5\r\nRecord-Route: <sip:p;lr>\r\nMax-Forwards", 1)
	m, err := NewParser().Parse([]byte(raw))
	if err != nil {
		t.Fatal(err)
	}
	res := Respond(m.(*sip.Request), 183, "Session Progress", "tt")
	Warning(res, "say \"no\"\r\nX: y")
	const want = "SIP/2.0 183 Session Progress\r\n" +
		"Via: SIP/2.0/UDP 192.0.2.2:5060;branch=z9hG4bKx;rport\r\nRecord-Route: <sip:p;lr>\r\n" +
		"From: \"Ann\" <sip:ann@tandem.test>;tag=a1\r\nTo: <sip:600@tandem.test>;tag=tt\r\n" +
		"Call-ID: c1@192.0.2.2\r\nCSeq: 7 INVITE\r\nServer: tandem\r\nContent-Length: 0\r\n" +
		"Warning: 399 tandem \"say \\\"no\\\"X: y\"\r\n\r\n"
	if got := string(Bytes(res)); got != want {
		t.Error(cmp.Diff(want, got))
	}
	if Value(Respond(m.(*sip.Request), 100, "", ""), "Timestamp") != "5" {
		t.Error("100 without Timestamp")
	}
}

func TestBytesLetsNothingBeginAField(t *testing.T) {
	req := sip.NewRequest(sip.INVITE, sip.Uri{Scheme: "sip", User: "a\r\nX: 1", Host: "h"})
	req.AppendHeader(&sip.FromHeader{DisplayName: "E\r\nX: 2", Address: sip.Uri{Scheme: "sip", Host: "h"}})
	req.AppendHeader(sip.NewHeader("Subject", "a\nX: 3\x00"))
	want := "INVITE sip:aX: 1@h SIP/2.0\r\nFrom: \"EX: 2\" <sip:h>\r\nSubject: aX: 3\r\n\r\n"
	if got := string(Bytes(req)); got != want {
		t.Error(cmp.Diff(want, got))
	}
}

func TestIdentifiersAreFresh(t *testing.T) {
	seen := map[string]bool{}
	for range 1000 {
		for _, id := range []string{Tag(), CallID(), Branch()} {
			if seen[id] || !isToken(id) || len(id) < 25 {
				t.Fatalf("identifier %q", id)
			}
			seen[id] = true
		}
	}
}

func TestCheckRefusesWhatIsBeyondAbility(t *testing.T) {
	for _, test := range []struct {
		name, old, new string
		want           int
		header         string
	}{
		{"able", "", "", accepted, ""},
		{"method", "INVITE", "PUBLISH", 405, "Allow: INVITE, ACK, CANCEL, BYE, OPTIONS, REGISTER, INFO, UPDATE"},
		{"extension", "CSeq", "Require: timer, 100rel\r\nRequire: x\r\nCSeq", 420, "Unsupported: 100rel, x"},
		{"type", "application/sdp", "text/plain", 415, "Accept: application/sdp"},
		{"type with parameters", "application/sdp", "Application/SDP; charset=utf-8", accepted, ""},
		{"encoding", "CSeq", "e: gzip\r\nCSeq", 415, "Accept-Encoding: identity"},
		{"optional body", "application/sdp", "text/plain\r\nContent-Disposition: x;handling=optional", accepted, ""},
		{"accept all", "CSeq", "Accept: */*\r\nCSeq", accepted, ""},
		{"accept nothing known", "CSeq", "Accept: text/x\r\nCSeq", 406, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			raw := base
			if test.old != "" {
				raw = strings.ReplaceAll(base, test.old, test.new)
			}
			m, err := NewParser().Parse([]byte(raw))
			if err != nil {
				t.Fatal(err)
			}
			a := ability
			a.Extensions = []string{"timer"}
			r := a.Check(m.(*sip.Request))
			got, header := accepted, ""
			if r != nil {
				got = r.Status
				for _, h := range r.Headers {
					header += h.Name() + ": " + h.Value()
				}
			}
			if got != test.want || header != test.header {
				t.Errorf("got %d %q, want %d %q", got, header, test.want, test.header)
			}
		})
	}
}

func TestClean(t *testing.T) {
	for _, test := range []struct {
		in, want string
		was      bool
	}{
		{"Zoë", "Zoë", true},
		{"a\r\nb\x00c\x7f", "abc", false},
		{"\xff", "", false},
	} {
		if got, was := Clean(test.in); got != test.want || was != test.was {
			t.Errorf("Clean(%q) = %q, %v", test.in, got, was)
		}
	}
}

func TestQuoteAndUnquoteMeet(t *testing.T) {
	for _, s := range []string{"", "a", `a"b\c`, `\`} {
		if got := Unquote(`"` + Quote(s) + `"`); got != s {
			t.Errorf("%q became %q", s, got)
		}
	}
}

func BenchmarkParseAndValidate(b *testing.B) {
	p := NewParser()
	for b.Loop() {
		m, err := p.Parse([]byte(base))
		if err != nil || Validate(m, []byte(base)) != nil {
			b.Fatal(err)
		}
	}
}
