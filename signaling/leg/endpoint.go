package leg

import (
	"net/netip"
	"time"

	"github.com/tandemgw/tandem/media"
	"github.com/tandemgw/tandem/media/sdp"
)

var _ Endpoint = (*media.Endpoint)(nil)

// Endpoint is the media of one leg as its signaling sees it: media.Endpoint's
// methods of these names.
type Endpoint interface {
	Local(codecs []sdp.Codec, d sdp.Direction) sdp.Local
	LocalLines(lines []media.LineOffer) []sdp.LocalLine
	KeyFrame()
	Prepare(r *sdp.Remote, role sdp.Setup) error
	Expect(s *sdp.Stream) error
	Apply(s *sdp.Stream) error
	Alive(within time.Duration) bool
	SendDigit(d media.Digit, length time.Duration) error
	SetDigits(d media.Digits)
	Explain(why string)
	Address(toward netip.Addr) netip.Addr
	SetToward(a netip.Addr)
	Close()
}

// newEndpoint makes the media of a leg. It is nil where there is an error.
func (c *Core) newEndpoint(p sdp.Profile, o media.Options) (Endpoint, error) {
	if c.Media != nil {
		return c.Media(p, o)
	}
	open := c.Engine.NewPlain
	if p == sdp.WebRTC {
		open = c.Engine.NewPeer
	}
	ep, err := open(o)
	if err != nil {
		return nil, err
	}
	return ep, nil
}
