package e2e

import (
	"encoding/xml"
	"strings"
	"testing"
	"time"

	"github.com/tandemgw/tandem/bridge"
	"github.com/tandemgw/tandem/test/fakeua"
)

// roster waits for the next NOTIFY with a conference-info and returns who is in the
// room.
func (w *watch) roster() string {
	w.l.t.Helper()
	var doc struct {
		State  string `xml:"state,attr"`
		Entity string `xml:"entity,attr"`
		Count  int    `xml:"conference-state>user-count"`
		Locked bool   `xml:"conference-state>locked"`
		Users  []struct {
			Entity string `xml:"entity,attr"`
			Status string `xml:"endpoint>media>status"`
		} `xml:"users>user"`
	}
	body := w.next()
	if err := xml.Unmarshal([]byte(body), &doc); err != nil {
		w.l.t.Fatalf("the document: %v\n%s", err, body)
	}
	if doc.State != "full" || doc.Entity != "sip:team@example.org" || doc.Count != len(doc.Users) {
		w.l.t.Errorf("document %d is\n%s", w.notification, body)
	}
	var out []string
	if doc.Locked {
		out = append(out, "locked")
	}
	for _, u := range doc.Users {
		user := strings.TrimSuffix(strings.TrimPrefix(u.Entity, "sip:"), "@example.org")
		if u.Status != "sendrecv" {
			user += " " + u.Status
		}
		out = append(out, user)
	}
	return strings.Join(out, ", ")
}

func TestTheRosterFollowsTheRoom(t *testing.T) {
	withEvents(t, nil, func(l *lamps) {
		ann, bob, eve := l.browser("1001"), l.phone("1002", 10), l.browser("1003")
		if res := eve.Ask(fakeua.Ask{Method: "SUBSCRIBE", To: "608", CallID: "none", FromTag: "x", Fields: []string{"Event: conference"}}); res.Status() != 404 {
			t.Errorf("a room that nobody is in is answered with %d", res.Status())
		}
		first := ann.Invite("608", fakeua.Invitation{})
		first.Answered()
		time.Sleep(time.Second) // answered first, let in then
		w := l.subscribe(eve, "608", "conference", "Accept: application/conference-info+xml")
		w.wants(w.roster(), "1001")
		field(t, w.last, "Content-Type", "application/conference-info+xml")
		time.Sleep(time.Minute)
		second := bob.Invite("608", fakeua.Invitation{})
		second.Answered()
		w.wants(w.roster(), "1001, 1002")
		time.Sleep(time.Minute)
		l.bridge.ActOnRoom("team", "1", bridge.RoomMute)
		roster := w.roster()
		if roster == "1001, 1002" { // he was let in, and then heard: it may be told twice
			roster = w.roster()
		}
		w.wants(roster, "1001 recvonly, 1002")
		time.Sleep(time.Minute)
		l.bridge.ActOnRoom("team", "", bridge.RoomLock)
		w.wants(w.roster(), "locked, 1001 recvonly, 1002")
		time.Sleep(time.Minute)
		second.Bye()
		w.wants(w.roster(), "locked, 1001 recvonly")
		time.Sleep(time.Minute)
		first.Bye()
		w.wants(w.roster(), "")
	})
}

func TestAFarEndInARoomIsToldOfIt(t *testing.T) {
	withEvents(t, nil, func(l *lamps) {
		bob := l.phone("1002", 10)
		for to, want := range map[string]bool{"608": true, "600": false} {
			call := bob.Invite(to, fakeua.Invitation{})
			if got := call.Answered().Field("Contact"); strings.HasSuffix(got, ";isfocus") != want {
				t.Errorf("%s answers with Contact %s", to, got)
			}
			time.Sleep(time.Second)
			res := call.Do("INVITE", bob.Describe(fakeua.Description{Version: 2}))
			call.Ack("")
			if got := res.Field("Contact"); strings.HasSuffix(got, ";isfocus") != want {
				t.Errorf("%s answers a re-INVITE with Contact %s", to, got)
			}
			call.Bye()
		}
	})
}
