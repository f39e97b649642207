package howto

import (
	"testing"

	"github.com/tandemgw/tandem/test/peers"
)

// carrierHere are the replacements for a carrier that runs here.
func carrierHere(carrier *peers.Kamailio, name string) []string {
	return append(gatewayHere(), `"`+name+`"`, `"`+carrier.Addr+`"`, name, peers.SwitchIP, `"203.0.113.0/28"`, `"`+peers.SwitchIP+`"`)
}

// callBothWays makes the calls that both documents on trunks speak of: Ann calls 301
// out there, and 302 out there calls her by way of a server that brings calls in.
func callBothWays(p *page, carrier *peers.Kamailio, caller peers.BaresipConfig, inward *peers.Kamailio) {
	ann := peers.StartBaresip(p.t, peers.BaresipConfig{User: "201", Password: "correct-horse", Server: p.sip})
	out := peers.StartBaresip(p.t, peers.BaresipConfig{User: "301", Password: "pw301", Server: carrier.Addr})
	in := peers.StartBaresip(p.t, caller)
	ann.Dial("sip:301@" + p.sip)
	out.Event("CALL_ESTABLISHED", soon)
	ann.Forget()
	in.Dial("sip:5551000@" + inward.Addr)
	ann.Event("CALL_ESTABLISHED", soon)
}

func TestTrunkByRegistration(t *testing.T) {
	carrier := peers.StartKamailio(t, peers.KamailioConfig{Deliver: "acme1"})
	p := newPage(t, carrierHere(carrier, "sip.alpha.example")...)
	p.at = map[string]func(*page){"Calls": func(p *page) {
		callBothWays(p, carrier, peers.BaresipConfig{User: "302", Password: "pw302", Server: carrier.Addr}, carrier)
	}}
	p.do("trunk-by-registration.md")
}

func TestTrunkByAddress(t *testing.T) {
	carrier := peers.StartKamailio(t, peers.KamailioConfig{Open: true})
	p := newPage(t, carrierHere(carrier, "sip.beta.example")...)
	inward := peers.StartKamailio(t, peers.KamailioConfig{Proxy: p.sip})
	p.at = map[string]func(*page){"Calls": func(p *page) {
		callBothWays(p, carrier, peers.BaresipConfig{User: "302", Domain: inward.Addr}, inward)
	}}
	p.do("trunk-by-ip.md")
}

func TestAskTheRunningGateway(t *testing.T) {
	t.Parallel() // it mostly waits
	carrier := peers.StartKamailio(t, peers.KamailioConfig{})
	p := newPage(t, append(carrierHere(carrier, "sip.alpha.example"), "/run/tandem/tandem.sock", "state/tandem.sock")...)
	p.do("ask-the-running-gateway.md")
	p.do("script-a-call.md") // of the same gateway
}
