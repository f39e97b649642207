package e2e

import (
	"net/netip"
	"sync"
	"testing/synctest"
	"time"

	"github.com/tandemgw/tandem/media"
	"github.com/tandemgw/tandem/media/sdp"
	"github.com/tandemgw/tandem/signaling/leg"
)

// studio makes the endpoints of legs and knows which are open.
type studio struct {
	mu   sync.Mutex
	open map[*endpoint]struct{}
	made int
	all  []*endpoint // the first few, for tests to look at
	// at is our address now; nil for one that depends on the far end's family alone.
	at func() netip.Addr
}

// endpoint keeps what a leg does with its media.
type endpoint struct {
	studio  *studio
	profile sdp.Profile
	port    uint16
	options media.Options

	mu     sync.Mutex
	digits string
	way    media.Digits
	alive  bool // media flows
	// prepared is how often a description of the far end's was taken.
	prepared int
	stream   *sdp.Stream
	expected *sdp.Stream
	why      string
	// keyFrames is how often the far end asked for a whole picture.
	keyFrames int
	last      time.Time // when the last packet came
}

func (s *studio) newEndpoint(p sdp.Profile, o media.Options) (leg.Endpoint, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.made++
	e := &endpoint{studio: s, profile: p, port: uint16(20000 + 2*(s.made%5000)), options: o}
	if s.open == nil {
		s.open = make(map[*endpoint]struct{})
	}
	s.open[e] = struct{}{}
	if len(s.all) < 16 {
		s.all = append(s.all, e)
	}
	return e, nil
}

// busy is how many endpoints are open.
func (s *studio) busy() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.open)
}

// silence is what media says of open endpoints whose far ends have gone.
func (s *studio) silence() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for e := range s.open {
		e.options.Events.Silent()
	}
}

// nth is the nth endpoint made, from 0.
func (s *studio) nth(n int) *endpoint {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.all[n]
}

func (e *endpoint) Local(codecs []sdp.Codec, d sdp.Direction) sdp.Local {
	l := sdp.Local{Profile: e.profile, Codecs: codecs, Events: true, Direction: d, Address: e.Address(e.options.Toward), Port: e.port, SSRC: 4242, CNAME: "cname", StreamID: "stream"}
	if e.profile == sdp.WebRTC {
		l.ICE = &sdp.ICE{
			Ufrag: "OurU", Pwd: "OurPasswordOurPasswordOu", Lite: false, EndOfCandidates: true,
			Candidates: []string{"1 1 udp 2130706431 192.0.2.1 40000 typ host"},
		}
		l.Fingerprint = "sha-256 00:5B:93:11:0E:44:9E:88:0F:3C:71:BE:A6:2D:57:40:19:E2:33:84:C5:9A:6B:0D:F8:21:7E:4A:90:BC:D3:65"
	}
	if e.profile == sdp.Plain {
		l.Crypto = studioKeys()
		l.Fingerprint = "sha-256 00:5B:93:11:0E:44:9E:88:0F:3C:71:BE:A6:2D:57:40:19:E2:33:84:C5:9A:6B:0D:F8:21:7E:4A:90:BC:D3:65"
	}
	return l
}

// LocalLines gives each line a port, and a source at browsers.
func (e *endpoint) LocalLines(lines []media.LineOffer) []sdp.LocalLine {
	var all []sdp.LocalLine
	for _, o := range lines {
		if o.Kind == sdp.KindImage {
			if l, ok := media.FaxLine(o, e.port); ok {
				all = append(all, l)
			}
			continue
		}
		n := uint16(o.Number + 1)
		all = append(all, sdp.LocalLine{
			Kind: o.Kind, Number: o.Number, Direction: o.Direction, Codecs: o.Codecs, Content: o.Content, Orientation: o.Orientation,
			Feedback: sdp.NACK | sdp.PLI | sdp.FIR, SSRC: uint32(5000 + n), Port: e.port + 10*n, Crypto: studioKeys(),
		})
	}
	return all
}

// asked is how often the far end asked for a whole picture.
func (e *endpoint) asked() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.keyFrames
}

func (e *endpoint) KeyFrame() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.keyFrames++
}

func (e *endpoint) Prepare(*sdp.Remote, sdp.Setup) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.prepared++
	return nil
}

func (e *endpoint) Expect(s *sdp.Stream) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.expected = s
	return nil
}

// awaits is what may come before a description; nil for nothing.
func (e *endpoint) awaits() *sdp.Stream {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.expected
}

func (e *endpoint) Apply(s *sdp.Stream) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.stream = s
	return nil
}

func (e *endpoint) Alive(time.Duration) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.alive
}

func (e *endpoint) flows(on bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.alive = on
}

func (e *endpoint) SetDigits(d media.Digits) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.way = d
}

// digitsGo is how digits were told to go.
func (e *endpoint) digitsGo() media.Digits {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.way
}

func (e *endpoint) SendDigit(d media.Digit, length time.Duration) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.way.Send == media.DigitsBySignaling {
		e.options.Events.Signal(d, length)
		return nil
	}
	e.digits += d.String()
	return nil
}

// Stats says when the last packet came; for legs that are away.
// Explain implements leg.Endpoint.
func (e *endpoint) Explain(why string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.why = why
}

// Address implements leg.Endpoint.
func (e *endpoint) Address(toward netip.Addr) netip.Addr {
	if e.studio.at != nil {
		return e.studio.at()
	}
	if !toward.IsValid() || toward.Unmap().Is4() {
		return netip.MustParseAddr("192.0.2.1")
	}
	return netip.MustParseAddr("2001:db8::1")
}

// SetToward implements leg.Endpoint.
func (e *endpoint) SetToward(a netip.Addr) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.options.Toward = a
}

// reason is why the leg talks what it does.
func (e *endpoint) reason() string {
	synctest.Wait()
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.why
}

func (e *endpoint) Stats() media.Stats {
	e.mu.Lock()
	defer e.mu.Unlock()
	return media.Stats{Received: media.Received{Last: e.last}}
}

// hears lets a packet have come.
func (e *endpoint) hears(at time.Time) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.last = at
}

func (e *endpoint) Close() {
	e.studio.mu.Lock()
	delete(e.studio.open, e)
	e.studio.mu.Unlock()
}

// dialed are the digits that went out of this leg.
func (e *endpoint) dialed() string {
	synctest.Wait()
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.digits
}

// agreed is what was agreed last.
func (e *endpoint) agreed() sdp.Stream {
	synctest.Wait()
	e.mu.Lock()
	defer e.mu.Unlock()
	return *e.stream
}
