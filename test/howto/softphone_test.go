package howto

import (
	"testing"

	"github.com/tandemgw/tandem/test/morepeers"
	"github.com/tandemgw/tandem/test/sound"
)

// gatewayHere are the replacements that every document needs.
func gatewayHere() []string { return []string{"pbx.example.com", "127.0.0.1"} }

func TestConnectASoftphone(t *testing.T) {
	p := newPage(t, gatewayHere()...)
	p.at = map[string]func(*page){"Check": func(p *page) {
		p.phones[0].Dial("sip:600@" + p.sip)
		p.phones[0].Event("CALL_ESTABLISHED", soon)
	}}
	p.do("connect-a-softphone.md")
	p.phones[0].Hangup()
	p.phones[0].Event("CALL_CLOSED", soon)
	p.phones[0].Dial("sip:202@" + p.sip)
	p.phones[1].Event("CALL_ESTABLISHED", soon)
}

func TestConnectLinphone(t *testing.T) {
	t.Parallel() // it mostly waits
	p := newPage(t, gatewayHere()...)
	p.at = map[string]func(*page){"Check": func(p *page) { morepeers.StartLinphone(t, "201", "correct-horse", p.sip, sound.Low()) }}
	p.do("connect-linphone.md")
}
