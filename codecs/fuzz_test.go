package codecs

import (
	"slices"
	"testing"
)

// FuzzOpusDecoder decodes, recovers and conceals what nobody has encoded, with
// every engine and at every rate, right after something that was. What is well
// formed is decoded in full; nothing else gets to an engine.
func FuzzOpusDecoder(f *testing.F) {
	f.Add([]byte{})
	f.Add([]byte{8})
	f.Add([]byte{0xfc, 0xff, 0xfe})
	f.Add([]byte{9}) // two empty frames
	f.Add([]byte{11, 0x82, 0, 1})
	f.Add(slices.Repeat([]byte{0xff}, 200))
	for _, e := range engines() {
		for _, r := range allRates {
			sent := fecPackets(f, e, r, voice(r, int(r)/5), OpusConfig{})
			f.Add(sent[5])
			f.Add(merge(sent[:6]))
		}
		break
	}
	f.Add(stereoPackets(f)[3])
	f.Add(celtPackets(f, Rate48k)[3])

	first := make(map[Rate][][]byte)
	for _, r := range allRates {
		first[r] = fecPackets(f, gopusEngine(), r, voice(r, int(r)/10), OpusConfig{})
	}
	f.Fuzz(func(t *testing.T, packet []byte) {
		for name, e := range engines() {
			for _, r := range allRates {
				d := e.decoder(t, r)
				listen(t, d, first[r])
				decodeHostile(t, name, d, packet)
				listen(t, d, first[r])
			}
		}
	})
}

func decodeHostile(t *testing.T, name string, d Decoder, packet []byte) {
	t.Helper()
	dst := make([]int16, d.Rate().MaxFrame())
	want := d.Duration(packet)
	if fec := OpusFEC(packet); fec > OpusDuration(packet) {
		t.Errorf("%s at %d: FEC of %v in a packet of %v", name, d.Rate(), fec, OpusDuration(packet))
	}
	if n, err := d.Recover(dst, packet, d.Rate().Frame()); err == nil && n != d.Rate().Frame() {
		t.Errorf("%s at %d: Recover = %d", name, d.Rate(), n)
	} else if err != nil && want > 0 {
		t.Errorf("%s at %d: Recover from a well formed packet: %v", name, d.Rate(), err)
	}
	for range 2 {
		n, err := d.Decode(dst, packet)
		if n != want || (err == nil) != (want > 0) {
			t.Errorf("%s at %d: Decode = %d, %v, want %d samples", name, d.Rate(), n, err, want)
		}
	}
	if n := d.Conceal(dst, d.Rate().MaxFrame()); n != d.Rate().MaxFrame() {
		t.Errorf("%s at %d: Conceal = %d", name, d.Rate(), n)
	}
}

// TestDamagedPacketsDoNoHarm flips, cuts and stretches packets, the way that a
// network or somebody hostile does, on one Decoder per rate.
func TestDamagedPacketsDoNoHarm(t *testing.T) {
	eachEngine(t, func(t *testing.T, e engine) {
		for _, r := range allRates {
			sent := append(fecPackets(t, e, r, voice(r, int(r)/5), OpusConfig{}), stereoPackets(t)...)
			d := e.decoder(t, r)
			seed := uint32(1)
			random := func(n int) int {
				seed = seed*1664525 + 1013904223
				return int(seed>>8) % n
			}
			for range 150 {
				p := slices.Clone(sent[random(len(sent))])
				for range 1 + random(4) {
					switch i := random(len(p)); random(4) {
					case 0:
						p[i] ^= 1 << random(8)
					case 1:
						p[i] = byte(random(256))
					case 2:
						p = p[:i+1]
					default:
						p = append(p, byte(random(256)))
					}
				}
				decodeHostile(t, OpusEngine, d, p)
			}
			good := voice(r, int(r)/2)
			heard := listen(t, d, fecPackets(t, e, r, good, OpusConfig{}))
			if _, c := bestDelay(good, heard, int(r)/40); c < 0.9 {
				t.Errorf("%d: correlation %.3f of what comes afterwards", r, c)
			}
		}
	})
}
