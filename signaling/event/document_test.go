package event

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tandemgw/tandem"
	"github.com/tandemgw/tandem/bridge"
)

const pidfHead = `<presence xmlns="urn:ietf:params:xml:ns:pidf" entity="pres:x">`

func TestPIDFOfPeers(t *testing.T) {
	for _, c := range []struct {
		name, doc string
		want      presence
	}{
		{"baresip", `<?xml version="1.0" encoding="UTF-8"?><presence xmlns="urn:ietf:params:xml:ns:pidf"
    xmlns:dm="urn:ietf:params:xml:ns:pidf:data-model" xmlns:rpid="urn:ietf:params:xml:ns:pidf:rpid" entity="sip:a@b">
  <dm:person id="p4159"><rpid:activities/></dm:person>
  <tuple id="t4109"><status><basic>open</basic></status><contact>sip:a@b</contact></tuple></presence>`, presence{tuples: []tuple{{open: true}}}},
		{"linphone", `<?xml version="1.0" encoding="UTF-8" standalone="no"?><presence xmlns:dm="urn:ietf:params:xml:ns:pidf:data-model"
  xmlns:rpid="urn:ietf:params:xml:ns:pidf:rpid" xmlns:pidfonline="http://www.linphone.org/xsds/pidfonline.xsd" entity="sip:a@b"
  xmlns="urn:ietf:params:xml:ns:pidf"><tuple id="abc"><status><basic>closed</basic><pidfonline:online/></status><contact priority="0.8">sip:a@b</contact>
  <timestamp>2026-11-21T10:00:00Z</timestamp></tuple><dm:person id="q"><rpid:activities><rpid:on-the-phone/></rpid:activities>
  <dm:timestamp>2026-11-21T10:00:00Z</dm:timestamp></dm:person></presence>`, presence{tuples: []tuple{{}}, activities: []string{"on-the-phone"}}},
		{"SIP.js by hand", `<?xml version='1.0' encoding='UTF-8'?><presence xmlns='urn:ietf:params:xml:ns:pidf' entity='pres:a@b'><tuple id='1'><status><basic>
   Open </basic></status><note xml:lang='en'>here</note></tuple><note>all day</note></presence>`, presence{tuples: []tuple{{open: true, note: "here"}}, notes: []string{"all day"}}},
		{"nothing known", pidfHead + `</presence>`, presence{}},
	} {
		got, err := parsePIDF([]byte(c.doc))
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if diff := cmp.Diff(c.want, got, cmp.AllowUnexported(presence{}, tuple{})); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}

func TestPIDFThatIsNone(t *testing.T) {
	for name, doc := range map[string]string{
		"empty":             "",
		"text":              "open",
		"cut":               pidfHead + "<tuple>",
		"two roots":         pidfHead + "</presence>" + pidfHead + "</presence>",
		"other root":        `<dialog-info xmlns="urn:ietf:params:xml:ns:pidf"/>`,
		"other name space":  `<presence xmlns="urn:x"/>`,
		"unknown entity":    pidfHead + "<note>&boom;</note></presence>",
		"DTD":               `<!DOCTYPE presence SYSTEM "http://x/">` + pidfHead + "</presence>",
		"charset":           `<?xml version="1.0" encoding="UTF-16"?>` + pidfHead + "</presence>",
		"deep":              pidfHead + strings.Repeat("<a>", 20) + strings.Repeat("</a>", 20) + "</presence>",
		"many":              pidfHead + strings.Repeat("<a/>", 1001) + "</presence>",
		"tuples":            pidfHead + strings.Repeat("<tuple/>", 9) + "</presence>",
		"long":              pidfHead + strings.Repeat(" ", maxDocument) + "</presence>",
		"unclosed":          pidfHead + "<note></presence>",
		"control character": pidfHead + "<note>\x00</note></presence>",
	} {
		if p, err := parsePIDF([]byte(doc)); err == nil {
			t.Errorf("%s: read as %+v", name, p)
		}
	}
}

func TestEventFieldsAsPhonesWriteThem(t *testing.T) {
	for value, want := range map[string][2]string{
		"presence":                     {"presence", "presence"},
		"dialog;sla":                   {"dialog", "dialog;sla"},
		"dialog;sla;ma":                {"dialog", "dialog;sla;ma"},
		" Message-Summary ; id=7 ;x=y": {"message-summary", "message-summary;id=7"},
		"dialog;id=a;id=b":             {"dialog", "dialog;id=a"},
		"presence.winfo":               {"presence.winfo", "presence.winfo"},
		`dialog;id="x y"`:              {"dialog", "dialog"},
		"":                             {"", ""},
		"di alog":                      {"", ""},
	} {
		if name, echo := eventOf(value); name != want[0] || echo != want[1] {
			t.Errorf("eventOf(%q) = %q, %q, want %q", value, name, echo, want)
		}
	}
}

// wellFormed fails the test where a document is no XML.
func wellFormed(t *testing.T, doc []byte) {
	t.Helper()
	for d := xml.NewDecoder(strings.NewReader(string(doc))); ; {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			return
		} else if err != nil {
			t.Fatalf("%v in\n%s", err, doc)
		}
	}
}

func FuzzPIDF(f *testing.F) {
	f.Add([]byte(pidfHead + `<tuple id="a"><status><basic>open</basic></status><note>x</note></tuple><note>y</note></presence>`))
	f.Add([]byte(pidfHead + `<person xmlns="urn:ietf:params:xml:ns:pidf:data-model"><activities><away/><note>&lt;</note></activities></person></presence>`))
	f.Add([]byte(`<!DOCTYPE a>` + pidfHead + `</presence>`))
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := parsePIDF(b)
		if err != nil {
			return
		}
		if len(p.tuples) > maxTuples || len(p.notes) > maxNotes {
			t.Errorf("too much: %+v", p)
		}
		doc := p.write(time.Now(), "sip:a@b")
		wellFormed(t, doc)
		again, err := parsePIDF(doc)
		if err != nil && len(doc) <= maxDocument {
			t.Fatalf("what we write we cannot read: %v\n%s", err, doc)
		}
		if len(again.tuples) != len(p.tuples) || len(again.activities) != len(p.activities) {
			t.Errorf("read %+v, wrote and read %+v", p, again)
		}
	})
}

func FuzzDialogInfo(f *testing.F) {
	f.Add("1002", "Ann", "1001", true)
	f.Add(`<>&"'`, "\x00\r\n]]>", "\xff", false)
	f.Fuzz(func(t *testing.T, user, name, other string, called bool) {
		c := newCalls(func(string) {})
		p := dialogPackage{c, "example.org"}
		leg := bridge.Standing{Leg: "x-a", User: user, Called: called, Stage: bridge.Confirmed, Other: tandem.Address{Name: name, User: other}, Held: true}
		c.watch("x", []bridge.Standing{leg})
		var v view
		wellFormed(t, p.write(time.Now(), user, &v))
		v.shown = v.next
		c.watch("x", nil)
		doc := p.write(time.Now(), user, &v)
		wellFormed(t, doc)
		if !strings.Contains(string(doc), "<state>terminated</state>") {
			t.Errorf("a dialog that was shown is not shown as terminated:\n%s", doc)
		}
	})
}

func TestCallsForgetWhatIsOver(t *testing.T) {
	var touched []string
	c := newCalls(func(user string) { touched = append(touched, user) })
	a := bridge.Standing{Leg: "x-a", User: "1001"}
	b := bridge.Standing{Leg: "x-b", User: "1002", Called: true}
	for _, step := range []struct {
		legs []bridge.Standing
		want string
	}{
		{[]bridge.Standing{a}, "1001"},
		{[]bridge.Standing{a, b}, "1002"},
		{[]bridge.Standing{a, b}, ""},
		{[]bridge.Standing{{Leg: "x-a", User: "1001", Stage: bridge.Confirmed}, b}, "1001"},
		{nil, "1001 1002"},
	} {
		touched = nil
		c.watch("x", step.legs)
		if got := strings.Join(touched, " "); got != step.want {
			t.Errorf("after %v the lamps of %q change, want %q", step.legs, got, step.want)
		}
	}
	if len(c.ofCall)+len(c.ofUser) != 0 {
		t.Errorf("left: %v, %v", c.ofCall, c.ofUser)
	}
}

func TestLampsDoNotSayWhoWithholdsTheNumber(t *testing.T) {
	got := dialogPackage{domain: "example.org"}.remote(tandem.Address{Name: "Anna", User: "+4940222", Private: true})
	if strings.Contains(got, "Anna") || strings.Contains(got, "40222") || !strings.Contains(got, "anonymous") {
		t.Errorf("told: %s", got)
	}
}
