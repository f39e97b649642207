package transport

import (
	"encoding/binary"
	"errors"
	"net/netip"
	"time"

	"github.com/pion/srtp/v3"

	"github.com/tandemgw/tandem/media/sdp"
)

// PlainSecurity is how the media of a plain leg is encrypted. The zero value is
// not at all.
type PlainSecurity struct {
	// Keying says how the keys are agreed.
	Keying sdp.Keying
	// Ours is the key of what we send, Theirs of what the far end sends; for
	// sdp.SDES.
	Ours, Theirs sdp.Crypto
	// Fingerprints and Setup are as in PeerRemote; for sdp.DTLS.
	Fingerprints []string
	Setup        sdp.Setup
	// Association is another number where the far end wants another association than
	// before, though all else stays (RFC 8842 §4); for sdp.DTLS.
	Association int
}

// oldKeyFor is how long packets under the key that was replaced are still taken:
// those that were on their way (RFC 4568 §7.1.4).
const oldKeyFor = 2 * time.Second

// plainGuard is what encrypts a plain leg. A new agreement makes a new one, which
// takes over the contexts whose keys have not changed: their rollover counters and
// replay windows go on (RFC 3711 §3.3.1).
type plainGuard struct {
	security PlainSecurity // immutable
	in       *keys         // SDES: of what comes
	out      *keys         // SDES: of what goes
	former   *keys         // the in before; nil for none
	until    int64         // when nothing is on its way under former any more
	spare    []byte        // room for the first try of a packet while there are others than in
	// SDES: the keys before in, the latest first, for what they know of counters.
	earlier [maxOpened - 1]*keys

	rtp, rtcp *plainHandshake // DTLS; rtcp is nil with rtcp-mux
}

// secureLocked puts what was agreed to work, with a far end that has moved since it was
// last described or has not; p.mu is held.
func (p *Plain) secureLocked(s PlainSecurity, mux, moved bool) error {
	old := p.guard.Load()
	switch s.Keying {
	case sdp.SDES:
		g, err := p.newSDESGuard(s, old)
		if err != nil {
			return err
		}
		p.guard.Store(g)
	case sdp.DTLS:
		return p.shakeLocked(s, mux, moved, old)
	default:
		p.guard.Store(nil)
	}
	old.end()
	return nil
}

func (p *Plain) newSDESGuard(s PlainSecurity, old *plainGuard) (*plainGuard, error) {
	g := &plainGuard{security: s}
	if old != nil && old.in != nil {
		g.former, g.until = old.former, old.until
	}
	var err error
	if g.in = p.opened.find(s.Theirs); g.in == nil {
		if g.in, err = openingKeys(s.Theirs); err != nil {
			return nil, err
		}
	}
	if old != nil && old.in != nil && old.in != g.in {
		g.former, g.until = old.in, Now()+int64(oldKeyFor)
	}
	if g.out, err = p.sealing(s.Ours); err != nil {
		return nil, err
	}
	p.opened.hold(heldKey{s.Theirs, g.in})
	for i, k := range p.opened[1:] {
		g.earlier[i] = k.keys
	}
	if g.earlier[0] != nil {
		g.spare = make([]byte, 0, maxPacket+Tail)
	}
	return g, nil
}

// openingKeys are the half of keys that decrypts.
func openingKeys(c sdp.Crypto) (*keys, error) {
	profile, key, salt, err := masterKey(c)
	if err != nil {
		return nil, err
	}
	k := &keys{profile: c.Suite.String(), keysIn: keysIn{mki: string(c.MKI)}}
	return k, k.opens(profile, key, salt)
}

// sealingKeys are the half that encrypts; ours have no MKI.
func sealingKeys(c sdp.Crypto) (*keys, error) {
	profile, key, salt, err := masterKey(c)
	if err != nil {
		return nil, err
	}
	k := &keys{profile: c.Suite.String()}
	return k, k.seals(profile, key, salt)
}

// srtpProfile is the profile of a suite.
func srtpProfile(s sdp.Suite) (srtp.ProtectionProfile, bool) {
	switch s {
	case sdp.AES128CMSHA80:
		return srtp.ProtectionProfileAes128CmHmacSha1_80, true
	case sdp.AES128CMSHA32:
		return srtp.ProtectionProfileAes128CmHmacSha1_32, true
	case sdp.AES256CMSHA80:
		return srtp.ProtectionProfileAes256CmHmacSha1_80, true
	case sdp.AES128GCM:
		return srtp.ProtectionProfileAeadAes128Gcm, true
	case sdp.AES256GCM:
		return srtp.ProtectionProfileAeadAes256Gcm, true
	}
	return 0, false
}

// masterKey takes apart what was agreed.
func masterKey(c sdp.Crypto) (profile srtp.ProtectionProfile, key, salt []byte, err error) {
	profile, ok := srtpProfile(c.Suite)
	n, more := c.Suite.KeyLen()
	if !ok || len(c.Key) != n+more {
		return 0, nil, nil, errNoSuite
	}
	b := []byte(c.Key)
	return profile, b[:n], b[n:], nil
}

// end stops what runs for a guard that is replaced; nil has nothing.
func (g *plainGuard) end() {
	if g == nil {
		return
	}
	g.rtp.end()
	g.rtcp.end()
}

// keysIn returns what decrypts, keysOut what encrypts; nil while there is nothing
// agreed. control says that RTCP on its own port is meant.
func (g *plainGuard) keysIn(control bool) *keys {
	if g.in != nil {
		return g.in
	}
	return g.handshake(control).keys.Load()
}

func (g *plainGuard) keysOut(control bool) *keys {
	if g.out != nil {
		return g.out
	}
	return g.handshake(control).keys.Load()
}

func (g *plainGuard) handshake(control bool) *plainHandshake {
	if control && g.rtcp != nil {
		return g.rtcp
	}
	return g.rtp
}

// takeSecured is take where the leg is encrypted. Nothing is learned from a packet
// before it has proven to be the far end's: whoever latches on plain packets can be
// led to send the sound to a stranger (CVE-2025-53399).
func (p *Plain) takeSecured(g *plainGuard, b []byte, from netip.AddrPort, rtpPort bool, q *Batch) {
	kind := classify(b)
	if kind == kindDTLS {
		g.takeDTLS(p, b, from, rtpPort)
		return
	}
	rtcp := !rtpPort || kind == kindRTCP
	ssrc, ok := parseEither(b, rtcp)
	if !ok {
		p.count.malformed.Add(1)
		return
	}
	p.sinkMu.Lock()
	defer p.sinkMu.Unlock()
	if p.closed.Load() {
		return
	}
	if !p.mayProve(from, rtcp, rtpPort) {
		p.drop(stranger, rtcp)
		return
	}
	k := g.keysIn(!rtpPort)
	if k == nil {
		p.count.notReady.Add(1)
		return
	}
	b, err := g.open(p.formerKeys(g, from, !rtpPort), k, b, rtcp)
	if err != nil {
		p.count.refused(err)
		return
	}
	at := q.now()
	p.proven(from, ssrc, rtcp, rtpPort)
	p.heard.Store(at)
	if rtcp {
		p.count.rtcpIn.Add(1)
		p.sink.RTCP(b, at)
		return
	}
	p.count.packetsIn.Add(1)
	p.count.octetsIn.Add(uint64(len(b)))
	p.sink.RTP(b, at, q)
}

func parseEither(b []byte, rtcp bool) (ssrc uint32, ok bool) {
	if rtcp {
		return parseRTCP(b)
	}
	h, ok := parseRTP(b)
	return h.ssrc, ok
}

// formerKeys returns the key that was replaced, for what was on its way when it was; nil
// mostly. A source that the latch would have to learn has none: another far end of
// before would be taken for the one that was agreed on.
func (p *Plain) formerKeys(g *plainGuard, from netip.AddrPort, control bool) *keys {
	if g.former == nil || Now() >= g.until {
		return nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.latch.knows(from, control) {
		return nil
	}
	return g.former
}

// open decrypts in place. The former key, if any, is tried first: a packet that fails is
// spoiled by that, so that this is done on a copy.
func (g *plainGuard) open(former, k *keys, b []byte, rtcp bool) ([]byte, error) {
	if former != nil {
		spare := append(g.spare[:0], b...)
		if out, err := openWith(former, spare, rtcp); err == nil {
			return b[:copy(b, out)], nil
		}
	}
	if newest := g.wentTo(k, b, rtcp); newest != 0 {
		if out, err := k.openFrom(append(g.spare[:0], b...), newest); err == nil {
			return b[:copy(b, out)], nil
		}
	}
	return openWith(k, b, rtcp)
}

// wentTo returns the index of the newest packet of a sender under the key before k, 0
// where that does not matter. Under a new key a rollover counter may go on (RFC 3711
// §3.3.1) or begin anew (RFC 4568 §7.1.4), and far ends do either: of the first packet both
// are tried.
func (g *plainGuard) wentTo(k *keys, b []byte, rtcp bool) uint64 {
	if rtcp || g.earlier[0] == nil {
		return 0
	}
	ssrc := binary.BigEndian.Uint32(b[8:])
	if k.streams.find(ssrc) != nil {
		return 0
	}
	for _, before := range g.earlier {
		if before == nil {
			break
		}
		if s := before.streams.find(ssrc); s != nil {
			return s.newest
		}
	}
	return 0
}

func openWith(k *keys, b []byte, rtcp bool) ([]byte, error) {
	if rtcp {
		return k.openRTCP(b)
	}
	return k.openRTP(b)
}

// mayProve asks the latch whether a source is worth decrypting for.
func (p *Plain) mayProve(from netip.AddrPort, rtcp, rtpPort bool) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	quiet := Now()-p.heard.Load() > int64(movedAfter)
	return p.latch.mayProve(from, rtcp, rtpPort, quiet)
}

// proven lets the latch learn from an authentic packet.
func (p *Plain) proven(from netip.AddrPort, ssrc uint32, rtcp, rtpPort bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	source, control := p.latch.source, p.latch.rtcp
	p.latch.proven(from, ssrc, rtcp, rtpPort)
	if p.latch.source != source || p.latch.rtcp != control {
		p.aimLocked()
	}
}

// sealing is what a packet goes out as.
type sealing uint8

const (
	sealRTP     sealing = iota // of our own
	sealRelayed                // as another leg has sent it
	sealMuxed                  // RTCP on the port of RTP
	sealControl                // RTCP on its own port
)

// seal encrypts b for the way out; ok is false where it must not go out, and the
// error says why, nil where it is only too early.
func (p *Plain) seal(g *plainGuard, b []byte, as sealing) (out []byte, ok bool, err error) {
	if cap(b)-len(b) < Tail {
		return nil, false, ErrShortTail
	}
	k := g.keysOut(as == sealControl)
	if k == nil {
		p.count.notReadyOut.Add(1)
		return nil, false, nil
	}
	switch as {
	case sealRTP:
		out, err = k.sealRTP(b)
	case sealRelayed:
		out, err = k.relayRTP(b)
	default:
		out, err = k.sealRTCP(b)
	}
	switch {
	case errors.Is(err, errReplayed): // a copy of what has gone out; the key stream is not used twice
		p.count.unsendable.Add(1)
		return nil, false, nil
	case err != nil:
		p.count.writeErrors.Add(1)
		return nil, false, err
	}
	return out, true, nil
}

// Secured returns how the media is encrypted now and by which profile; the profile
// is empty where it is not, or not yet.
func (p *Plain) Secured() (sdp.Keying, string) {
	g := p.guard.Load()
	if g == nil {
		return sdp.Clear, ""
	}
	if k := g.keysOut(false); k != nil {
		return g.security.Keying, k.profile
	}
	return g.security.Keying, ""
}
