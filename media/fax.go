package media

import (
	"errors"
	"slices"
	"strings"

	"github.com/tandemgw/tandem/media/sdp"
	"github.com/tandemgw/tandem/media/transport"
)

// Fax (ITU-T T.38) goes between two telephones as it is: the datagrams that come
// to the RTP port of one leg, which carries no sound then, leave from that of the
// other. Who may send them is found as for RTP.

// faxAttributes are the attributes of a fax line that one leg tells of the other
// (T.38 annex D.2.3).
var faxAttributes = []string{
	"T38FaxVersion", "T38MaxBitRate", "T38FaxFillBitRemoval", "T38FaxTranscodingMMR", "T38FaxTranscodingJBIG",
	"T38FaxRateManagement", "T38FaxMaxBuffer", "T38FaxMaxDatagram", "T38FaxMaxIFP", "T38FaxUdpEC", "T38FaxUdpECDepth",
}

// faxLine is what the leg's description says of a fax line that the other leg has;
// false where it can have none.
func (ep *Endpoint) faxLine(o *LineOffer) (sdp.LocalLine, bool) {
	if ep.plain == nil {
		return sdp.LocalLine{}, false
	}
	port, _ := ep.plain.Port()
	return FaxLine(*o, port)
}

// FaxLine describes a fax line that another leg has, to be received at a port, with
// no more attributes than both ends must know; false where it is no T.38 over UDPTL.
func FaxLine(o LineOffer, port uint16) (sdp.LocalLine, bool) {
	if !strings.EqualFold(o.Proto, "udptl") || !slices.ContainsFunc(o.Formats, isT38) {
		return sdp.LocalLine{}, false
	}
	l := sdp.LocalLine{Kind: sdp.KindImage, Number: o.Number, Port: port, Proto: "udptl", Formats: []string{"t38"}}
	for _, a := range o.Attributes {
		name, value, _ := strings.Cut(a, ":")
		i := slices.IndexFunc(faxAttributes, func(known string) bool { return strings.EqualFold(known, name) })
		value = strings.TrimSpace(value)
		switch {
		case i < 0 || !plainValue(value):
		case value == "":
			l.Attributes = append(l.Attributes, faxAttributes[i])
		default:
			l.Attributes = append(l.Attributes, faxAttributes[i]+":"+value)
		}
	}
	return l, true
}

func isT38(format string) bool { return strings.EqualFold(format, "t38") }

// silentTerms are those of a leg whose sound is switched off: what was agreed
// before, with nothing sent and nothing taken.
func (ep *Endpoint) silentTerms(s *sdp.Stream) *terms {
	t := &terms{send: formatPCMU, main: formatPCMU, frame: 20}
	if before := ep.terms.Load(); before != nil {
		*t = *before
	}
	t.sends, t.receives, t.expected, t.event, t.noise = false, false, false, 0, false
	t.fax = ep.plain != nil && s.Line(sdp.KindImage, 0) != nil
	return t
}

// describeFax says where the far end's fax comes from and goes to.
func (ep *Endpoint) describeFax(s *sdp.Stream, _ *terms) error {
	line := s.Line(sdp.KindImage, 0)
	if ep.plain.Refuses(line.Remote.RTP) {
		return errors.New("no fax is sent to the address that the description names")
	}
	err := ep.plain.SetRemote(transport.PlainRemote{RTP: line.Remote.RTP, Signaling: ep.o.Toward})
	if err != nil {
		return err
	}
	ep.up.Store(true)
	ep.plain.SetRaw(ep.relayFax)
	return nil
}

// relayFax passes a datagram of the far end's on to the leg that listens, on the
// goroutine that read it.
func (ep *Endpoint) relayFax(b []byte, at int64) {
	if !ep.quota.Spend(soundEvery, soundAtOnce, at) {
		ep.count.flooded.Add(1)
		return
	}
	r := ep.route.Load()
	if r == nil || r.to == nil || r.to.plain == nil {
		ep.count.refused.Add(1)
		return
	}
	if t := r.to.terms.Load(); t == nil || !t.fax {
		ep.count.refused.Add(1)
		return
	}
	ep.count.fax.Add(1)
	if r.to.plain.WriteRaw(b) != nil {
		r.to.count.brokenWrites.Add(1)
	}
}
