package codecs

import "testing"

func TestG711AllocatesNothing(t *testing.T) {
	pcm := voice(Rate8k, 160)
	b := make([]byte, 160)
	out := make([]int16, 960)
	d, e := NewULawDecoder(), NewALawEncoder()
	wantNoAllocs(t, "Encode", func() { _, _ = e.Encode(b, pcm) })
	wantNoAllocs(t, "Decode", func() { _, _ = d.Decode(out, b) })
	wantNoAllocs(t, "Conceal and back", func() {
		d.Conceal(out, 160)
		_, _ = d.Recover(out, b, 160)
		_, _ = d.Decode(out, b)
	})
	wantNoAllocs(t, "law to law", func() { ULawToALaw(b); ALawToULaw(b) })
	wantNoAllocs(t, "Duration", func() { d.Duration(b); OpusDuration(b) })
}

func wantNoAllocs(t *testing.T, what string, f func()) {
	t.Helper()
	wantAllocs(t, what, 0, f)
}

// TestOpusAllocatesNothing holds at steady state: gopus makes what it needs for a
// mode or a frame length when it first meets it. Where there is loss, gopus does
// allocate, for FEC in what it encodes and for each packet that is lost; how
// often is held here, so that it does not get worse unseen.
func TestOpusAllocatesNothing(t *testing.T) {
	eachEngine(t, func(t *testing.T, e engine) {
		for _, r := range allRates {
			sent := fecPackets(t, e, r, voice(r, int(r)/2), OpusConfig{})
			dst := make([]int16, r.MaxFrame())
			enc, d := e.encoder(t, OpusConfig{Rate: r}), e.decoder(t, r)
			encode := encodeOver(enc, voice(r, int(r)/2))
			i := 0
			decode := func() {
				_, _ = d.Decode(dst, sent[i%len(sent)])
				i++
			}
			lose := func() {
				_, _ = d.Recover(dst, sent[i%len(sent)], r.Frame())
				d.Conceal(dst, 2*r.Frame())
				decode()
			}
			for range 30 {
				encode()
				lose()
			}
			wantNoAllocs(t, "Encode", encode)
			wantNoAllocs(t, "Decode", decode)
			wantNoAllocs(t, "SetLoss", func() { enc.SetLoss(i % 20); i++ })
			wantNoAllocs(t, "Reset", func() { enc.Reset(); d.Reset() })
			enc.SetLoss(10)
			for range 30 {
				encode()
			}
			wantAllocs(t, "Encode with FEC", e.allocsFEC, encode)
			wantAllocs(t, "Recover and Conceal", e.allocsLoss, lose)
		}
	})
}

// encodeOver returns a function that encodes one frame of pcm after the other,
// round and round.
func encodeOver(e Encoder, pcm []int16) func() {
	b, n, at := make([]byte, MaxPayload), e.Rate().Frame(), 0
	return func() {
		if at+n > len(pcm) {
			at = 0
		}
		_, _ = e.Encode(b, pcm[at:at+n])
		at += n
	}
}

func wantAllocs(t *testing.T, what string, most float64, f func()) {
	t.Helper()
	if n := testing.AllocsPerRun(50, f); n > most {
		t.Errorf("%s allocates %v times a frame, want %v at most", what, n, most)
	}
}
