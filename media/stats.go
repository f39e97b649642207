package media

import (
	"time"

	"github.com/tandemgw/tandem/media/transport"
)

// Stats says how an Endpoint's media has gone so far.
type Stats struct {
	// Chain says what happens to what the leg sends us, for people:
	// "opus/48000 -> pcmu/8000 transcoded", "pcmu/8000 passed through".
	Chain string
	// Received is about what the leg sends to us, Sent about what we send to
	// it.
	Received Received
	Sent     Sent
	// RoundTrip is the time to the far end and back, from its last report;
	// 0 while unknown.
	RoundTrip time.Duration
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
	RTCPMalformed   uint64 // reports that could not be read
	Digits          uint64 // whole digits heard
	First, Last     time.Time
}

// Sent is one leg's media as it went out.
type Sent struct {
	Codec           string
	Packets, Octets uint64 // octets of payload
	Suppressed      uint64 // audio not sent: held, or a digit was being sent
	Digits          uint64 // digits sent as RFC 4733 or as tones
	First, Last     time.Time
	// As the far end reports it (RFC 3550 §6.4.1), 0 while it reports nothing.
	Lost    int64
	Percent int // loss in the last report, 0 to 100
	Jitter  time.Duration
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
	if r := ep.route.Load(); r != nil {
		s.Chain = r.chain
	}
	c, in := &ep.count, &s.Received
	*in = Received{
		Late: c.late.Load(), Concealed: c.concealed.Load(), Recovered: c.recovered.Load(),
		Dropped: c.dropped.Load(), Refused: c.refused.Load(),
		RTCPMalformed: c.rtcpMalformed.Load(), Digits: c.digitsIn.Load(),
	}
	ep.in.stats(&s, when)
	ep.line.stats(&s.Sent, when)
	if t := ep.terms.Load(); t != nil {
		s.Sent.Codec = t.send.String()
	}
	return s
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
	s.RoundTrip = r.far.roundTrip
	s.Sent.Lost, s.Sent.Percent = r.far.lost, percent(r.far.fraction)
	s.Sent.Jitter = time.Duration(r.far.jitter) // in clock units until the line says which
}

func (l *line) stats(s *Sent, when func(int64) time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	s.Packets, s.Octets, s.Suppressed, s.Digits = l.packets, l.octets, l.suppressed, l.digits
	s.First, s.Last = when(l.first), when(l.last)
	s.Jitter = inTime(uint32(s.Jitter), l.clock)
}

func inTime(n, clock uint32) time.Duration {
	return time.Duration(int64(n) * int64(time.Second) / int64(clock))
}

// percent turns the fraction of a report (1/256) into percent.
func percent(fraction uint8) int { return (int(fraction)*100 + 128) >> 8 }
