package event

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

const pidfType = "application/pidf+xml"

// presencePackage is whether somebody is there: RFC 3856, written as RFC 3863 and
// RFC 4480.
type presencePackage struct{ s *Service }

func (presencePackage) name() string { return presenceEvent }

func (presencePackage) mime() string { return pidfType }

// write gives what the user's devices have published; where they have published
// nothing, open for a user who is registered, and on the phone while he talks.
func (p presencePackage) write(now time.Time, user string, v *view) []byte {
	var about presence
	for _, one := range p.s.public.of(user) {
		about.tuples = append(about.tuples, one.tuples...)
		about.activities = append(about.activities, one.activities...)
		about.notes = append(about.notes, one.notes...)
	}
	if len(about.tuples) == 0 {
		about.tuples = []tuple{{open: len(p.s.cfg.Registrar.Lookup(now, user)) > 0}}
	}
	if len(about.activities) == 0 && p.s.calls.talking(user) {
		about.activities = []string{"on-the-phone"}
	}
	slices.Sort(about.activities)
	about.activities = slices.Compact(about.activities)
	if v.compared {
		now = time.Time{}
	}
	return about.write(now, aor(user, p.s.cfg.Domain))
}

// write writes a presence document of our own.
func (p presence) write(now time.Time, entity string) []byte {
	var b strings.Builder
	b.WriteString(xmlHead)
	fmt.Fprintf(&b, `<presence xmlns="urn:ietf:params:xml:ns:pidf" xmlns:dm="urn:ietf:params:xml:ns:pidf:data-model"`+
		` xmlns:rpid="urn:ietf:params:xml:ns:pidf:rpid" entity="%s">`+"\n", escaped(entity))
	for i, t := range p.tuples {
		basic := "closed"
		if t.open {
			basic = "open"
		}
		fmt.Fprintf(&b, `<tuple id="t%d"><status><basic>%s</basic></status><contact>%s</contact>`, i+1, basic, escaped(entity))
		if t.note != "" {
			b.WriteString("<note>" + escaped(t.note) + "</note>")
		}
		b.WriteString("<timestamp>" + now.UTC().Format(time.RFC3339) + "</timestamp></tuple>\n")
	}
	for _, n := range p.notes {
		b.WriteString("<note>" + escaped(n) + "</note>\n")
	}
	if len(p.activities) > 0 {
		b.WriteString(`<dm:person id="p1"><rpid:activities>`)
		for _, a := range p.activities {
			b.WriteString("<rpid:" + a + "/>")
		}
		b.WriteString("</rpid:activities></dm:person>\n")
	}
	b.WriteString("</presence>\n")
	return []byte(b.String())
}
