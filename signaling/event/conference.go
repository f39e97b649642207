package event

import (
	"fmt"
	"strings"
	"time"

	"github.com/emiago/sipgo/sip"

	"github.com/tandemgw/tandem"
	"github.com/tandemgw/tandem/bridge"
	"github.com/tandemgw/tandem/dialplan"
	"github.com/tandemgw/tandem/signaling/sipmsg"
)

// maxConference bounds a document, in octets: it must fit a datagram. Of a room that
// does not, as many members are listed as do, and the list is called partial.
const maxConference = 50000

// conferencePackage is who is in a room: RFC 4575.
type conferencePackage struct {
	room   func(name string) (bridge.RoomView, bool)
	domain string
}

func (conferencePackage) name() string { return conferenceEvent }

func (conferencePackage) mime() string { return "application/conference-info+xml" }

// write gives the full state of a room. One that nobody is in any more is empty and
// not active.
func (p conferencePackage) write(_ time.Time, name string, v *view) []byte {
	r, _ := p.room(name)
	var b strings.Builder
	b.WriteString(xmlHead)
	fmt.Fprintf(&b, `<conference-info xmlns="urn:ietf:params:xml:ns:conference-info" entity="%s" state="full" version="%d">`+"\n",
		escaped(aor(name, p.domain)), v.version)
	fmt.Fprintf(&b, "<conference-description><display-text>%s</display-text>", escaped(name))
	if r.Max > 0 {
		fmt.Fprintf(&b, "<maximum-user-count>%d</maximum-user-count>", r.Max)
	}
	fmt.Fprintf(&b, "</conference-description>\n<conference-state><user-count>%d</user-count><active>%v</active><locked>%v</locked></conference-state>\n",
		len(r.Members), len(r.Members) > 0, r.Locked)
	users, state := p.users(r.Members)
	fmt.Fprintf(&b, `<users state="%s">`+"\n%s</users>\n</conference-info>\n", state, users)
	return []byte(b.String())
}

// users writes the members: one user for each who is in the room, however many of
// his devices are.
func (p conferencePackage) users(members []bridge.MemberView) (text, state string) {
	var b strings.Builder
	done := make(map[string]bool, len(members))
	for i := range members {
		entity := p.entity(&members[i])
		if done[entity] {
			continue
		}
		done[entity] = true
		var one strings.Builder
		fmt.Fprintf(&one, `<user entity="%s" state="full">`, escaped(entity))
		if name := tandem.Clean(members[i].Party.Name, maxText); name != "" && !members[i].Party.Private {
			fmt.Fprintf(&one, "<display-text>%s</display-text>", escaped(name))
		}
		if members[i].Moderator {
			one.WriteString("<roles><entry>moderator</entry></roles>")
		}
		for k := i; k < len(members); k++ {
			if p.entity(&members[k]) == entity {
				one.WriteString(p.endpoint(&members[k]))
			}
		}
		one.WriteString("</user>\n")
		if b.Len()+one.Len() > maxConference {
			return b.String(), "partial"
		}
		b.WriteString(one.String())
	}
	return b.String(), "full"
}

// entity is the URI that a member is known by; nothing is said of who withholds it.
func (p conferencePackage) entity(m *bridge.MemberView) string {
	user := m.User
	if user == "" {
		user = m.Party.User
	}
	if user == "" || m.Party.Private {
		return "sip:anonymous-" + m.ID + "@anonymous.invalid" // RFC 3323 §4.1.1.3
	}
	return aor(user, p.domain)
}

// endpoint writes one device. Its own URI is nobody's business; it is known by its
// place in the room.
func (p conferencePackage) endpoint(m *bridge.MemberView) string {
	status := "sendrecv"
	if m.Muted {
		status = "recvonly"
	}
	return fmt.Sprintf(`<endpoint entity="urn:tandem:member:%s" state="full"><status>connected</status><joining-method>dialed-in</joining-method>`+
		`<joining-info><when>%s</when></joining-info><media id="1"><type>audio</type><status>%s</status></media></endpoint>`,
		escaped(m.ID), m.Since.UTC().Format(time.RFC3339), status)
}

// aboutRoom finds out which room a request is about: that of its name, or the one
// that a call of the sender's to its number would lead to. Who is in a room with a
// PIN is told only to those who are in it.
func (s *Service) aboutRoom(req *sip.Request, src dialplan.Source) (string, *refusal) {
	if !s.cfg.Served(req.Recipient.Host) {
		return "", &refusal{status: 404, why: "this gateway serves " + s.cfg.Domain + ", not " + req.Recipient.Host}
	}
	name := sipmsg.UnescapeUser(req.Recipient.User)
	r, ok := s.cfg.Room(name)
	if !ok && s.cfg.RoomOf != nil {
		if other := s.cfg.RoomOf(src, name); other != "" {
			name = other
			r, ok = s.cfg.Room(name)
		}
	}
	if !ok {
		return "", &refusal{status: 404, why: "there is no such room"}
	}
	if !r.Private {
		return name, nil
	}
	for _, m := range r.Members {
		if src.Kind == dialplan.FromUser && m.User == src.Name {
			return name, nil
		}
	}
	return "", &refusal{status: 403, why: "who is in this room is told to its members"}
}

// RoomChanged is to be told when somebody enters or leaves a room, or something else
// that a roster shows has changed. It does not block.
func (s *Service) RoomChanged(name string) { s.touch(conferenceEvent, name) }
