package howto

import "testing"

func TestMenu(t *testing.T) {
	p := newPage(t, gatewayHere()...)
	p.at = map[string]func(*page){"What became of a call": func(p *page) {
		ann := p.phones[0]
		ann.Dial("sip:0@" + p.sip)
		ann.Event("CALL_ESTABLISHED", soon)
		ann.Press("31")
		p.phones[1].Event("CALL_ESTABLISHED", soon)
	}}
	p.do("menu.md")
}

func TestQueue(t *testing.T) {
	p := newPage(t, gatewayHere()...)
	p.at = map[string]func(*page){
		"Who waits": func(p *page) {
			for i, number := range []string{"600", "700"} {
				p.phones[i].Dial("sip:" + number + "@" + p.sip)
				p.phones[i].Event("CALL_ESTABLISHED", soon)
			}
		},
		"Who talks": func(p *page) {
			ann := p.phones[0]
			ann.Forget() // before: it may be rung, and answer, at once
			ann.Hangup()
			ann.Event("CALL_ESTABLISHED", soon)
		},
	}
	p.do("queue.md")
}
