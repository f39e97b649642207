package media

import (
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"slices"
	"sync/atomic"

	"github.com/tandemgw/tandem/media/sdp"
	"github.com/tandemgw/tandem/media/transport"
)

// video is one video line of a leg, both ways. What it sends keeps one SSRC, one
// sequence and one timestamp line for the leg's life, whoever is seen.
//
//	packet of a far end: video.receive -> videoRoute -> videoLine.forward -> socket
//	its RTCP feedback:   video.heard -> a packet again, or on to whoever sends
type video struct {
	ep     *Endpoint // immutable, as what follows
	number int
	ssrc   uint32
	rtx    uint32 // of packets that are repeated (RFC 4588)

	out    videoLine
	in     reception
	terms  atomic.Pointer[videoTerms] // nil while there is no such line
	route  atomic.Pointer[videoRoute] // who sees what comes; nil: nobody
	from   atomic.Pointer[video]      // whom the leg sees; nil: nobody
	source atomic.Uint32              // the far end's SSRC; 0 before the first packet
	asks   keyFrames
	rate   videoRate
	counts videoCounts
	high   uint16          // newest sequence number; the reader's
	quota  transport.Quota // the same, like quotaRTCP
	watch  videoWatch      // the keeper's
	// When a loss that the far end reported was answered last; see suffers.
	suffered atomic.Int64

	// Ports of its own, nil at browsers, and the keys of what they send: others with
	// other ports, whose counters of SRTP begin anew. Guarded by engine.mu.
	plain     *transport.Plain
	keys      []sdp.Crypto
	quotaRTCP transport.Quota // of the reader
}

// videoCounts are what is counted of a line.
type videoCounts struct{ refused, flooded, repeated, passed, asked atomic.Uint64 }

// videoTerms are what was agreed about a line, as packets need it. Immutable.
type videoTerms struct {
	wire     transport.Wire
	receives bool // they may send
	sends    bool // we may send
	entries  [128]videoEntry
	takes    []sdp.Codec // what they take, the agreed one first
	feedback sdp.Feedback
	rtx      uint8 // payload type of what we repeat; 0: as it was
	ssrcs    []uint32
	repeats  []uint32 // those of ssrcs that repeat
	most     uint64   // bits a second that they want at most, without headers; 0 unsaid
	together uint64   // the same of all their lines together
	web      bool
	// The number of the header extension that says how a picture is to be turned; 0
	// where it is not agreed.
	orientation uint8
}

// videoEntry is what a payload type stands for.
type videoEntry struct {
	codec sdp.Codec // zero: not agreed
	apt   uint8     // for a repeated packet, what it was
}

// videoRoute is where the packets of a line go. Immutable.
type videoRoute struct {
	origin origin
	to     *video
	terms  *videoTerms // of to
	pts    [128]uint8  // payload types as to sends them; 0: not sent on
}

// videoTable finds the line of a packet that came in a bundle. Immutable.
type videoTable struct {
	lines  []*video
	byType [128]*video
	shared [128]bool // several lines have this payload type: the SSRC decides
}

// videoLine returns the line of a number, made when it is asked for first.
func (ep *Endpoint) videoLine(n int) *video {
	ep.engine.mu.Lock()
	defer ep.engine.mu.Unlock()
	if ep.video[n] == nil {
		var r [12]byte
		_, _ = rand.Read(r[:]) // never fails
		v := &video{ep: ep, number: n, ssrc: binary.BigEndian.Uint32(r[:]), rtx: binary.BigEndian.Uint32(r[4:])}
		v.out.ssrc, v.out.rtxSSRC = v.ssrc, v.rtx
		v.out.seq, v.out.rtxSeq = binary.BigEndian.Uint16(r[8:])&0x7fff, binary.BigEndian.Uint16(r[10:])
		v.rate.estimate.Store(startRate)
		ep.video[n] = v
	}
	return ep.video[n]
}

// open gives a line of a plain leg ports of its own.
func (v *video) open() error {
	ep := v.ep
	ep.engine.mu.Lock()
	have := v.plain != nil || ep.plain == nil || ep.closed.Load()
	ep.engine.mu.Unlock()
	if have {
		return nil
	}
	p, err := ep.engine.ports.Load().Open(transport.PlainConfig{Sink: v, Video: true, OnSecured: v.onSecured})
	if err != nil {
		return fmt.Errorf("open plain video: %w", err)
	}
	ep.engine.mu.Lock()
	defer ep.engine.mu.Unlock()
	if ep.closed.Load() {
		_ = p.Close()
		return ErrClosed
	}
	v.plain, v.keys = p, newKeys()
	return nil
}

// onSecured follows the handshake of a line of its own: what was sent before it is
// lost, so that both sides begin with a whole picture.
func (v *video) onSecured(ok bool) {
	if ok {
		v.asks.want.Store(true)
		v.wantsKeyFrame(transport.Now())
	}
}

// local is what the leg's description says of the line.
func (v *video) local(o *LineOffer) sdp.LocalLine {
	l := sdp.LocalLine{
		Kind: sdp.KindVideo, Number: v.number, Direction: o.Direction, Content: o.Content,
		Codecs: o.Codecs, Orientation: o.Orientation, SSRC: v.ssrc, RTXSSRC: v.rtx,
		Feedback: sdp.NACK | sdp.PLI | sdp.FIR | sdp.REMB,
	}
	v.ep.engine.mu.Lock()
	defer v.ep.engine.mu.Unlock()
	if v.plain != nil {
		l.Codecs = fewer(l.Codecs)
		l.Port, l.RTCPPort = v.plain.Port()
		l.Crypto = v.keys
		l.RTXSSRC = 0 // telephones know the plain repetition, if any
		l.Feedback &^= sdp.REMB
	}
	return l
}

// maxPlainFormats bounds the formats that a telephone is offered.
const maxPlainFormats = 6

// fewer leaves out formats that meet one before them: a browser names each profile
// of H.264 several times, and a telephone's offer should fit into a datagram.
func fewer(all []sdp.Codec) []sdp.Codec {
	var some []sdp.Codec
	for _, c := range all {
		if !slices.ContainsFunc(some, c.Meets) && len(some) < maxPlainFormats {
			some = append(some, c)
		}
	}
	return some
}

// newVideoTerms turns an agreement into what packets need.
func newVideoTerms(s *sdp.StreamLine) *videoTerms {
	t := &videoTerms{
		receives: s.Direction.Receives(), sends: s.Direction.Sends(),
		takes: s.Sends, feedback: s.Send.Feedback, rtx: s.Send.RTX,
		ssrcs: s.Remote.SSRCs, repeats: s.Remote.RTXSSRCs, most: s.Remote.Bandwidth, orientation: s.Orientation,
	}
	for _, c := range s.Receive {
		t.entries[c.PayloadType&0x7f] = videoEntry{codec: c}
		if c.RTX != 0 {
			t.entries[c.RTX&0x7f] = videoEntry{codec: c, apt: c.PayloadType}
		}
	}
	return t
}

// applyVideoLocked puts what was agreed about the lines to work. It returns the
// ports that are not needed any more.
func (ep *Endpoint) applyVideoLocked(s *sdp.Stream) (unused []*transport.Plain) {
	table := &videoTable{}
	for n, v := range ep.video {
		if v == nil {
			continue
		}
		agreed := s.Line(sdp.KindVideo, n)
		if agreed == nil || len(agreed.Receive) == 0 {
			unused = append(unused, v.offLocked()...)
			continue
		}
		t := newVideoTerms(agreed)
		t.together = s.Remote.VideoBandwidth
		t.wire = ep.wire
		if ep.peer != nil {
			t.wire, t.web = ep.peer.Video(), true
		}
		if v.plain != nil {
			t.wire = v.plain
			if err := v.plain.SetRemote(videoRemote(ep.o, agreed, t)); err != nil {
				ep.log.Warn("no video", "error", err)
				unused = append(unused, v.offLocked()...)
				continue
			}
		}
		v.terms.Store(t)
		v.out.configure(t, ep.engine)
		table.add(v, t)
	}
	if len(table.lines) == 0 {
		ep.videos.Store(nil)
	} else {
		ep.videos.Store(table)
	}
	return unused
}

// offLocked ends a line; it may begin again, with the same source.
func (v *video) offLocked() (unused []*transport.Plain) {
	v.terms.Store(nil)
	v.unlinkLocked()
	v.out.configure(nil, v.ep.engine)
	if v.plain != nil {
		unused, v.plain = append(unused, v.plain), nil
	}
	return unused
}

// closeVideo ends all lines of a leg that ends.
func (ep *Endpoint) closeVideo() {
	ep.engine.mu.Lock()
	var unused []*transport.Plain
	for _, v := range ep.video {
		if v == nil {
			continue
		}
		if from := v.from.Load(); from != nil {
			from.unlinkLocked()
		}
		unused = append(unused, v.offLocked()...)
	}
	ep.videos.Store(nil)
	ep.engine.mu.Unlock()
	for _, p := range unused {
		_ = p.Close()
	}
}

func (t *videoTable) add(v *video, terms *videoTerms) {
	t.lines = append(t.lines, v)
	for pt := range terms.entries {
		if terms.entries[pt].codec.IsZero() {
			continue
		}
		if t.byType[pt] != nil {
			t.shared[pt] = true
			continue
		}
		t.byType[pt] = v
	}
}

// find returns the line that a packet belongs to; nil for none.
func (t *videoTable) find(h *header) *video {
	v := t.byType[h.pt]
	if v == nil || !t.shared[h.pt] {
		return v
	}
	for _, o := range t.lines {
		terms := o.terms.Load()
		switch {
		case terms == nil:
		case slices.Contains(terms.ssrcs, h.ssrc):
			return o
		case len(terms.ssrcs) == 0 && !terms.entries[h.pt].codec.IsZero():
			v = o // it may be any source that no other line has named
		}
	}
	return v
}

func videoRemote(o Options, s *sdp.StreamLine, t *videoTerms) transport.PlainRemote {
	r := transport.PlainRemote{
		RTP: s.Remote.RTP, RTCP: s.Remote.RTCP, Mux: s.RTCPMux, Signaling: o.Toward, SSRCs: s.Remote.SSRCs,
		Security: transport.PlainSecurity{
			Keying: s.Security.Keying, Ours: s.Security.Ours, Theirs: s.Security.Theirs,
			Fingerprints: s.Remote.Fingerprints, Setup: s.Setup,
		},
	}
	for pt := range r.PayloadTypes {
		r.PayloadTypes[pt] = !t.entries[pt].codec.IsZero()
	}
	return r
}

// linkVideoLocked works out who sees the lines of ep, after any change of its own
// terms, its listener or the listener's terms. Who is seen anew is asked for a
// whole picture.
func (ep *Endpoint) linkVideoLocked() {
	for n, v := range ep.video {
		if v == nil {
			continue
		}
		var to *video
		if ep.listener != nil {
			to = ep.listener.video[n]
		}
		r, old := newVideoRoute(v, to), v.route.Load()
		if r != nil && old != nil && old.to == r.to && old.terms == r.terms && old.pts == r.pts {
			continue
		}
		v.unlinkLocked()
		if r == nil {
			continue
		}
		v.route.Store(r)
		to.from.Store(v)
		to.out.setSource(&r.origin)
		v.asks.want.Store(true)
	}
}

// unlinkLocked lets nobody see v.
func (v *video) unlinkLocked() {
	if old := v.route.Swap(nil); old != nil {
		old.to.from.CompareAndSwap(v, nil)
	}
}

// newVideoRoute returns nil where nothing can go from v to to.
func newVideoRoute(v, to *video) *videoRoute {
	if to == nil {
		return nil
	}
	theirs, t := to.terms.Load(), v.terms.Load()
	if t == nil || theirs == nil || !t.receives || !theirs.sends {
		return nil
	}
	r, some := &videoRoute{to: to, terms: theirs}, false
	for pt := range t.entries {
		e := &t.entries[pt]
		if e.codec.IsZero() || e.apt != 0 {
			continue
		}
		for _, c := range theirs.takes {
			if e.codec.Meets(c) {
				r.pts[pt], some = c.PayloadType, true
				break
			}
		}
	}
	if !some {
		return nil
	}
	return r
}
