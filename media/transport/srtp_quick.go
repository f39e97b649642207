package transport

import (
	"encoding/binary"

	"github.com/pion/srtp/v3"
)

// openQuickly is openRTP with our own cipher. b has passed parseRTP.
func (k *keys) openQuickly(b []byte) ([]byte, error) {
	n := headerLength(b)
	if len(b) < n+k.quickIn.overhead() {
		return nil, errShortSRTP
	}
	seq, ssrc := binary.BigEndian.Uint16(b[2:]), binary.BigEndian.Uint32(b[8:])
	s := k.streams.find(ssrc)
	known := s != nil
	if !known {
		if len(k.streams.all) >= maxSSRCs {
			return nil, errTooManySSRCs
		}
		s = &srtpStream{ssrc: ssrc}
	}
	i := s.index(seq)
	if !s.fresh(i) {
		return nil, errReplayed
	}
	out, ok := k.quickIn.open(b, n, ssrc, i)
	if !ok {
		return nil, srtp.ErrFailedToVerifyAuthTag
	}
	if !known {
		s = k.streams.add(ssrc)
	}
	s.note(i)
	return out, nil
}

// sealQuickly is sealRTP with our own cipher. b has passed parseRTP.
func (k *keys) sealQuickly(b []byte, once bool) ([]byte, error) {
	seq, ssrc := binary.BigEndian.Uint16(b[2:]), binary.BigEndian.Uint32(b[8:])
	s := k.sent.find(ssrc)
	if s == nil {
		if s = k.sent.add(ssrc); s == nil {
			return nil, errTooManySSRCs
		}
	}
	i := s.index(seq)
	if once && !s.fresh(i) {
		return nil, errReplayed
	}
	s.note(i)
	return k.quick.seal(b, headerLength(b), ssrc, i), nil
}

// headerLength returns where the payload of a packet begins that has passed
// parseRTP: behind contributing sources and extension.
func headerLength(b []byte) int {
	n := 12 + 4*int(b[0]&0x0f)
	if b[0]&0x10 != 0 {
		n += 4 + 4*int(binary.BigEndian.Uint16(b[n+2:]))
	}
	return n
}
