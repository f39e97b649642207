package trace

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"time"

	"github.com/tandemgw/tandem"
	"github.com/tandemgw/tandem/media"
)

// Packet is the header of an RTP packet, with the leg that it came from or went to and
// the addresses that it had.
type Packet struct {
	media.PacketHeader
	// Payload is its sound, decrypted; nil where that was not kept, or is masked. It is
	// never on disk.
	Payload       []byte `json:"-"`
	Leg           tandem.LegID
	Local, Remote netip.AddrPort
}

// mediaLog is where the packets of a leg are known of.
type mediaLog struct {
	leg      tandem.LegID
	endpoint *media.Endpoint // nil once it is closed
	way      media.Way
	headers  *media.HeaderLog // once it is closed
	clear    *media.ClearLog  // once it is closed; nil where nothing was kept
}

// Notice is told what the media of a leg does; it is for media.Config.Notify. It does
// not block.
func (s *Store) Notice(n media.Notice) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.calls[tandem.CallID(n.Call)]
	if c == nil {
		return
	}
	leg := tandem.LegID(n.Leg)
	switch n.Kind {
	case media.NoticeOpened:
		if len(c.media) < maxLegs {
			c.media = append(c.media, mediaLog{leg: leg, endpoint: n.Endpoint})
			if c.clear { // where there is no memory for it the others go on
				n.Endpoint.KeepClear(true)
			}
		}
		return
	case media.NoticeClosed:
		s.closedLocked(c, &n)
		return
	}
	i := Item{
		At: n.At, Leg: leg, Kind: Media, In: n.Kind == media.NoticeFirstIn || n.Kind == media.NoticeDigitIn || n.Kind == media.NoticeLoss,
		Transport: wireOf(n.Way), Local: unmapped(n.Way.Local), Remote: unmapped(n.Way.Remote), Note: mediaNote(&n),
	}
	if n.Digit != 0 {
		i.Text = []byte{byte(n.Digit)}
	}
	s.addLocked(c, i)
}

// closedLocked keeps how the media of a leg went, until the call is judged.
func (s *Store) closedLocked(c *call, n *media.Notice) {
	k := slices.IndexFunc(c.media, func(m mediaLog) bool { return m.endpoint == n.Endpoint })
	if k < 0 {
		return
	}
	m := &c.media[k]
	m.endpoint, m.way, m.headers, m.clear = nil, n.Way, n.Headers, n.Clear
	s.resizeLocked(c, m.headers.Size()+m.clear.Size())
	if m.clear != nil {
		s.clears[c] = struct{}{}
		s.makeRoomLocked(0)
	}
	if n.Stats != nil {
		c.judge.media(*n.Stats)
	}
}

// wireOf names how packets of a way are carried.
func wireOf(w media.Way) string {
	if w.Profile != "" {
		return "srtp"
	}
	return "rtp"
}

// mediaNote says for people what the media did. Digits are not in it: they may be
// somebody's PIN.
func mediaNote(n *media.Notice) string {
	switch n.Kind {
	case media.NoticeSecured:
		return securedNote(n)
	case media.NoticeFailed:
		return "media way lost: " + printable(cmp.Or(n.Reason, "the far end closed it"))
	case media.NoticeFirstIn:
		return "first packet in, " + n.Codec + from(" from ", n.Way.Remote)
	case media.NoticeFirstOut:
		return "first packet out, " + n.Codec + from(" to ", n.Way.Remote)
	case media.NoticeDigitIn:
		return "digit pressed for " + short(n.Lasted)
	case media.NoticeDigitOut:
		return "digit sent for " + short(n.Lasted)
	case media.NoticeLoss:
		if n.Lasted == 0 {
			return fmt.Sprintf("%d packets lost", n.Lost)
		}
		return fmt.Sprintf("%d packets lost within %s", n.Lost, short(n.Lasted))
	}
	return "media"
}

func securedNote(n *media.Notice) string {
	if n.ICE == 0 && n.DTLS == 0 {
		return n.Way.Keys + " done, " + n.Way.Profile
	}
	note := "ICE pair" + from(" with ", n.Way.Remote)
	if n.ICE > 0 {
		note += " after " + short(n.ICE)
	}
	return note + "; DTLS done after " + short(n.DTLS) + ", " + n.Way.Profile
}

func from(word string, a netip.AddrPort) string {
	if !a.IsValid() {
		return ""
	}
	return word + unmapped(a).String()
}

// short is a duration with two figures or so.
func short(d time.Duration) string {
	switch {
	case d >= time.Minute:
		return d.Round(time.Second).String()
	case d >= time.Second:
		return d.Round(100 * time.Millisecond).String()
	}
	return d.Round(time.Millisecond).String()
}

// packets returns what is known of the packets that the legs of a call sent and got last,
// the oldest first. It is called without the Store's mutex: endpoints have their own.
func packets(legs []mediaLog) []Packet {
	var all []Packet
	for n := range legs {
		all = append(all, legs[n].packetsOf()...)
	}
	slices.SortStableFunc(all, func(a, b Packet) int { return a.At.Compare(b.At) })
	return all
}
