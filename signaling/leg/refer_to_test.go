package leg

import (
	"strings"
	"testing"
)

func TestReferToIsReadSparingly(t *testing.T) {
	for _, c := range []struct {
		uri      string
		number   string
		replaces string // its Call-ID
		status   int
	}{
		{"sip:1003@example.org", "1003", "", 0},
		{"SIP:1003@example.org;user=phone;method=invite", "1003", "", 0},
		{"sips:%31003@example.org:5061", "1003", "", 0},
		{"tel:+1-555-(0)100;phone-context=x", "+15550100", "", 0},
		{"sip:1003@example.org?Subject=x&Route=%3Csip:evil%3E", "1003", "", 0},
		{"sip:tandem@192.0.2.1?replaces=a%40b%3Bto-tag%3D1%3Bfrom-tag%3D2&Require=replaces", "tandem", "a@b", 0},
		{"sip:192.0.2.1?Replaces=a@b%3Bto-tag%3D1%3Bfrom-tag%3D2", "", "a@b", 0},
		{"sip:1003@example.org?Replaces=a%3Bto-tag%3D1%3Bfrom-tag%3D2&Replaces=b%3Bto-tag%3D1%3Bfrom-tag%3D2", "", "", 400},
		{"sip:1003@example.org?Replaces=a%3Bto-tag%3D1", "", "", 400},
		{"sip:1003@example.org?Replaces=%zz", "", "", 400},
		{"sip:1003@example.org;method=BYE", "", "", 501},
		{"mailto:ann@example.org", "", "", 403},
		{"sip:@example.org", "", "", 404},
		{"sip:a%0d%0ab@example.org", "", "", 404},
		{"sip:" + strings.Repeat("1", 200) + "@example.org", "", "", 404},
		{"sip:", "", "", 400},
	} {
		to, cause := parseReferTo(c.uri)
		if cause.Status != c.status {
			t.Errorf("%s: status %d (%s), want %d", c.uri, cause.Status, cause.Detail, c.status)
			continue
		}
		if c.status != 0 {
			continue
		}
		id := ""
		if to.replaces != nil {
			id = to.replaces.CallID
		}
		if to.number != c.number || id != c.replaces {
			t.Errorf("%s: number %q, replaces %q", c.uri, to.number, id)
		}
	}
}

func FuzzReferTo(f *testing.F) {
	for _, seed := range []string{
		"sip:1003@example.org", "tel:+1-555", "sip:tandem@192.0.2.1?Replaces=a%40b%3Bto-tag%3D1%3Bfrom-tag%3D2", "sips:[::1]?a=b&&=", "?", ":",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, uri string) {
		to, cause := parseReferTo(uri)
		if cause.Status != 0 || to.replaces != nil {
			return
		}
		if to.number == "" || len(to.number) > 128 || strings.ContainsAny(to.number, "\r\n\x00") {
			t.Errorf("%q is read as number %q", uri, to.number)
		}
	})
}
