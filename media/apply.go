package media

import (
	"fmt"

	"github.com/tandemgw/tandem/media/sdp"
	"github.com/tandemgw/tandem/media/transport"
)

// terms are what an offer and its answer agreed on, as packets need it. They
// are immutable.
type terms struct {
	send     format
	sendPT   uint8
	frame    int  // ms of sound in a packet we send
	sends    bool // we may send
	receives bool // they may send
	expected bool // they should send: not on hold, not sendonly towards nobody
	formats  [128]format
	events   [128]uint32 // clock of telephone-event, by payload type; 0 = none
	comfort  [128]bool   // comfort noise (RFC 3389) that may come
	noise    bool        // comfort noise is agreed to be sent,
	noisePT  uint8       // as this
	eventPT  uint8
	event    uint32 // clock of the telephone-event we send; 0 = none
	main     format // what they most likely send
	opus     opusWish
	fax      bool // T.38 goes in place of the sound
	// How long packets are to be, in ms, where the far end has said so; 0 = unsaid.
	wantsExact, wantsMost int
}

// Apply puts to work what was agreed, after every offer and answer: payload
// types, codec, direction, addresses. The line out goes on: the same SSRC,
// sequence and timestamps. Whoever is joined with the leg is joined anew where
// the codecs ask for it. The error says what of s cannot be served; what was
// agreed before stays then.
func (ep *Endpoint) Apply(s *sdp.Stream) error {
	if ep.closed.Load() {
		return ErrClosed
	}
	t, err := ep.newTerms(s)
	if err != nil {
		return fmt.Errorf("apply the agreed media: %w", err)
	}
	if ep.peer != nil && t.send.opaque() {
		return fmt.Errorf("apply the agreed media: %s is not carried between browsers and telephones", t.send)
	}
	if ep.plain != nil {
		if err := ep.looksAway(&s.Remote); err != nil {
			return fmt.Errorf("apply the agreed media: %w", err)
		}
		describe := ep.describe
		if t.fax {
			describe = ep.describeFax
		}
		if err := describe(s, t); err != nil {
			return fmt.Errorf("apply the agreed media: %w", err)
		}
	}
	ep.learnStream(t, s)
	ep.engine.mu.Lock()
	unused := ep.applyLocked(t, s)
	ep.engine.mu.Unlock()
	for _, p := range unused {
		_ = p.Close()
	}
	return nil
}

// Expect takes sound in that comes before the far end's description (RFC 3264 §5.1), as
// Session.Expected says that it may; Events.FirstMedia tells of it. On browsers' legs it
// does nothing, and after Apply neither. The error says what of s cannot be served.
func (ep *Endpoint) Expect(s *sdp.Stream) error {
	if ep.plain == nil || ep.closed.Load() || ep.terms.Load() != nil {
		return nil
	}
	t, err := ep.newTerms(s)
	if err != nil {
		return fmt.Errorf("expect early media: %w", err)
	}
	ep.plain.Await(plainRemote(ep.o, s, t))
	ep.engine.mu.Lock()
	defer ep.engine.mu.Unlock()
	ep.soundLocked(t, s) // of other lines nothing is known yet
	return nil
}

// applyLocked puts terms to work and returns the ports that are not needed any more.
func (ep *Endpoint) applyLocked(t *terms, s *sdp.Stream) (unused []*transport.Plain) {
	unused = ep.applyVideoLocked(s)
	ep.soundLocked(t, s)
	return unused
}

// soundLocked is applyLocked of the audio.
func (ep *Endpoint) soundLocked(t *terms, s *sdp.Stream) {
	ep.terms.Store(t)
	if s.Remote.ExtendedReports {
		ep.in.wantsExtended()
	}
	ep.line.configure(t.sendPT, t.send.clock(), t.sends)
	ep.agreeTrail(t)
	ep.configureEventLocked(t)
	ep.linkLocked()
	if from := ep.hears.from; from != nil && from != ep {
		from.linkLocked()
	}
}

func (ep *Endpoint) newTerms(s *sdp.Stream) (*terms, error) {
	if s.Remote.Disabled && s.Send.IsZero() {
		return ep.silentTerms(s), nil
	}
	t, err := newTerms(s)
	if err == nil {
		t.opus.most, t.opus.noFEC = ep.o.Opus.Bitrate, ep.o.Opus.NoFEC
	}
	return t, err
}

func newTerms(s *sdp.Stream) (*terms, error) {
	t := &terms{send: formatOf(s.Send), sendPT: s.Send.PayloadType}
	if t.send == formatNone {
		return nil, fmt.Errorf("codec %s is none of ours", s.Send)
	}
	t.sends, t.receives = s.Direction.Sends(), s.Direction.Receives()
	if s.Remote.Disabled {
		t.sends, t.receives = false, false
	}
	t.expected = t.receives && !s.Remote.Held && s.Remote.Direction.Sends()
	t.opus = wishOf(s.Send).within(s.Remote.Bandwidth)
	t.frame = frameLength(t.send, s.PTime, s.Remote.MaxPTime)
	if s.Remote.PTime != 0 {
		t.wantsExact = t.frame
	}
	t.wantsMost = s.Remote.MaxPTime
	for _, c := range s.Receive {
		if f := formatOf(c); f != formatNone && c.PayloadType < 128 {
			t.formats[c.PayloadType] = f
			if t.main == formatNone || f == t.send {
				t.main = f
			}
		}
	}
	for _, c := range s.ReceiveEvents {
		if c.PayloadType < 128 && c.Clock > 0 && c.Clock <= 192000 {
			t.events[c.PayloadType] = uint32(c.Clock)
		}
	}
	for _, c := range s.Remote.ComfortNoise {
		if c.PayloadType < 128 && c.Clock == 8000 {
			t.comfort[c.PayloadType] = true
		}
	}
	if c := s.Comfort; !c.IsZero() && c.PayloadType < 128 {
		t.noise, t.noisePT, t.comfort[c.PayloadType] = true, c.PayloadType, true
	}
	if c := s.SendEvent; !c.IsZero() && c.Clock > 0 && c.Clock <= 192000 {
		t.eventPT, t.event = c.PayloadType, uint32(c.Clock)
	}
	return t, nil
}

// frameLength returns how many ms of sound to send in a packet: what the far
// end wants, brought to what the codec can do and not above its maximum.
func frameLength(f format, want, most int) int {
	if want == 0 {
		want = 20
	}
	if most > 0 {
		want = min(want, most)
	}
	want = max(10, min(want, 60)) / 10 * 10
	for f.octets() && f.sizeOf(want) > slotSize { // L16 at 16000 and 48000
		want -= 10
	}
	if f == formatOpus { // RFC 6716 §2.1.4: 10, 20, 40 and 60 ms
		switch want {
		case 30:
			want = 20
		case 50:
			want = 40
		}
	}
	return want
}

func plainRemote(o Options, s *sdp.Stream, t *terms) transport.PlainRemote {
	r := transport.PlainRemote{RTP: s.Remote.RTP, RTCP: s.Remote.RTCP, Mux: s.RTCPMux, Signaling: o.Toward, Hosts: s.Remote.Hosts, SSRCs: s.Remote.SSRCs, Security: security(s)}
	for pt := range r.PayloadTypes {
		r.PayloadTypes[pt] = t.formats[pt] != formatNone || t.events[pt] != 0 || t.comfort[pt]
	}
	return r
}
