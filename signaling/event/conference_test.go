package event

import (
	"encoding/xml"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/tandemgw/tandem"
	"github.com/tandemgw/tandem/bridge"
)

func TestConferenceSaysWhoIsInARoom(t *testing.T) {
	at := time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC)
	p := conferencePackage{domain: "example.test", room: func(name string) (bridge.RoomView, bool) {
		return bridge.RoomView{Name: name, Locked: true, Max: 20, Members: []bridge.MemberView{
			{ID: "1", User: "201", Party: tandem.Address{Name: `Ann "<A>"`, User: "201"}, Moderator: true, Since: at},
			{ID: "2", Party: tandem.Address{User: "+4420123"}, Muted: true, Since: at},
			{ID: "3", Party: tandem.Address{Name: "Eve", User: "666", Private: true}, Since: at},
			{ID: "4", User: "201", Since: at},
		}}, name == "sales"
	}}
	const device = `<status>connected</status><joining-method>dialed-in</joining-method><joining-info><when>2026-11-21T10:00:00Z</when></joining-info><media id="1"><type>audio</type><status>%s</status></media></endpoint>`
	endpoint := func(id, status string) string {
		return fmt.Sprintf(`<endpoint entity="urn:tandem:member:%s" state="full">`+device, id, status)
	}
	want := xmlHead + `<conference-info xmlns="urn:ietf:params:xml:ns:conference-info" entity="sip:sales@example.test" state="full" version="7">
<conference-description><display-text>sales</display-text><maximum-user-count>20</maximum-user-count></conference-description>
<conference-state><user-count>4</user-count><active>true</active><locked>true</locked></conference-state>
<users state="full">
<user entity="sip:201@example.test" state="full"><display-text>Ann &#34;&lt;A&gt;&#34;</display-text><roles><entry>moderator</entry></roles>` +
		endpoint("1", "sendrecv") + endpoint("4", "sendrecv") + `</user>
<user entity="sip:+4420123@example.test" state="full">` + endpoint("2", "recvonly") + `</user>
<user entity="sip:anonymous-3@anonymous.invalid" state="full">` + endpoint("3", "sendrecv") + `</user>
</users>
</conference-info>
`
	if got := string(p.write(at, "sales", &view{version: 7})); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestConferenceOfManyFitsADatagram(t *testing.T) {
	p := conferencePackage{domain: "example.test", room: func(name string) (bridge.RoomView, bool) {
		r := bridge.RoomView{Name: name}
		for i := range 1000 {
			r.Members = append(r.Members, bridge.MemberView{ID: fmt.Sprint(i), User: fmt.Sprint("u", i)})
		}
		return r, true
	}}
	b := p.write(time.Time{}, "many", &view{})
	if len(b) > maxConference+2000 || !strings.Contains(string(b), `<users state="partial">`) || !strings.Contains(string(b), "<user-count>1000<") {
		t.Errorf("%d octets: %.400s", len(b), b)
	}
	if err := xml.Unmarshal(b, new(struct{})); err != nil {
		t.Error(err)
	}
}
