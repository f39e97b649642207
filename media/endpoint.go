package media

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tandemgw/tandem/media/sdp"
	"github.com/tandemgw/tandem/media/transport"
)

// Options are what an Endpoint is made with.
type Options struct {
	// Call and Leg name the endpoint in logs. Legs of the same Call are
	// served by the same worker.
	Call, Leg string
	// Offering says that the first offer is ours.
	Offering bool
	// Toward is the address that the far end's signaling comes from.
	Toward netip.Addr
	// Opus is how Opus is sent and asked for.
	Opus OpusOptions
	// Events hears what happens.
	Events Events
	// Log may be nil; the endpoint adds nothing to it.
	Log *slog.Logger
}

// Events are told what happens to an Endpoint's media. Each may be nil. They
// are called on goroutines of the media and must not block nor call the
// Engine; they may be called once more while Close runs, and not after it.
type Events struct {
	// Connected: ICE has a pair and DTLS is verified. Called once, and only
	// for browsers.
	Connected func()
	// Lost: ICE gave up, DTLS failed or the far end closed it.
	Lost func()
	// Digit: a whole digit was heard that lasted for dur, as RFC 4733 or, where
	// SetDigits asks for it, in the sound.
	Digit func(d Digit, dur time.Duration)
	// Signal: a digit is to be sent to the far end by signaling, which SetDigits
	// has chosen.
	Signal func(d Digit, dur time.Duration)
	// FirstMedia: the first RTP packet has come, of a payload type.
	FirstMedia func(payloadType uint8)
	// KeyFrame: the far end is to be asked in its signaling for a whole picture
	// (RFC 5168), since it knows of no RTCP feedback.
	KeyFrame func()
	// Silent: no RTP, RTCP or STUN came for Config.SilenceAfter although
	// media should. Called once for each silence.
	Silent func()
}

// Endpoint is one leg's media for its whole life. Its methods may be called
// from any goroutine.
type Endpoint struct {
	endpointPath

	engine *Engine // immutable, as what follows
	o      Options
	log    *slog.Logger
	cname  string
	stream string
	serial uint64 // in the order in which endpoints were made
	worker *worker
	peer   *transport.Peer  // nil on plain legs
	plain  *transport.Plain // nil on browser legs

	digits    digitReader
	reframed  atomic.Pointer[terms] // the listener's, for which packets get another length
	reframing reframing             // see reframe.go
	sender    *digitSender
	count     counts
	quotaRTCP transport.Quota
	terms     atomic.Pointer[terms]  // what was agreed; nil before Apply
	up        atomic.Bool            // packets can reach the far end
	tone      atomic.Uint32          // toneNone, toneMaybe or toneSure: whether a key is in what comes
	loss      farLoss                // of what we send, as the far end reports it
	why       atomic.Pointer[string] // see Explain
	was       atomic.Pointer[string] // the chain before the call ended for one of the two; nil while it goes on
	closed    atomic.Bool
	reported  atomic.Bool // something of RTCP was sent
	keysOnce  sync.Once
	keys      []sdp.Crypto        // see ownKeys
	closing   sync.Mutex          // held while Close runs
	watch     watch               // keeper only
	digitWay  atomic.Uint32       // DigitWay: how the far end is sent digits
	lastWay   atomic.Pointer[Way] // set by Close
	told      atomic.Pointer[toldWay]
	agreed    atomic.Pointer[Agreed] // nil before any description
	final     Traffic                // set by Close, before the endpoint is left out of the engine
	noted     notices
	clearMu   sync.Mutex // a leaf: guards what follows, and who stores clear
	cleared   *clearing  // what was kept so far

	rembAt int64 // keeper only

	// Guarded by engine.mu:
	tones    *toneReader // nil where no digits are looked for in the sound
	video    [sdp.MaxVideo]*video
	hears    source
	listener *Endpoint // who hears this endpoint, itself with Echo
	settled  bool      // joined with another leg, and counted as that
	restart  string    // remote ufrag that the last ICE restart was for
}

// endpointPath is what each packet touches, side by side: between two packets of a call
// its memory has left the processor's caches, and what lies apart is fetched apart.
type endpointPath struct {
	route                 atomic.Pointer[route]      // where what comes goes; nil before Apply
	clear                 atomic.Pointer[clearing]   // where packets are kept in the clear; nil: they are not
	trail                 atomic.Pointer[trail]      // of what is sent in G.722; nil in other codecs
	tap                   atomic.Pointer[tap]        // who hears what comes beside the listener; nil for nobody
	videos                atomic.Pointer[videoTable] // nil without video
	wire                  transport.Wire             // immutable
	line                  *line                      // immutable
	heardLevel, sentLevel meter                      // how loud what comes and what goes is
	pressed               atomic.Bool                // a digit of the far end is under way
	heardType             atomic.Uint32              // payload type of the last packet
	quota                 transport.Quota            // of the reader, like quotaRTCP
	in                    reception
}

// NewPeer makes the endpoint of a browser. The error is ErrClosed,
// transport.ErrTooManyPeers, or says that there is no Mux.
func (e *Engine) NewPeer(o Options) (*Endpoint, error) {
	if e.c.Mux == nil {
		return nil, errors.New("media: no browser media configured")
	}
	ep := e.newEndpoint(o)
	p, err := e.c.Mux.NewPeer(transport.PeerConfig{Sink: ep, Controlling: o.Offering, OnState: ep.onState})
	if err != nil {
		return nil, fmt.Errorf("open browser media: %w", err)
	}
	ep.peer = p
	return ep, ep.open(p)
}

// NewPlain makes the endpoint of a telephone. The error is ErrClosed,
// transport.ErrNoPorts, or says that there are no Ports.
func (e *Engine) NewPlain(o Options) (*Endpoint, error) {
	ports := e.ports.Load()
	if ports == nil {
		return nil, errors.New("media: no plain RTP configured")
	}
	ep := e.newEndpoint(o)
	p, err := ports.Open(transport.PlainConfig{Sink: ep, OnSecured: ep.onSecured})
	if err != nil {
		return nil, fmt.Errorf("open plain media: %w", err)
	}
	ep.plain = p
	ep.up.Store(true)
	return ep, ep.open(p)
}

func (e *Engine) newEndpoint(o Options) *Endpoint {
	var r [28]byte
	_, _ = rand.Read(r[:]) // never fails
	ep := &Endpoint{
		engine: e, o: o, log: o.Log,
		cname:  base64.RawURLEncoding.EncodeToString(r[4:16]),
		stream: base64.RawURLEncoding.EncodeToString(r[16:28]),
	}
	ep.line = newLine(binary.BigEndian.Uint32(r[:4]))
	if ep.log == nil {
		ep.log = slog.New(slog.DiscardHandler)
	}
	return ep
}

// open makes ep part of the engine; w is closed when that fails.
func (ep *Endpoint) open(w transport.Wire) error {
	ep.wire = w
	if err := ep.engine.admit(ep); err != nil {
		_ = w.Close()
		return err
	}
	ep.digits.init(ep)
	ep.reframing.job.worker, ep.reframing.job.run = ep.worker, ep.relink
	ep.sender = newDigitSender(ep)
	ep.keepHeaders(transport.Now())
	ep.notify(Notice{Kind: NoticeOpened})
	return nil
}

// onState follows the state of a browser's way.
func (ep *Endpoint) onState(s transport.PeerState) {
	if ep.closed.Load() {
		return
	}
	ep.notifyState(s)
	switch s {
	case transport.PeerConnected:
		if ep.up.CompareAndSwap(false, true) && ep.o.Events.Connected != nil {
			ep.o.Events.Connected()
		}
	case transport.PeerFailed, transport.PeerClosed:
		if ep.o.Events.Lost != nil {
			ep.o.Events.Lost()
		}
	}
}

// Local returns what the leg's description may say: addresses, ICE, the
// certificate's fingerprint, keys, the SSRC and CNAME; with the codecs and direction
// given. Setup, Secure and SafeKeys are left for the caller to choose.
func (ep *Endpoint) Local(codecs []sdp.Codec, d sdp.Direction) sdp.Local {
	l := sdp.Local{
		Codecs: ep.o.Opus.describe(codecs), Events: true, Direction: d,
		SSRC: ep.line.ssrc, CNAME: ep.cname, StreamID: ep.stream,
	}
	if ep.peer != nil {
		ice := ep.peer.ICE()
		l.Profile, l.ICE, l.Fingerprint = sdp.WebRTC, &ice, ep.engine.c.Mux.Fingerprint()
		return l
	}
	l.Address = ep.engine.announce(ep.o.Toward)
	ep.learn(func(a *Agreed) { a.Announced = l.Address })
	if ep.plain != nil {
		l.Port, l.RTCPPort = ep.plain.Port()
		l.Crypto, l.Fingerprint, l.TLSID = ep.ownKeys(), ep.engine.ports.Load().Fingerprint(), ep.cname+ep.stream
	}
	return l
}

// Address returns the address that the description of a plain leg names where its
// far end's signaling comes from toward.
func (ep *Endpoint) Address(toward netip.Addr) netip.Addr { return ep.engine.announce(toward) }

// SetToward says that the far end's signaling comes from another address than
// Options.Toward. It counts from the next Local and Apply on, on whose goroutine it
// must be called.
func (ep *Endpoint) SetToward(a netip.Addr) { ep.o.Toward = a }

// announce returns the address that a plain leg's description names.
func (e *Engine) announce(toward netip.Addr) netip.Addr {
	if e.c.Announce != nil {
		return e.c.Announce(toward)
	}
	// Connecting a UDP socket sends nothing; it asks the routing table.
	c, err := net.DialUDP("udp", nil, net.UDPAddrFromAddrPort(netip.AddrPortFrom(toward, 9)))
	if err != nil {
		return netip.AddrFrom4([4]byte{127, 0, 0, 1})
	}
	defer c.Close()
	local, _ := netip.AddrFromSlice(c.LocalAddr().(*net.UDPAddr).IP)
	return local.Unmap()
}

// Prepare starts ICE and DTLS as soon as the far end's description is known,
// before ours is sent; role is our DTLS role. It does nothing when repeated
// with the same description, and an ICE restart when that asks for one (RFC
// 8839 §4.4): Local returns new credentials afterwards. On plain legs it only
// looks. The error says what cannot be used.
func (ep *Endpoint) Prepare(r *sdp.Remote, role sdp.Setup) error {
	if ep.closed.Load() {
		return ErrClosed
	}
	if ep.plain != nil {
		return ep.looksAway(r)
	}
	if ep.peer == nil || r.ICE == nil {
		return nil
	}
	ep.learnCandidates(r.ICE.Candidates)
	if r.ICERestart && ep.newRestart(r.ICE.Ufrag) {
		if _, err := ep.peer.Restart(); err != nil {
			return fmt.Errorf("restart ICE: %w", err)
		}
	}
	err := ep.peer.Connect(transport.PeerRemote{ICE: *r.ICE, Fingerprints: r.Fingerprints, Setup: role})
	if err != nil {
		return fmt.Errorf("connect browser media: %w", err)
	}
	return nil
}

// looksAway errs where a plain far end's description leads back to ourselves or
// to a group, which no media is sent to.
func (ep *Endpoint) looksAway(r *sdp.Remote) error {
	for _, a := range []netip.AddrPort{r.RTP, r.RTCP} {
		if ep.plain.Refuses(a) {
			return errors.New("no media is sent to the address that the description names")
		}
	}
	return nil
}

// newRestart reports whether an ICE restart for ufrag has not been done yet.
func (ep *Endpoint) newRestart(ufrag string) bool {
	ep.engine.mu.Lock()
	defer ep.engine.mu.Unlock()
	if ep.restart == ufrag {
		return false
	}
	ep.restart = ufrag
	return true
}

// Close ends the leg's media: BYE (RFC 3550 §6.3.7), then its sockets. Who
// heard it hears nothing. It may be called more than once.
func (ep *Endpoint) Close() {
	ep.closing.Lock()
	defer ep.closing.Unlock()
	if !ep.closed.CompareAndSwap(false, true) {
		return
	}
	w := ep.way()
	ep.lastWay.Store(&w)
	ep.final, _, _ = ep.traffic()
	ep.look(transport.Now(), time.Now())
	last := ep.Stats()
	ep.leave()
	ep.sender.close()
	ep.sendBye()
	ep.closeVideo()
	_ = ep.wire.Close()
	ep.notify(Notice{Kind: NoticeClosed, Way: w, Stats: &last, Headers: ep.takeHeaders(), Clear: ep.takeClear()})
}
