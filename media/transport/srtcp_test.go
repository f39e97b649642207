package transport

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"strings"
	"testing"

	"github.com/pion/srtp/v3"

	"github.com/tandemgw/tandem/media/sdp"
)

// rtcpOf is a report with n octets of blocks, a multiple of four, and room behind.
func rtcpOf(ssrc uint32, n int) []byte {
	b := make([]byte, 8+n, 8+n+Tail)
	b[0], b[1] = 0x81, 200
	binary.BigEndian.PutUint16(b[2:], uint16(1+n/4))
	binary.BigEndian.PutUint32(b[4:], ssrc)
	for i := range n {
		b[8+i] = byte(i * 7)
	}
	return b
}

// TestSRTCPIsAsPionHasIt crosses ours with pion/srtp both ways: every profile, and
// every length from an empty report on.
func TestSRTCPIsAsPionHasIt(t *testing.T) {
	for _, profile := range allProfiles {
		t.Run(profile.String(), func(t *testing.T) {
			own, in, out := ownAndOracle(t, profile)
			for i := range 600 {
				b := rtcpOf(7, 4*(i%90))
				plain := bytes.Clone(b)
				sealed, err := own.sealRTCP(b)
				if err != nil {
					t.Fatal(err)
				}
				got, err := in.DecryptRTCP(nil, sealed, nil)
				if err != nil || !bytes.Equal(got, plain) {
					t.Fatalf("packet %d: pion opens ours: %v, %x", i, err, got)
				}
				theirs, err := out.EncryptRTCP(nil, plain, nil)
				if err != nil || !bytes.Equal(theirs, sealed) {
					t.Fatalf("packet %d: pion seals it otherwise: %v", i, err)
				}
				opened, err := own.openRTCP(spare(theirs))
				if err != nil || !bytes.Equal(opened, plain) {
					t.Fatalf("packet %d: ours opens pion's: %v, %x", i, err, opened)
				}
			}
		})
	}
}

func TestSRTCPRefuses(t *testing.T) {
	for _, profile := range allProfiles {
		t.Run(profile.String(), func(t *testing.T) {
			own, _, out := ownAndOracle(t, profile)
			seal := func(ssrc uint32) []byte {
				b, err := out.EncryptRTCP(nil, rtcpOf(ssrc, 20), nil)
				if err != nil {
					t.Fatal(err)
				}
				return spare(b)
			}
			first := seal(1)
			for i := range first { // no octet may be another one
				b := spare(first)
				b[i] ^= 0x10
				if _, ok := parseRTCP(b); !ok {
					continue
				}
				if _, err := own.openRTCP(b); err == nil {
					t.Fatalf("octet %d changed: opened", i)
				}
			}
			if n := len(own.controls.all); n != 0 {
				t.Errorf("%d senders are remembered after forgeries, want none", n)
			}
			clear := spare(first) // the flag of encryption taken away
			clear[len(clear)-indexRTCP-own.inRTCP.behind()] &^= 0x80
			if _, err := own.openRTCP(clear); !errors.Is(err, errForged) {
				t.Errorf("without its flag: %v", err)
			}
			if _, err := own.openRTCP(spare(first)); err != nil {
				t.Fatal(err)
			}
			if _, err := own.openRTCP(spare(first)); !errors.Is(err, errReplayed) {
				t.Errorf("again: %v", err)
			}
			for n := range headerRTCP + own.inRTCP.overhead() {
				if _, err := own.openRTCP(spare(first[:n])); !errors.Is(err, errShortSRTP) {
					t.Errorf("%d octets: %v", n, err)
				}
			}
			for ssrc := range uint32(maxSSRCs - 1) {
				if _, err := own.openRTCP(seal(100 + ssrc)); err != nil {
					t.Fatal(err)
				}
			}
			if _, err := own.openRTCP(seal(99)); !errors.Is(err, errTooManySSRCs) {
				t.Errorf("one sender too many: %v", err)
			}
			own.index = highestRTCP - 1
			last, err := own.sealRTCP(rtcpOf(1, 20))
			if err != nil {
				t.Fatal(err)
			}
			for i, want := range []error{nil, errReplayed} {
				if _, err := own.openRTCP(spare(last)); !errors.Is(err, want) {
					t.Errorf("the last index, time %d: %v", i+1, err)
				}
			}
			if _, err := own.openRTCP(seal(1)); !errors.Is(err, errReplayed) {
				t.Errorf("an index of before the last: %v", err)
			}
			if _, err := own.sealRTCP(rtcpOf(1, 0)); !errors.Is(err, errKeySpent) {
				t.Errorf("beyond the last index: %v", err)
			}
		})
	}
}

// TestSRTPReadsMasterKeyIdentifiers of every suite, of RTP and RTCP, as pion
// writes them, and nothing under another or none.
func TestSRTPReadsMasterKeyIdentifiers(t *testing.T) {
	for _, suite := range []sdp.Suite{sdp.AES128CMSHA80, sdp.AES128CMSHA32, sdp.AES256CMSHA80, sdp.AES128GCM, sdp.AES256GCM} {
		t.Run(suite.String(), func(t *testing.T) {
			c := cryptoOf(suite, "t")
			sealed := func(mki sdp.Secret) (media, control []byte) {
				x := c
				x.MKI = mki
				ctx, err := srtpContext(x)
				if err != nil {
					t.Fatal(err)
				}
				if media, err = ctx.EncryptRTP(nil, rtpOf(1, 7, 0, true, 20), nil); err != nil {
					t.Fatal(err)
				}
				if control, err = ctx.EncryptRTCP(nil, rtcpOf(7, 20), nil); err != nil {
					t.Fatal(err)
				}
				return spare(media), spare(control)
			}
			named := c
			named.MKI = "abc"
			k, err := openingKeys(named)
			if err != nil {
				t.Fatal(err)
			}
			for _, other := range []sdp.Secret{"", "abd", "abcabc"} {
				media, control := sealed(other)
				if _, err := k.openRTP(media); !errors.Is(err, errForged) {
					t.Errorf("RTP under %q: %v", string(other), err)
				}
				if _, err := k.openRTCP(control); !errors.Is(err, errForged) {
					t.Errorf("RTCP under %q: %v", string(other), err)
				}
			}
			media, control := sealed("abc")
			for n := range len(media) {
				if _, ok := parseRTP(media[:n]); !ok {
					continue
				}
				if _, err := k.openRTP(spare(media[:n])); err == nil {
					t.Errorf("RTP cut to %d octets is opened", n)
				}
			}
			if got, err := k.openRTP(media); err != nil || !bytes.Equal(got, rtpOf(1, 7, 0, true, 20)) {
				t.Errorf("RTP: %x, %v", got, err)
			}
			if got, err := k.openRTCP(control); err != nil || !bytes.Equal(got, rtcpOf(7, 20)) {
				t.Errorf("RTCP: %x, %v", got, err)
			}
		})
	}
}

// The packets of RFC 7714 §17: SSRC 4d617273, index 5d4.
func TestSRTCPOfRFC7714(t *testing.T) {
	const plain = `81c8000d 4d617273 4e545031 4e545032 52545020 0000042a 0000e930 4c756e61
		deadbeef deadbeef deadbeef deadbeef deadbeef`
	keyOf := func(n int) []byte {
		b := make([]byte, n)
		for i := range b {
			b[i] = byte(i)
		}
		return b
	}
	for _, c := range []struct {
		name           string
		key            []byte
		sealed, tagged string
	}{
		{
			"17.1 and 17.3: AES-128", keyOf(16),
			`81c8000d 4d617273 63e94885 dcdab67c a727d766 2f6b7e99 7ff5c0f7 6c06f32d
				c676a5f1 730d6fda 4ce09b46 86303ded 0bb9275b c84aa458 96cf4d2f c5abf872
				45d9eade 800005d4`,
			`81c8000d 4d617273 4e545031 4e545032 52545020 0000042a 0000e930 4c756e61
				deadbeef deadbeef deadbeef deadbeef deadbeef 841dd968 3dd78ec9 2ae58790
				125f62b3 000005d4`,
		},
		{
			"17.2 and 17.4: AES-256", keyOf(32),
			`81c8000d 4d617273 d50ae4d1 f5ce5d30 4ba297e4 7d470c28 2c3ece5d bffe0a50
				a2eaa5c1 110555be 8415f658 c61de047 6f1b6fad 1d1eb30c 4446839f 57ff6f6c
				b26ac3be 800005d4`,
			`81c8000d 4d617273 4e545031 4e545032 52545020 0000042a 0000e930 4c756e61
				deadbeef deadbeef deadbeef deadbeef deadbeef 91db4afb feee5a97 8fab4393
				ed2615fe 000005d4`,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			g, err := sessionGCM(c.key, unhex(t, "51756964 2070726f 2071756f"))
			if err != nil {
				t.Fatal(err)
			}
			k := &keys{outRTCP: &controlGCM{gcm: g}, inRTCP: &controlGCM{gcm: g}, index: 0x5d3}
			if got, err := k.sealRTCP(spare(unhex(t, plain))); err != nil || !bytes.Equal(got, unhex(t, c.sealed)) {
				t.Errorf("sealed %x, %v", got, err)
			}
			if got, err := k.openRTCP(spare(unhex(t, c.sealed))); err != nil || !bytes.Equal(got, unhex(t, plain)) {
				t.Errorf("opened %x, %v", got, err)
			}
			k.controls = srtpStreams{}
			if got, err := k.openRTCP(spare(unhex(t, c.tagged))); err != nil || !bytes.Equal(got, unhex(t, plain)) {
				t.Errorf("tagged only: opened %x, %v", got, err)
			}
		})
	}
}

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.Join(strings.Fields(s), ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// A far end that does not encrypt its reports must prove them all the same.
func TestSRTCPInTheClearIsProven(t *testing.T) {
	for _, profile := range allProfiles {
		own, _, _ := ownAndOracle(t, profile)
		keyLen, _ := profile.KeyLen()
		saltLen, _ := profile.SaltLen()
		key, salt := make([]byte, keyLen), make([]byte, saltLen)
		ctx, err := srtp.CreateContext(key, salt, profile, srtp.SRTCPNoEncryption())
		if err != nil {
			t.Fatal(err)
		}
		sealed, err := ctx.EncryptRTCP(nil, rtcpOf(1, 24), nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := own.openRTCP(spare(sealed)); !errors.Is(err, errForged) {
			t.Errorf("%v: under another key: %v", profile, err)
		}
		if err := own.opens(profile, key, salt); err != nil {
			t.Fatal(err)
		}
		if got, err := own.openRTCP(spare(sealed)); err != nil || !bytes.Equal(got, rtcpOf(1, 24)) {
			t.Errorf("%v: %x, %v", profile, got, err)
		}
	}
}

// FuzzSRTCP sends arbitrary packets and damaged ones: ours opens what pion opens,
// and nothing else.
func FuzzSRTCP(f *testing.F) {
	f.Add([]byte{0x80, 201, 0, 1, 0, 0, 0, 7}, uint16(3), byte(1))
	f.Add(rtcpOf(7, 20), uint16(0), byte(0))
	f.Add([]byte{0x81, 203, 0, 1, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24}, uint16(9), byte(0x80))
	f.Fuzz(func(t *testing.T, b []byte, at uint16, flip byte) {
		if _, ok := parseRTCP(b); !ok || len(b) > maxPacket {
			return
		}
		for _, profile := range allProfiles[:4] {
			own, in, out := ownAndOracle(t, profile)
			if _, err := own.openRTCP(spare(b)); err == nil {
				t.Fatal("a packet of nobody's is opened")
			}
			sealed, err := out.EncryptRTCP(nil, b, nil)
			if err != nil {
				t.Fatal(err)
			}
			sealed[int(at)%len(sealed)] ^= flip
			if _, ok := parseRTCP(sealed); !ok {
				continue
			}
			theirs, errTheirs := in.DecryptRTCP(nil, bytes.Clone(sealed), nil)
			ours, errOurs := own.openRTCP(spare(sealed))
			if (errTheirs == nil) != (errOurs == nil) || errOurs == nil && !bytes.Equal(ours, theirs) {
				t.Fatalf("%v: ours %v, pion's %v", profile, errOurs, errTheirs)
			}
		}
	})
}

func TestSRTCPAllocatesNothing(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	for _, profile := range allProfiles {
		own, _, _ := ownAndOracle(t, profile)
		b := rtcpOf(7, 60)
		if n := testing.AllocsPerRun(100, func() {
			sealed, err := own.sealRTCP(b[:68])
			if err == nil {
				_, err = own.openRTCP(sealed)
			}
			if err != nil {
				t.Fatal(err)
			}
			_, _ = own.openRTCP(b[:100]) // forged
		}); n != 0 {
			t.Errorf("%v: %v allocations", profile, n)
		}
	}
}
