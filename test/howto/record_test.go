package howto

import (
	"path/filepath"
	"testing"
)

func TestRecordCalls(t *testing.T) {
	p := newPage(t, gatewayHere()...)
	p.replace = append(p.replace, "/srv/recordings", filepath.Join(p.dir, "recordings"))
	p.at = map[string]func(*page){
		"While a call lasts": func(p *page) { p.call("sip:8202@") },
		"What there is":      func(p *page) { p.hangup() },
	}
	p.do("record-calls.md")
}

func TestMeetInARoom(t *testing.T) {
	p := newPage(t, gatewayHere()...)
	p.at = map[string]func(*page){"Who is there": func(p *page) {
		for _, b := range p.phones {
			b.Dial("sip:7001@" + p.sip)
			b.Event("CALL_ESTABLISHED", soon)
		}
	}}
	p.do("meet-in-a-room.md")
	p.phones[1].Event("CALL_CLOSED", soon) // put out
}

// call lets the first phone call the second.
func (p *page) call(to string) {
	p.t.Helper()
	p.phones[0].Dial(to + p.sip)
	for _, b := range p.phones {
		b.Event("CALL_ESTABLISHED", soon)
	}
}

// hangup ends the call of the first phone.
func (p *page) hangup() {
	p.t.Helper()
	p.phones[0].Hangup()
	for _, b := range p.phones {
		b.Event("CALL_CLOSED", soon)
	}
}

func TestActOnACall(t *testing.T) {
	p := newPage(t, gatewayHere()...)
	p.at = map[string]func(*page){"While they talk": func(p *page) { p.call("sip:202@") }, "Have a call made": func(p *page) {
		for _, b := range p.phones {
			b.Event("CALL_CLOSED", soon)
		}
	}}
	p.do("operate-a-call.md")
	p.phones[0].Event("CALL_ESTABLISHED", soon) // it answers by itself
}
