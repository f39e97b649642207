package transport

import (
	"errors"
	"net"
)

// takeMedia decrypts one SRTP or SRTCP packet and hands it on, on a reader of
// the Mux.
func (p *Peer) takeMedia(b []byte, rtcp bool, q *Batch) {
	var ok bool
	if rtcp {
		_, ok = parseRTCP(b)
	} else {
		_, ok = parseRTP(b)
	}
	if !ok {
		p.count.malformed.Add(1)
		return
	}
	p.sinkMu.Lock()
	defer p.sinkMu.Unlock()
	k := p.keys.Load()
	if k == nil || p.closed.Load() {
		p.count.notReady.Add(1)
		return
	}
	var err error
	if rtcp {
		b, err = k.openRTCP(b)
	} else {
		b, err = k.openRTP(b)
	}
	if err != nil {
		p.count.refused(err)
		return
	}
	at := q.now()
	p.heard.Store(at)
	if rtcp {
		p.count.rtcpIn.Add(1)
		p.c.Sink.RTCP(b, at)
		return
	}
	p.count.packetsIn.Add(1)
	p.count.octetsIn.Add(uint64(len(b)))
	p.c.Sink.RTP(b, at, q)
}

// WriteRTP implements Wire.
func (p *Peer) WriteRTP(b []byte, q *Batch) error {
	return p.writeRTP(b, q, way{seal: (*keys).sealRTP})
}

// RelayRTP implements Wire.
func (p *Peer) RelayRTP(b []byte, q *Batch) error {
	return p.writeRTP(b, q, way{seal: (*keys).relayRTP})
}

// way is how a packet goes out.
type way struct {
	seal  func(*keys, []byte) ([]byte, error)
	video bool
}

// videoWire is a Peer whose packets are marked as video.
type videoWire struct{ *Peer }

// Video returns the same way for packets of video: they are marked as that (RFC
// 8837 §5), though they share the port of the sound. Over TCP and TURN all are
// marked alike.
func (p *Peer) Video() Wire { return videoWire{p} }

// WriteRTP implements Wire.
func (v videoWire) WriteRTP(b []byte, q *Batch) error {
	return v.writeRTP(b, q, way{seal: (*keys).sealRTP, video: true})
}

// RelayRTP implements Wire.
func (v videoWire) RelayRTP(b []byte, q *Batch) error {
	return v.writeRTP(b, q, way{seal: (*keys).relayRTP, video: true})
}

func (p *Peer) writeRTP(b []byte, q *Batch, w way) error {
	if _, ok := parseRTP(b); !ok || cap(b)-len(b) < Tail {
		return ErrShortTail
	}
	k, to := p.keys.Load(), p.flow.Load()
	if k == nil || to == nil || p.closed.Load() {
		return p.unready()
	}
	sealed, err := w.seal(k, b)
	switch {
	case err == errReplayed:
		p.count.unsendable.Add(1)
		return nil
	case err != nil:
		p.count.writeErrors.Add(1)
		return err
	}
	at := *to
	at.video = w.video
	if !q.add(sealed, at, &p.count) {
		if err := p.write(sealed, at); err != nil {
			return err
		}
	}
	p.count.packetsOut.Add(1)
	p.count.octetsOut.Add(uint64(len(b)))
	return nil
}

// WriteRTCP implements Wire.
func (p *Peer) WriteRTCP(b []byte) error {
	if _, ok := parseRTCP(b); !ok || cap(b)-len(b) < Tail {
		return ErrShortTail
	}
	k, to := p.keys.Load(), p.flow.Load()
	if k == nil || to == nil || p.closed.Load() {
		return p.unready()
	}
	sealed, err := k.sealRTCP(b)
	if err != nil {
		p.count.writeErrors.Add(1)
		return err
	}
	if err := p.write(sealed, *to); err != nil {
		return err
	}
	p.count.rtcpOut.Add(1)
	return nil
}

func (p *Peer) unready() error {
	if p.closed.Load() {
		return ErrClosed
	}
	p.count.notReadyOut.Add(1)
	return nil
}

func (p *Peer) write(b []byte, to target) error {
	err := p.mux.write(b, to, p.turn)
	if err == nil {
		return nil
	}
	if errors.Is(err, net.ErrClosed) {
		return ErrClosed
	}
	p.count.writeErrors.Add(1)
	return err
}

// send writes what is not media: STUN and DTLS, which repeat themselves.
func (p *Peer) send(b []byte, to target) {
	_ = p.write(b, to)
}
