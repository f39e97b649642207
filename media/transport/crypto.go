package transport

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/pion/dtls/v3"
	"github.com/pion/rtcp"
	"github.com/pion/rtp"
	"github.com/pion/srtp/v3"
)

// replayWindow is how many packets late one may be (RFC 3711 §3.3.2). The
// usual 64 is too few after a burst.
const replayWindow = 512

// maxSSRCs is how many senders may appear under one key. Each costs memory
// for as long as the key lives; a telephone may take another SSRC each time that
// it comes back from hold, a browser each time that a picture is added.
const maxSSRCs = 128

// keys are the two SRTP contexts of a peer, made once by its handshake.
type keys struct {
	profile string

	in       *srtp.Context // guarded by the peer's sinkMu, like the rest of in
	quickIn  rtpCipher     // of RTP, nil where in does it
	streams  srtpStreams
	inRTP    rtp.Header
	inRTCP   rtcp.Header
	ssrcs    [maxSSRCs]uint32
	ssrcsLen int

	outMu   sync.Mutex
	out     *srtp.Context // guarded by outMu
	quick   rtpCipher     // of RTP, nil where out does it; guarded by outMu
	sent    srtpStreams   // guarded by outMu
	outRTP  rtp.Header    // guarded by outMu
	outRTCP rtcp.Header   // guarded by outMu
}

var srtpProfiles = []dtls.SRTPProtectionProfile{
	dtls.SRTP_AEAD_AES_128_GCM, dtls.SRTP_AES128_CM_HMAC_SHA1_80, dtls.SRTP_AEAD_AES_256_GCM,
}

func profileName(p dtls.SRTPProtectionProfile) string {
	switch p {
	case dtls.SRTP_AEAD_AES_128_GCM:
		return "AEAD_AES_128_GCM"
	case dtls.SRTP_AEAD_AES_256_GCM:
		return "AEAD_AES_256_GCM"
	case dtls.SRTP_AES128_CM_HMAC_SHA1_80:
		return "AES128_CM_HMAC_SHA1_80"
	default:
		return "unknown"
	}
}

// newKeys derives the contexts from a finished handshake (RFC 5764 §4.2).
func newKeys(conn *dtls.Conn, client bool) (*keys, error) {
	profile, ok := conn.SelectedSRTPProtectionProfile()
	if !ok {
		return nil, errors.New("no SRTP profile agreed")
	}
	state, ok := conn.ConnectionState()
	if !ok {
		return nil, errors.New("no DTLS state")
	}
	c := srtp.Config{Profile: srtp.ProtectionProfile(profile)}
	if err := c.ExtractSessionKeysFromDTLS(&state, client); err != nil {
		return nil, fmt.Errorf("export SRTP keys: %w", err)
	}
	in, err := srtp.CreateContext(c.Keys.RemoteMasterKey, c.Keys.RemoteMasterSalt, c.Profile,
		srtp.SRTPReplayProtection(replayWindow), srtp.SRTCPReplayProtection(replayWindow))
	if err != nil {
		return nil, fmt.Errorf("make SRTP context: %w", err)
	}
	out, err := srtp.CreateContext(c.Keys.LocalMasterKey, c.Keys.LocalMasterSalt, c.Profile)
	if err != nil {
		return nil, fmt.Errorf("make SRTP context: %w", err)
	}
	k := &keys{profile: profileName(profile), in: in, out: out}
	if k.quickIn, err = newRTPCipher(c.Profile, c.Keys.RemoteMasterKey, c.Keys.RemoteMasterSalt); err != nil {
		return nil, err
	}
	if k.quick, err = newRTPCipher(c.Profile, c.Keys.LocalMasterKey, c.Keys.LocalMasterSalt); err != nil {
		return nil, err
	}
	return k, nil
}

var errTooManySSRCs = errors.New("too many SSRCs")

// openRTP decrypts b in place; its capacity stays.
func (k *keys) openRTP(b []byte) ([]byte, error) {
	if k.quickIn != nil {
		return k.openQuickly(b)
	}
	ssrc := binary.BigEndian.Uint32(b[8:])
	if !k.room(ssrc) {
		return nil, errTooManySSRCs
	}
	out, err := k.in.DecryptRTP(b[:0], b, &k.inRTP)
	if err == nil {
		k.note(ssrc)
	}
	return out, err
}

// openRTCP does the same for RTCP.
func (k *keys) openRTCP(b []byte) ([]byte, error) {
	ssrc := binary.BigEndian.Uint32(b[4:])
	if !k.room(ssrc) {
		return nil, errTooManySSRCs
	}
	out, err := k.in.DecryptRTCP(b[:0], b, &k.inRTCP)
	if err == nil {
		k.note(ssrc)
	}
	return out, err
}

func (k *keys) room(ssrc uint32) bool {
	return k.ssrcsLen < maxSSRCs || slices.Contains(k.ssrcs[:], ssrc)
}

func (k *keys) note(ssrc uint32) {
	if k.ssrcsLen < maxSSRCs && !slices.Contains(k.ssrcs[:k.ssrcsLen], ssrc) {
		k.ssrcs[k.ssrcsLen] = ssrc
		k.ssrcsLen++
	}
}

// sealRTP encrypts b in place and returns it with its tag.
func (k *keys) sealRTP(b []byte) ([]byte, error) { return k.seal(b, false) }

// relayRTP is sealRTP for what another leg has sent. It refuses the number of a
// packet sent before: two that differ under one number would give the key stream
// away, and with GCM the means to forge. What we repeat ourselves is the same.
func (k *keys) relayRTP(b []byte) ([]byte, error) { return k.seal(b, true) }

func (k *keys) seal(b []byte, once bool) ([]byte, error) {
	k.outMu.Lock()
	defer k.outMu.Unlock()
	if k.quick != nil {
		return k.sealQuickly(b, once)
	}
	return k.out.EncryptRTP(b[:0], b, &k.outRTP)
}

// sealRTCP does the same for RTCP.
func (k *keys) sealRTCP(b []byte) ([]byte, error) {
	k.outMu.Lock()
	defer k.outMu.Unlock()
	return k.out.EncryptRTCP(b[:0], b, &k.outRTCP)
}
