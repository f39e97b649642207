package leg

import (
	"net/netip"

	"github.com/tandemgw/tandem/media/sdp"
	"github.com/tandemgw/tandem/signaling/flow"
	"github.com/tandemgw/tandem/signaling/locate"
)

// families are our addresses in the description of an INVITE whose targets have
// IPv4 and IPv6: each is told the one that it can send to.
type families struct {
	elsewhere netip.Addr    // a target of the other family than the first; zero for none
	first     bool          // the first target has IPv4
	now       bool          // the description that counts is for IPv4
	ours      [2]netip.Addr // for the first family, and the other
	body      []byte        // for the other family; nil for none
}

func hasIPv4(a netip.Addr) bool { return a.Unmap().Is4() }

// look finds a target of the other family.
func (fs *families) look(targets []locate.Target, first netip.Addr) {
	fs.first, fs.now = hasIPv4(first), hasIPv4(first)
	for _, t := range targets {
		if a := t.Addr.Addr(); hasIPv4(a) != fs.first {
			fs.elsewhere = a
			return
		}
	}
}

// describe writes the description for the other family.
func (fs *families) describe(m Endpoint, body []byte, toward netip.Addr) {
	if !fs.elsewhere.IsValid() {
		return
	}
	fs.ours = [2]netip.Addr{m.Address(toward), m.Address(fs.elsewhere)}
	if a := fs.ours[1]; a.IsValid() && hasIPv4(a) != fs.first {
		fs.body = sdp.Readdressed(body, a)
	}
}

// follow takes the family of the flow that a response came by as the leg's.
func (out *Outgoing) follow(f *flow.Flow) {
	fs, to := &out.families, f.Remote().Addr()
	if fs.body == nil || hasIPv4(to) == fs.now || out.base == nil {
		return
	}
	fs.now = !fs.now
	a := fs.ours[0]
	if fs.now != fs.first {
		a = fs.ours[1]
	}
	out.base.Readdress(a)
	out.media.SetToward(to)
}
