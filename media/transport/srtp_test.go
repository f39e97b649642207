package transport

import (
	"bytes"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"slices"
	"testing"

	"github.com/pion/srtp/v3"

	"github.com/tandemgw/tandem/media/sdp"
)

var allProfiles = []srtp.ProtectionProfile{
	srtp.ProtectionProfileAeadAes128Gcm, srtp.ProtectionProfileAeadAes256Gcm,
	srtp.ProtectionProfileAes128CmHmacSha1_80, srtp.ProtectionProfileAes128CmHmacSha1_32,
	srtp.ProtectionProfileAes256CmHmacSha1_80, srtp.ProtectionProfileAes256CmHmacSha1_32,
}

// ownAndOracle are our ciphers of both directions and pion's with the same key.
func ownAndOracle(t testing.TB, p srtp.ProtectionProfile) (own *keys, in, out *srtp.Context) {
	t.Helper()
	keyLen, err := p.KeyLen()
	if err != nil {
		t.Fatal(err)
	}
	saltLen, err := p.SaltLen()
	if err != nil {
		t.Fatal(err)
	}
	key, salt := make([]byte, keyLen), make([]byte, saltLen)
	_, _ = rand.Read(key)
	_, _ = rand.Read(salt)
	own = &keys{}
	if err := errors.Join(own.opens(p, key, salt), own.seals(p, key, salt)); err != nil {
		t.Fatal(err)
	}
	for _, c := range []**srtp.Context{&in, &out} {
		if *c, err = srtp.CreateContext(key, salt, p, srtp.SRTPReplayProtection(replayWindow), srtp.SRTCPReplayProtection(replayWindow)); err != nil {
			t.Fatal(err)
		}
	}
	return own, in, out
}

// srtpContext is pion's context of one direction of SDES.
func srtpContext(c sdp.Crypto, options ...srtp.ContextOption) (*srtp.Context, error) {
	profile, key, salt, err := masterKey(c)
	if err != nil {
		return nil, err
	}
	if c.MKI != "" {
		options = append(slices.Clip(options), srtp.MasterKeyIndicator([]byte(c.MKI)))
	}
	return srtp.CreateContext(key, salt, profile, options...)
}

// rtpOf is a packet with sources and an extension as asked for, and a payload of
// n octets, with room behind it.
func rtpOf(seq uint16, ssrc uint32, sources int, extension bool, n int) []byte {
	b := make([]byte, 12+4*sources, 300+n+Tail)
	b[0], b[1] = 0x80|byte(sources), 111
	binary.BigEndian.PutUint16(b[2:], seq)
	binary.BigEndian.PutUint32(b[8:], ssrc)
	if extension {
		b[0] |= 0x10
		b = append(b, 0xbe, 0xde, 0, 1, 0x10, 0x55, 0, 0)
	}
	for i := range n {
		b = append(b, byte(i)^byte(seq))
	}
	return b
}

// TestSRTPIsAsPionHasIt crosses ours with pion/srtp both ways: every profile, all
// kinds of header, odd lengths, and a sequence that wraps with losses in it.
func TestSRTPIsAsPionHasIt(t *testing.T) {
	for _, profile := range allProfiles {
		t.Run(profile.String(), func(t *testing.T) {
			own, in, out := ownAndOracle(t, profile)
			seq := uint16(65000)
			for i := range 2000 {
				seq += uint16(1 + i%3)
				b := rtpOf(seq, 7, i%3, i%2 == 0, i%333)
				plain := bytes.Clone(b)
				sealed, err := own.sealRTP(b)
				if err != nil {
					t.Fatal(err)
				}
				got, err := in.DecryptRTP(nil, sealed, nil)
				if err != nil || !bytes.Equal(got, plain) {
					t.Fatalf("packet %d: pion opens ours: %v, %x", i, err, got)
				}
				theirs, err := out.EncryptRTP(nil, plain, nil)
				if err != nil || !bytes.Equal(theirs, sealed) {
					t.Fatalf("packet %d: pion seals it otherwise: %v", i, err)
				}
				opened, err := own.openRTP(spare(theirs))
				if err != nil || !bytes.Equal(opened, plain) {
					t.Fatalf("packet %d: ours opens pion's: %v, %x", i, err, opened)
				}
			}
		})
	}
}

func TestSRTPRefuses(t *testing.T) {
	for _, profile := range allProfiles {
		t.Run(profile.String(), func(t *testing.T) {
			own, _, out := ownAndOracle(t, profile)
			seal := func(seq uint16, ssrc uint32) []byte {
				b, err := out.EncryptRTP(nil, rtpOf(seq, ssrc, 0, false, 160), nil)
				if err != nil {
					t.Fatal(err)
				}
				return spare(b)
			}
			first := seal(1000, 1)
			if _, err := own.openRTP(spare(first)); err != nil {
				t.Fatal(err)
			}
			for i := range first { // no octet may be another one
				b := seal(uint16(1001+i), 1)
				b[i] ^= 0x10
				if _, ok := parseRTP(b); !ok {
					continue
				}
				if _, err := own.openRTP(b); err == nil {
					t.Fatalf("octet %d changed: opened", i)
				}
			}
			if _, err := own.openRTP(spare(first)); !errors.Is(err, errReplayed) {
				t.Errorf("again: %v", err)
			}
			if _, err := own.openRTP(spare(first[:14])); !errors.Is(err, errShortSRTP) {
				t.Errorf("short: %v", err)
			}
			if n := len(own.streams.all); n != 1 {
				t.Errorf("%d streams are remembered after forgeries, want 1", n)
			}
		})
	}
}

// TestRelayedNumberIsUsedOnce: a far end that sends two packets under one number
// must not make us encrypt two that differ with one key stream.
func TestRelayedNumberIsUsedOnce(t *testing.T) {
	own, _, _ := ownAndOracle(t, srtp.ProtectionProfileAeadAes128Gcm)
	for _, seq := range []uint16{10, 12, 11, 600} {
		if _, err := own.relayRTP(rtpOf(seq, 1, 0, false, 20)); err != nil {
			t.Errorf("%d: %v", seq, err)
		}
	}
	for _, seq := range []uint16{10, 11, 600, 13} { // 13 is too old to tell
		if _, err := own.relayRTP(rtpOf(seq, 1, 0, false, 20)); !errors.Is(err, errReplayed) {
			t.Errorf("%d again: %v", seq, err)
		}
	}
	if _, err := own.sealRTP(rtpOf(600, 1, 0, false, 20)); err != nil {
		t.Errorf("our own repetition: %v", err)
	}
}

// FuzzSRTPIndex sends sequence numbers as they come, and holds what is opened
// against pion/srtp.
func FuzzSRTPIndex(f *testing.F) {
	f.Add([]byte{0, 1, 0, 2, 0, 2, 255, 255, 0, 0})
	f.Add([]byte{255, 254, 255, 255, 0, 0, 128, 0, 0, 1, 127, 255})
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) > 400 {
			return
		}
		own, in, out := ownAndOracle(t, srtp.ProtectionProfileAeadAes128Gcm)
		for ; len(b) >= 2; b = b[2:] {
			sealed, err := out.EncryptRTP(nil, rtpOf(binary.BigEndian.Uint16(b), 1, 0, false, 8), nil)
			if err != nil {
				return // pion's sender gives up at the end of the index
			}
			_, theirs := in.DecryptRTP(nil, sealed, nil)
			_, ours := own.openRTP(spare(sealed))
			if theirs == nil && ours != nil {
				t.Fatalf("pion opens %d, ours does not: %v", binary.BigEndian.Uint16(b), ours)
			}
		}
	})
}
