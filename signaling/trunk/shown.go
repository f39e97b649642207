package trunk

import (
	"github.com/emiago/sipgo/sip"

	"github.com/tandemgw/tandem/signaling/sipmsg"
)

// Shown returns the fields that would tell the trunk who calls, one a line, for
// people that ask beforehand. Nothing is sent.
func (t *Trunk) Shown(c Caller) []string {
	name, from := t.Calling(c)
	out := []string{"From: " + sipmsg.NameAddr{Name: name, URI: from}.String()}
	req := sip.NewRequest(sip.INVITE, t.URI(""))
	t.Present(req, c)
	for _, h := range req.Headers() {
		out = append(out, h.Name()+": "+h.Value())
	}
	return out
}
