package sipmsg

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/emiago/sipgo/sip"
)

// accepted and silent are expectations besides statuses: the message goes on to
// the user agent, or no answer is sent.
const (
	accepted = 0
	silent   = -1
)

// ability is that of a gateway, as the torture messages meet it.
var ability = Ability{
	Methods: []sip.RequestMethod{sip.INVITE, sip.ACK, sip.CANCEL, sip.BYE, sip.OPTIONS, sip.REGISTER, sip.INFO, sip.UPDATE},
	Types:   []string{"application/sdp"},
}

// torture lists what each message of RFC 4475 gets here. best is false, with a
// reason, where RFC 4475 would rather see something else.
var torture = []struct {
	file   string
	want   int
	best   bool
	reason string
}{
	// §3.1.1, valid messages.
	{"wsinv", accepted, true, ""},
	{"intmeth", 405, true, "a method that is well formed and not known"},
	{"esc01", accepted, true, ""},
	{"escnull", accepted, true, ""},
	{"esc02", 405, true, "RE%47IST%45R is not REGISTER"},
	{"lwsdisp", accepted, true, ""},
	{"longreq", accepted, true, ""},
	{"dblreq", accepted, true, "what follows the body in a datagram is ignored"},
	{"semiuri", accepted, true, ""},
	{"transports", accepted, true, ""},
	{"mpart01", 405, true, "MESSAGE is not taken here"},
	{"unreason", accepted, true, ""},
	{"noreason", accepted, true, ""},
	// §3.1.2, invalid messages.
	{"badinv01", 400, true, ""},
	{"clerr", 400, true, ""},
	{"ncl", 400, true, ""},
	{"scalar02", 400, true, ""},
	{"scalarlg", silent, true, ""},
	{"quotbal", 400, true, ""},
	{"ltgtruri", 400, true, ""},
	{"lwsruri", 400, true, ""},
	{"lwsstart", 400, true, ""},
	{"trws", 400, true, ""},
	{"escruri", 400, true, ""},
	{"baddate", accepted, true, "Date is not looked at, which §3.1.2.12 allows"},
	{"regbadct", 400, true, ""},
	{"badaspec", 400, true, ""},
	{"baddn", 400, true, ""},
	{"badvers", 505, true, ""},
	{"mismatch01", 400, true, ""},
	{"mismatch02", 400, true, ""},
	{"bigcode", silent, true, ""},
	// §3.2, transaction layer.
	{"badbranch", 400, true, ""},
	// §3.3, application layer.
	{"insuf", 400, true, ""},
	{"unkscm", 416, true, ""},
	{"novelsc", 416, true, ""},
	{"unksm2", 404, true, "an address of record that no registrar has"},
	{"bext01", 420, true, ""},
	{"invut", 415, true, ""},
	{"regaut01", accepted, true, "the registrar challenges: 401"},
	{"multi01", 400, true, ""},
	{"mcl01", 400, true, ""},
	{"bcast", silent, true, ""},
	{"zeromf", accepted, true, "OPTIONS for ourselves may come on its last hop"},
	{"cparam01", accepted, true, ""},
	{"cparam02", accepted, true, ""},
	{"regescrt", accepted, true, ""},
	{"sdp01", 406, true, ""},
	// §3.4, backward compatibility.
	{"inv2543", accepted, true, ""},
}

func TestTortureMessagesGetTheBestAnswer(t *testing.T) {
	files, err := filepath.Glob("testdata/torture/*.dat")
	if err != nil || len(files) != len(torture) {
		t.Fatalf("%d files, %d expectations (%v)", len(files), len(torture), err)
	}
	best := 0
	for _, test := range torture {
		t.Run(test.file, func(t *testing.T) {
			raw, err := os.ReadFile("testdata/torture/" + test.file + ".dat")
			if err != nil {
				t.Fatal(err)
			}
			got, why := verdictOn(raw)
			if got != test.want {
				t.Errorf("got %d (%s), want %d", got, why, test.want)
				return
			}
			if test.best {
				best++
			}
			t.Logf("%d %s %s", got, why, test.reason)
		})
	}
	t.Logf("%d of %d messages get the best answer", best, len(torture))
	if best < 44 {
		t.Errorf("only %d messages get the best answer", best)
	}
}

// verdictOn treats a datagram as the gateway does, up to the user agent's core.
func verdictOn(raw []byte) (status int, why string) {
	m, err := NewParser().Parse(raw)
	if err != nil {
		return silent, err.Error()
	}
	r := Validate(m, raw)
	if req, ok := m.(*sip.Request); ok && r == nil {
		r = ability.Check(req)
	}
	switch {
	case r == nil:
		return accepted, ""
	case r.Silent:
		return silent, r.Warning
	}
	return r.Status, r.Warning
}

func TestTortureAnswersCanBeSent(t *testing.T) {
	for _, test := range torture {
		raw, err := os.ReadFile("testdata/torture/" + test.file + ".dat")
		if err != nil {
			t.Fatal(err)
		}
		m, err := NewParser().Parse(raw)
		req, ok := m.(*sip.Request)
		if err != nil || !ok {
			continue
		}
		answer := Bytes(refuse(400, "no").Answer(req, Tag()))
		res, err := NewParser().Parse(answer)
		if err != nil {
			t.Errorf("%s: answer does not parse: %v\n%s", test.file, err, answer)
			continue
		}
		if got, want := len(res.GetHeaders("Via")), len(req.GetHeaders("Via")); got != want {
			t.Errorf("%s: answer has %d Via values, want %d", test.file, got, want)
		}
		if strings.Contains(string(answer), "\r\n\r\n\r\n") {
			t.Errorf("%s: answer has a body", test.file)
		}
	}
}

func TestWsinvIsReadAsItIsMeant(t *testing.T) {
	raw, err := os.ReadFile("testdata/torture/wsinv.dat")
	if err != nil {
		t.Fatal(err)
	}
	m, err := NewParser().Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ what, got, want string }{
		{"To", m.To().Value(), "<sip:vivekg@chair-dnrc.example.com>;tag=1918181833n"},
		{"From", m.From().Value(), `"J Rosenberg \\\"" <sip:jdrosen@example.com>;tag=98asjd8`},
		{"CSeq", m.CSeq().Value(), "9 INVITE"},
		{"Via 1", m.GetHeaders("Via")[0].Value(), "SIP/2.0/UDP 192.0.2.2;branch=390skdjuw"},
		{"Via 2", m.GetHeaders("Via")[1].Value(), "SIP/2.0/TCP spindle.example.com;branch=z9hG4bK9ikj8"},
		{"Via 3", m.GetHeaders("Via")[2].Value(), "SIP/2.0/UDP 192.168.255.111;branch=z9hG4bK30239"},
		{"Contact", Contacts(m)[0].Value(), `"Quoted string \"\"" <sip:jdrosen@example.com>;newparam=newvalue;secondparam;q=0.33`},
		{"Route", Value(m, "Route"), "<sip:services.example.com;lr;unknownwith=value;unknown-no-value>"},
		{"NewFangledHeader", Value(m, "newfangledheader"), "newfangled value continued newfangled value"},
		{"type", MediaType(m), "application/sdp"},
	} {
		if test.got != test.want {
			t.Errorf("%s is %q, want %q", test.what, test.got, test.want)
		}
	}
}
