package e2e

import (
	"testing"
	"time"

	"github.com/tandemgw/tandem/test/fakeua"
)

func TestRequestsInACallGoToWhereATrunkSaysItIs(t *testing.T) {
	const other = "192.0.2.220:5080"
	for _, c := range []struct{ name, contact, route, at string }{
		{"another address", "sip:gw@192.0.2.220:5080", "", other},
		{"a route before it", "sip:gw@10.1.2.3", "<sip:192.0.2.220:5080;lr>", other},
		{"a private one, from a public one", "sip:gw@10.1.2.3:5080", "", carrierAddr},
		{"a name", "sip:gw@elsewhere.example", "", carrierAddr},
	} {
		t.Run(c.name, func(t *testing.T) {
			onTrunks(t, nil, func(l *line) {
				l.contact()
				edge := fakeua.Phone(t, l.net, "edge", other, l.socket.Addr())
				l.uas = append(l.uas, edge)
				caller := l.browser("1001")
				out := caller.Invite("4030999", fakeua.Invitation{})
				in := l.pbx.Phone.Incoming()
				var fields []string
				if c.route != "" {
					fields = append(fields, "Record-Route: "+c.route)
				}
				in.UA.Contact = c.contact
				in.Respond(200, "OK", l.pbx.Phone.Describe(fakeua.Description{}), fields...)
				out.Answered()
				ends := l.pbx.Phone
				if c.at == other {
					ends = edge
				}
				ends.Request("ACK")
				out.Send("BYE", "")
				bye := ends.Request("BYE")
				if bye.Field("Proxy-Authorization") != "" {
					t.Error("credentials went there unasked")
				}
				ends.Answer(bye, 200, "OK")
			})
		})
	}
}

func TestATrunkElsewhereGetsNoCredentials(t *testing.T) {
	onTrunks(t, nil, func(l *line) {
		l.contact()
		edge := fakeua.Phone(t, l.net, "edge", "198.51.100.66:5060", l.socket.Addr())
		l.uas = append(l.uas, edge)
		caller := l.browser("1001")
		out := caller.Invite("4030999", fakeua.Invitation{})
		in := l.pbx.Phone.Incoming()
		in.UA.Contact = "sip:leak@198.51.100.66"
		in.Respond(200, "OK", l.pbx.Phone.Describe(fakeua.Description{}))
		out.Answered()
		edge.Request("ACK")
		out.Send("BYE", "")
		edge.Answer(edge.Request("BYE"), 407, "Proxy Authentication Required", `Proxy-Authenticate: Digest realm="carrier.example", nonce="n", qop="auth", algorithm=MD5`)
		if m := edge.Await(time.Minute, func(m *fakeua.Message) bool { return m.Method() == "BYE" }); m != nil {
			t.Errorf("the digest leaks to whoever asks:\n%s", m.Raw)
		}
	})
}

func TestATrunkMayCallFromOneAddressAndHangUpFromAnother(t *testing.T) {
	onTrunks(t, nil, func(l *line) {
		uri, callee := l.contact(), l.browser("1002")
		edge := fakeua.Phone(t, l.net, "edge", "192.0.2.220:5060", l.socket.Addr())
		l.uas = append(l.uas, edge)
		l.pbx.Phone.Contact = "sip:gw@192.0.2.220"
		out := l.inviteFrom(l.pbx.Phone, uri, "<sip:+4930555@carrier.example>", "")
		in := callee.Incoming()
		in.Accept()
		out.Answered()
		stranger := l.stranger("666", 66)
		if m := out.Spoof(stranger).Do("BYE", ""); m.Status() != 481 {
			t.Errorf("a stranger's BYE: %s", m.First())
		}
		out.Seq++
		out.Spoof(edge).Bye()
		in.Hung()
	})
}
