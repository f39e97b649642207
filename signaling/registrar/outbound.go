package registrar

import (
	"github.com/emiago/sipgo/sip"

	"github.com/tandemgw/tandem/signaling/flow"
	"github.com/tandemgw/tandem/signaling/sipmsg"
)

// wantsOutbound says whether a REGISTER asks for RFC 5626: it knows the extension
// and names a flow of an instance (§4.2.1).
func wantsOutbound(req *sip.Request) bool {
	if !sipmsg.Has(req, "Supported", "outbound") {
		return false
	}
	for _, c := range sipmsg.Contacts(req) {
		_, flow := sipmsg.Param(c.Params, "reg-id")
		_, instance := sipmsg.Param(c.Params, "+sip.instance")
		if flow && instance {
			return true
		}
	}
	return false
}

// checkOutbound refuses what RFC 5626 §6 says: several Contacts with reg-id, and a
// first hop on the way that cannot keep flows.
func checkOutbound(req *sip.Request, contacts []*sip.ContactHeader) error {
	if !wantsOutbound(req) {
		return nil
	}
	flows := 0
	for _, c := range contacts {
		if _, ok := sipmsg.Param(c.Params, "reg-id"); ok {
			flows++
		}
	}
	if flows > 1 && sipmsg.Value(req, "Expires") != "0" {
		return &refusal{status: 400, reason: "Bad Request", why: "more than one Contact with reg-id"}
	}
	if len(sipmsg.List(req, "Via")) == 1 {
		return nil
	}
	path, ok := paths(req)
	if ok && len(path) > 0 {
		if _, keeps := sipmsg.Param(path[len(path)-1].UriParams, "ob"); keeps {
			return nil
		}
	}
	return &refusal{status: 439, reason: "First Hop Lacks Outbound Support", why: "the first proxy has not put ;ob into its Path"}
}

// flowTimer is within how many seconds a device should say something, so that it
// notices when its flow is gone (RFC 5626 §4.4.1, §10).
func flowTimer(f *flow.Flow) int {
	if f.Kind() == flow.UDP {
		return 25
	}
	return 120
}

// Devices returns where a user can be reached now, as Lookup, but by device: the
// flows of one instance together, of which one is to be tried after the other (RFC
// 5626 §6, RFC 5627 §5).
func Devices(bs []Binding) [][]Binding {
	var out [][]Binding
	place := make(map[string]int, len(bs))
	for _, b := range bs {
		i, known := place[b.Instance]
		if b.Instance == "" || !known {
			place[b.Instance] = len(out)
			out = append(out, []Binding{b})
			continue
		}
		out[i] = append(out[i], b)
	}
	return out
}
