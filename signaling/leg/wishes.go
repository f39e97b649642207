package leg

import (
	"slices"

	"github.com/emiago/sipgo/sip"

	"github.com/tandemgw/tandem"
	"github.com/tandemgw/tandem/dialplan"
	"github.com/tandemgw/tandem/signaling/sipmsg"
)

// wishes are what the step of the dialplan that calls a far end wants of this call
// alone, in place of what is configured for that far end.
type wishes struct {
	codecs []string // the only ones that are talked, preferred first; nil: as configured
	dtmf   string   // how digits go; "": as configured
}

// wished gives a branch what its step wants.
func (out *Outgoing) wished(o dialplan.DialOptions) {
	out.wishes = wishes{codecs: slices.Clone(o.Codecs), dtmf: o.DTMF}
	out.wish.named = out.namedCodecs()
	for _, h := range o.Headers {
		value, _ := sipmsg.Clean(h.Value)
		if value = tandem.Clean(value, dialplan.MaxHeaderValue); value != "" {
			out.request.AppendHeader(sip.NewHeader(h.Name, value))
		}
	}
}

// divert tells a far end that is no trunk by whom the call was sent on, the newest
// first (RFC 5806 §4).
func (out *Outgoing) divert(by []tandem.Diversion) {
	for _, d := range by[:min(len(by), tandem.MaxDiversions)] {
		if d.Private {
			continue
		}
		u := out.core.identity(d.User)
		if d.Host != "" {
			u.Host = bracketed(d.Host)
		}
		reason := d.Reason
		if reason == "" {
			reason = "unknown"
		}
		out.request.AppendHeader(sip.NewHeader("Diversion", "<"+u.String()+">;reason="+reason))
	}
}
