package media

import (
	"net/netip"
	"time"

	"github.com/tandemgw/tandem/media/rtcpmsg"
	"github.com/tandemgw/tandem/media/transport"
)

// Stats says how an Endpoint's media has gone so far.
type Stats struct {
	// Chain says what happens to what the leg sends us, for people:
	// "opus/48000 -> pcmu/8000 transcoded", "pcmu/8000 passed through"; once the call
	// has ended for one of the two, what happened.
	Chain string
	// Why says for people why the leg and the one it talks with have the codecs
	// that they have; empty while it talks with nobody.
	Why string
	// Received is about what the leg sends to us, Sent about what we send to
	// it.
	Received Received
	Sent     Sent
	// RoundTrip is the time to the far end and back, from its last report;
	// 0 while unknown.
	RoundTrip time.Duration
	// Way is where the media goes and how it is secured.
	Way Way
	// Agreed is what the descriptions said.
	Agreed Agreed
	// Far is what the far end says of the sound it gets, in extended reports; nil
	// where it sends none.
	Far *rtcpmsg.Quality
	// Video are the lines of video that were used; nil for none.
	Video []VideoStats
}

// Way is a leg's way through the network.
type Way struct {
	// Local and Remote are the two ends: ICE's pair at browsers; zero before.
	Local, Remote netip.AddrPort
	// Keys says how the keys were agreed: "DTLS" or "SDES"; empty for none.
	Keys string
	// Profile is the SRTP protection profile, e.g. "AEAD_AES_128_GCM"; empty where
	// the media is not encrypted.
	Profile string
	// State is ICE's and DTLS's at browsers, "latched" or "described" on plain
	// legs: where packets came from, or where the description says.
	State string
	// Reached and Secured are how long ICE and DTLS took from the far end's
	// description on; 0 before, and on plain legs.
	Reached, Secured time.Duration
	// Unauthentic and Replayed are packets that SRTP refused, Strangers those from
	// addresses that are not the far end's.
	Unauthentic, Replayed, Strangers uint64
	// Judged are packets of sources that were not described and not believed yet,
	// Early those that came before the keys or the description, Malformed no RTP.
	Judged, Early, Malformed uint64
	// Unsent are packets of ours that there was no way for, or that the system or the
	// cipher refused.
	Unsent uint64
	// Heard says that anything at all came in that belongs to the leg: a check of
	// ICE, RTP or RTCP. Reports are the compound packets of RTCP.
	Heard   bool
	Reports uint64
	// ICETime and DTLSTime are how long a browser's pair and keys took from its
	// description on; 0 while there are none. Reason is why they came to nothing.
	ICETime, DTLSTime time.Duration
	Reason            string
	// Kind is "udp", "tcp" or "relay" at browsers that have a pair.
	Kind string
}

// Received is one leg's media as it came in.
type Received struct {
	Codec           string // of the last packet, e.g. "opus/48000"; empty before
	Packets, Octets uint64 // RTP of agreed payload types; octets of payload
	Lost            int64  // RFC 3550 A.3; below 0 when duplicates came
	Jitter          time.Duration
	Late            uint64 // came after its place was filled, or twice
	Concealed       uint64 // packets replaced by concealment
	Recovered       uint64 // packets made again from the one after them (in-band FEC, where it has any)
	Dropped         uint64 // worker queue full
	Refused         uint64 // malformed, payload type not agreed, or no right to send
	Flooded         uint64 // RTP and RTCP beyond what anybody sends who means well
	Unknown         uint64 // of those refused, the payload type was not agreed
	UnknownType     uint8  // the payload type of the last of them
	RTCPMalformed   uint64 // reports that could not be read
	Digits          uint64 // whole digits heard
	Fax             uint64 // datagrams of T.38 that were passed on
	First, Last     time.Time
	Bye             time.Time // the far end's RTCP said goodbye, and nothing came since; zero else
	Quality
}

// Sent is one leg's media as it went out.
type Sent struct {
	Codec           string
	Packets, Octets uint64 // octets of payload
	Suppressed      uint64 // audio not sent: held, or a digit was being sent
	Digits          uint64 // digits sent as RFC 4733 or as tones
	DigitsUnsent    uint64 // digits that were not: too many waited, or the line was held too long
	First, Last     time.Time
	// As the far end reports it (RFC 3550 §6.4.1), 0 while it reports nothing;
	// Reported says that it does.
	Reported bool
	Lost     int64
	Percent  int // loss in the last report, 0 to 100
	Jitter   time.Duration
	Quality
}

// Quality is how a direction of a leg sounds, as far as that is known.
type Quality struct {
	// Level is how loud it was a moment ago, Loudest the greatest level so far, in
	// dBFS: -1 is the loudest there is, -127 silence, and 0 means unknown, as for
	// Opus that nobody decodes.
	Level, Loudest int
	// R and MOS are estimates after the E-model (ITU-T G.107; G.107.1 where Wide)
	// from losses, delay and codec; 0 while there is nothing to judge.
	R, MOS float64
	Wide   bool
}

// Stats returns how the media has gone so far.
func (ep *Endpoint) Stats() Stats {
	var s Stats
	wall, now := time.Now(), transport.Now()
	when := func(at int64) time.Time {
		if at == 0 {
			return time.Time{}
		}
		return wall.Add(time.Duration(at - now))
	}
	s.Video = ep.videoStats()
	if r := ep.route.Load(); r != nil {
		s.Chain = r.chain
	}
	if was := ep.was.Load(); was != nil {
		s.Chain = *was
	}
	if why := ep.why.Load(); why != nil {
		s.Why = *why
	}
	c, in := &ep.count, &s.Received
	*in = Received{
		Late: c.late.Load(), Concealed: c.concealed.Load(), Recovered: c.recovered.Load(),
		Dropped: c.dropped.Load(), Refused: c.refused.Load(), Flooded: c.flooded.Load(), Unknown: c.unknown.Load(), UnknownType: uint8(c.unknownType.Load()),
		RTCPMalformed: c.rtcpMalformed.Load(), Digits: c.digitsIn.Load(), Fax: c.fax.Load(),
	}
	ep.in.stats(&s, when)
	ep.line.stats(&s.Sent, when)
	s.Sent.DigitsUnsent = c.digitsUnsent.Load()
	in.Level, in.Loudest = ep.heardLevel.level()
	d := ep.hearing()
	in.R, in.MOS, in.Wide = d.score()
	if t := ep.terms.Load(); t != nil {
		s.Sent.Codec = t.send.String()
		ep.judgeSent(&s, t, d)
	}
	s.Way = ep.way()
	if a := ep.agreed.Load(); a != nil {
		s.Agreed = *a
	}
	return s
}

// Explain keeps the reason of the choice of codecs, for Stats.
func (ep *Endpoint) Explain(why string) { ep.why.Store(&why) }

// judgeSent adds how what we send sounds to the far end, from its own reports.
func (ep *Endpoint) judgeSent(s *Stats, t *terms, in direction) {
	from := ep.heardFrom()
	d := direction{
		codec: t.send, narrow: narrowband(t.send), expected: s.Sent.Packets, lost: s.Sent.Lost, jitter: s.Sent.Jitter,
		roundTrip: in.roundTrip, frame: time.Duration(t.frame) * time.Millisecond,
	}
	if f := s.Far; f != nil {
		d.listenerDelay = f.EndDelay
		d.late = int64(uint64(f.DiscardPercent) * d.expected / 100)
	}
	level := &ep.sentLevel
	_, before := level.level() // of prompts and music of ours
	if from != nil {
		level = &from.heardLevel // the same sound, whatever became of it on the way
		if ft := from.terms.Load(); ft != nil {
			d.narrow = d.narrow || narrowband(ft.main)
		}
	}
	q := &s.Sent.Quality
	q.Level, q.Loudest = level.level()
	q.Loudest = louder(q.Loudest, before)
	if s.Sent.Reported {
		q.R, q.MOS, q.Wide = d.score()
	}
}

// heardFrom returns the leg that ep hears; nil for none.
func (ep *Endpoint) heardFrom() *Endpoint {
	ep.engine.mu.Lock()
	defer ep.engine.mu.Unlock()
	return ep.hears.from
}

// way says where the media goes. After Close it is what it was before.
func (ep *Endpoint) way() Way {
	if w := ep.lastWay.Load(); w != nil {
		return *w
	}
	switch {
	case ep.peer != nil:
		p := ep.peer.Stats()
		w := Way{
			Local: ep.ownEnd(&p), Remote: p.Remote, Profile: p.Profile, State: p.State.String(),
			Reached: p.ICEAt, Secured: p.DTLSAt,
			Unauthentic: p.Counters.Unauthentic, Replayed: p.Counters.Replayed, Strangers: p.Counters.Stranger,
			ICETime: p.ICEAt, DTLSTime: p.DTLSAt, Reason: p.Reason, Kind: p.Way,
		}
		w.count(&p.Counters, ep.peer.LastHeard())
		if w.Profile != "" {
			w.Keys = "DTLS"
		}
		return w
	case ep.plain != nil:
		return ep.plainWay()
	}
	return Way{}
}

func (ep *Endpoint) plainWay() Way {
	c := ep.plain.Counters()
	port, _ := ep.plain.Port()
	w := Way{
		Local: netip.AddrPortFrom(ep.plain.Addr(), port), Remote: ep.plain.Remote(), State: "described",
		Unauthentic: c.Unauthentic, Replayed: c.Replayed, Strangers: c.Stranger + c.RTCPStranger,
	}
	w.count(&c, ep.plain.LastHeard())
	if ep.plain.Latched() {
		w.State = "latched"
	}
	if keying, profile := ep.plain.Secured(); profile != "" {
		w.Keys, w.Profile = keying.String(), profile
	}
	return w
}

// count adds what was counted on the way.
func (w *Way) count(c *transport.Counters, heard int64) {
	w.Judged, w.Early, w.Malformed, w.Reports = c.Probation, c.NotReady, c.Malformed, c.RTCPIn
	w.Unsent = c.NotReadyOut + c.Unsendable + c.WriteErrors
	w.Heard = heard != 0 || c.PacketsIn+c.RTCPIn+c.Stranger+c.Probation+c.NotReady+c.Unauthentic+c.Malformed > 0
}

func (r *reception) stats(s *Stats, when func(int64) time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	in := &s.Received
	in.Codec = format(r.codec).String()
	in.Packets, in.Octets, in.Lost = r.packets, r.octets, r.lost
	if r.started {
		in.Lost += r.lostNow()
		in.Jitter = inTime(uint32(r.jitter>>4), r.clock)
	}
	in.First, in.Last = when(r.first), when(r.last)
	if r.byeAt > r.last {
		in.Bye = when(r.byeAt)
	}
	if r.xr.told {
		q := r.xr.quality
		s.Far = &q
	}
	s.Sent.Reported = r.far.at != 0
	s.RoundTrip = r.far.roundTrip
	s.Sent.Lost, s.Sent.Percent = r.far.lost, rtcpmsg.Percent(r.far.fraction)
	s.Sent.Jitter = time.Duration(r.far.jitter) // in clock units until the line says which
}

func (l *line) stats(s *Sent, when func(int64) time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	s.Packets, s.Octets, s.Suppressed, s.Digits = l.packets, l.octets, l.suppressed, l.digits
	s.First, s.Last = when(l.first), when(l.last)
	if s.Jitter = inTime(uint32(s.Jitter), l.clock); s.Jitter > maxJitter {
		s.Jitter = 0
	}
}

func inTime(n, clock uint32) time.Duration {
	return time.Duration(int64(n) * int64(time.Second) / int64(clock))
}
