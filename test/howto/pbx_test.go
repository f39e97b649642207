package howto

import (
	"strings"
	"testing"

	"github.com/tandemgw/tandem/test/peers"
)

// pbxHere are the replacements for a PBX that runs here.
func pbxHere(pbx *peers.Kamailio) []string {
	return []string{
		"gateway.example.com", "127.0.0.1", `"asterisk.example.com"`, `"` + pbx.Addr + `"`, "asterisk.example.com", peers.SwitchIP,
	}
}

// callThePBX makes the calls that both documents on PBXs speak of: a user of ours
// calls 8300, a telephone at the PBX, and 8301 there calls the user's extension.
func callThePBX(p *page, pbx *peers.Kamailio, ours *peers.Baresip, extension string) {
	called := peers.StartBaresip(p.t, peers.BaresipConfig{User: "8300", Password: "pw8300", Server: pbx.Addr})
	calling := peers.StartBaresip(p.t, peers.BaresipConfig{User: "8301", Password: "pw8301", Server: pbx.Addr})
	ours.Dial("sip:8300@" + p.domain)
	called.Event("CALL_ESTABLISHED", soon)
	ours.Forget()
	calling.Dial("sip:" + extension + "@" + pbx.Addr)
	ours.Event("CALL_ESTABLISHED", soon)
}

func TestConnectAPBX(t *testing.T) {
	pbx := peers.StartKamailio(t, peers.KamailioConfig{})
	p := newPage(t, pbxHere(pbx)...)
	p.domain = p.sip
	p.at = map[string]func(*page){"Calls": func(p *page) {
		ann := peers.StartBaresip(p.t, peers.BaresipConfig{User: "201", Password: "correct-horse", Server: p.sip})
		callThePBX(p, pbx, ann, "8201")
	}}
	p.do("connect-a-pbx.md")
}

func TestConnectAPBXThatKeepsItsPasswords(t *testing.T) {
	pbx := peers.StartKamailio(t, peers.KamailioConfig{})
	p := newPage(t, pbxHere(pbx)...)
	p.domain = peers.SwitchIP
	p.at = map[string]func(*page){"Calls": func(p *page) { callThePBX(p, pbx, p.phones[0], "8203") }}
	p.do("connect-a-pbx-that-keeps-its-passwords.md")
}

// kamailio starts the server of a text, which has the gateway's address before it has
// its own.
func (p *page) kamailio(text string) {
	p.t.Helper()
	text = strings.NewReplacer("192.0.2.20:5060", "LISTEN", "192.0.2.10:5060", p.sip).Replace(text)
	p.pbx = peers.StartKamailio(p.t, peers.KamailioConfig{Whole: text})
	p.replace = append(p.replace, `"192.0.2.20"`, `"`+p.pbx.Addr+`"`)
}

func TestConnectKamailio(t *testing.T) {
	p := newPage(t)
	p.at = map[string]func(*page){"Two calls": func(p *page) {
		p.domain = p.sip
		ann := peers.StartBaresip(p.t, peers.BaresipConfig{User: "201", Password: "correct-horse", Server: p.sip})
		callThePBX(p, p.pbx, ann, "201")
	}}
	p.do("connect-kamailio.md")
}
