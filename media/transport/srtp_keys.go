package transport

import (
	"encoding/binary"
	"errors"
	"fmt"
	"sync"

	"github.com/pion/srtp/v3"
)

// replayWindow is how many packets late one may be (RFC 3711 §3.3.2). The
// usual 64 is too few after a burst.
const replayWindow = 512

// maxSSRCs is how many senders may appear under one key. Each costs memory
// for as long as the key lives; a telephone may take another SSRC each time that
// it comes back from hold, a browser each time that a picture is added.
const maxSSRCs = 128

var (
	errTooManySSRCs = errors.New("too many SSRCs")
	errForged       = errors.New("SRTP packet not authentic")
	errKeySpent     = errors.New("SRTCP key has encrypted all it may")
)

// keys are the two directions of SRTP and SRTCP; a plain leg keyed by SDES has
// them apart, each in keys of its own. What a packet has to pass comes in this
// order: its form, the bound of senders, the replay window, the tag; only then is
// anything of it believed or remembered, and nothing of it allocates, but a sender
// that is new and authentic.
type keys struct {
	keysIn
	keysOut

	profile  string
	inRTCP   rtcpCipher  // guarded by the leg's sinkMu
	controls srtpStreams // of RTCP; guarded by sinkMu
	outRTCP  rtcpCipher  // guarded by outMu
	index    uint32      // of the last RTCP, of whatever SSRC; guarded by outMu
}

// keysIn is what each packet that comes touches, side by side.
type keysIn struct {
	in      rtpCipher   // immutable; its state is guarded by the leg's sinkMu
	mki     string      // of what comes, mostly none; immutable
	streams srtpStreams // guarded by sinkMu
}

// keysOut is the same of packets that are sent.
type keysOut struct {
	outMu sync.Mutex
	out   rtpCipher   // immutable; its state is guarded by outMu
	sent  srtpStreams // guarded by outMu
}

// opens makes k decrypt under a master key.
func (k *keys) opens(p srtp.ProtectionProfile, key, salt []byte) (err error) {
	if k.in, k.inRTCP, err = newCiphers(p, key, salt); err != nil {
		return fmt.Errorf("make SRTP keys: %w", err)
	}
	return nil
}

// seals makes k encrypt under a master key.
func (k *keys) seals(p srtp.ProtectionProfile, key, salt []byte) (err error) {
	if k.out, k.outRTCP, err = newCiphers(p, key, salt); err != nil {
		return fmt.Errorf("make SRTP keys: %w", err)
	}
	return nil
}

// openRTP decrypts b in place; its capacity stays. b has passed parseRTP.
func (k *keys) openRTP(b []byte) ([]byte, error) { return k.openFrom(b, 0) }

// openFrom is openRTP where the index of the newest packet of a sender that is not known
// yet was newest, under another key.
func (k *keys) openFrom(b []byte, newest uint64) ([]byte, error) {
	n := headerLength(b)
	if len(b) < n+len(k.mki)+k.in.overhead() {
		return nil, errShortSRTP
	}
	if k.mki != "" {
		var ok bool
		if b, ok = cutMKI(b, k.mki, k.in.behind()); !ok {
			return nil, errForged
		}
	}
	seq, ssrc := binary.BigEndian.Uint16(b[2:]), binary.BigEndian.Uint32(b[8:])
	s := k.streams.find(ssrc)
	known := s != nil
	if !known {
		if len(k.streams.all) >= maxSSRCs {
			return nil, errTooManySSRCs
		}
		s = &srtpStream{ssrc: ssrc, newest: newest}
	}
	i := s.index(seq)
	if !s.fresh(i) {
		return nil, errReplayed
	}
	out, ok := k.in.open(b, n, ssrc, i)
	if !ok {
		return nil, errForged
	}
	if !known {
		s = k.streams.add(ssrc)
	}
	s.note(i)
	return out, nil
}

// openRTCP does the same for RTCP (RFC 3711 §3.4). b has passed parseRTCP.
func (k *keys) openRTCP(b []byte) ([]byte, error) {
	if len(b) < headerRTCP+len(k.mki)+k.inRTCP.overhead() {
		return nil, errShortSRTP
	}
	if k.mki != "" {
		var ok bool
		if b, ok = cutMKI(b, k.mki, k.inRTCP.behind()); !ok {
			return nil, errForged
		}
	}
	i := binary.BigEndian.Uint32(b[len(b)-k.inRTCP.behind()-indexRTCP:]) & highestRTCP
	ssrc := binary.BigEndian.Uint32(b[4:])
	s := k.controls.find(ssrc)
	if s == nil && len(k.controls.all) >= maxSSRCs {
		return nil, errTooManySSRCs
	}
	if s != nil && !s.fresh(uint64(i)) {
		return nil, errReplayed
	}
	out, ok := k.inRTCP.open(b, i)
	if !ok {
		return nil, errForged
	}
	if s == nil {
		s = k.controls.add(ssrc)
	}
	s.note(uint64(i))
	return out, nil
}

// sealRTP encrypts b in place and returns it with its tag. b has passed parseRTP.
func (k *keys) sealRTP(b []byte) ([]byte, error) { return k.seal(b, false) }

// relayRTP is sealRTP for what another leg has sent. It refuses the number of a
// packet sent before: two that differ under one number would give the key stream
// away, and with GCM the means to forge. What we repeat ourselves is the same.
func (k *keys) relayRTP(b []byte) ([]byte, error) { return k.seal(b, true) }

func (k *keys) seal(b []byte, once bool) ([]byte, error) {
	k.outMu.Lock()
	defer k.outMu.Unlock()
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
	return k.out.seal(b, headerLength(b), ssrc, i), nil
}

// sealRTCP does the same for RTCP. One index counts for all senders, so that no
// sender's is ever used twice; it begins with 1, as libsrtp's.
func (k *keys) sealRTCP(b []byte) ([]byte, error) {
	k.outMu.Lock()
	defer k.outMu.Unlock()
	if k.index == highestRTCP {
		return nil, errKeySpent
	}
	k.index++
	return k.outRTCP.seal(b, k.index), nil
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

// cutMKI takes the master key identifier out of a packet that is long enough for
// it; false if it is another one.
func cutMKI(b []byte, mki string, behind int) ([]byte, bool) {
	end := len(b) - behind
	at := end - len(mki)
	if string(b[at:end]) != mki {
		return nil, false
	}
	return append(b[:at], b[end:]...), true
}
