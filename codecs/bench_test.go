package codecs

import (
	"fmt"
	"testing"
)

// Each operation is 20 ms of one direction.

func BenchmarkOpusToPCMU(b *testing.B) {
	for name, e := range engines() {
		b.Run(name, func(b *testing.B) {
			d := e.decoder(b, Rate8k)
			sent := packets(b, e.encoder(b, OpusConfig{Rate: Rate48k}), voice(Rate48k, 48000), 960)
			pcm, out := make([]int16, Rate8k.MaxFrame()), make([]byte, Rate8k.MaxFrame())
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				n, err := d.Decode(pcm, sent[i%len(sent)])
				if err != nil {
					b.Fatal(err)
				}
				EncodeULaw(out, pcm[:n])
			}
		})
	}
}

func BenchmarkPCMUToOpus(b *testing.B) {
	for name, e := range engines() {
		for _, loss := range []int{0, 10} {
			b.Run(fmt.Sprintf("%s/loss=%d", name, loss), func(b *testing.B) {
				enc, d := e.encoder(b, OpusConfig{Rate: Rate8k}), NewULawDecoder()
				enc.SetLoss(loss)
				in := make([]byte, 8000)
				EncodeULaw(in, voice(Rate8k, 8000))
				pcm, out := make([]int16, Rate8k.MaxFrame()), make([]byte, MaxPayload)
				b.ReportAllocs()
				for i := 0; b.Loop(); i++ {
					at := i % 50 * 160
					n, err := d.Decode(pcm, in[at:at+160])
					if err != nil {
						b.Fatal(err)
					}
					if _, err := enc.Encode(out, pcm[:n]); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

func BenchmarkOpusConceal(b *testing.B) {
	for name, e := range engines() {
		b.Run(name, func(b *testing.B) {
			d := e.decoder(b, Rate8k)
			sent := packets(b, e.encoder(b, OpusConfig{Rate: Rate8k}), voice(Rate8k, 8000), 160)
			pcm := make([]int16, Rate8k.MaxFrame())
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				_, _ = d.Decode(pcm, sent[i%len(sent)])
				d.Conceal(pcm, 160)
			}
		})
	}
}

func BenchmarkG711(b *testing.B) {
	pcm, payload := voice(Rate8k, 160), make([]byte, 160)
	b.Run("encode", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			EncodeULaw(payload, pcm)
		}
	})
	b.Run("decode", func(b *testing.B) {
		d, dst := NewULawDecoder(), make([]int16, Rate8k.MaxFrame())
		b.ReportAllocs()
		for b.Loop() {
			_, _ = d.Decode(dst, payload)
		}
	})
	b.Run("conceal", func(b *testing.B) {
		d, dst := NewULawDecoder(), make([]int16, Rate8k.MaxFrame())
		b.ReportAllocs()
		for b.Loop() {
			_, _ = d.Decode(dst, payload)
			d.Conceal(dst, 160)
		}
	})
	b.Run("law to law", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			ULawToALaw(payload)
		}
	})
}

func BenchmarkTone(b *testing.B) {
	for _, r := range allRates {
		b.Run(fmt.Sprint(int(r)), func(b *testing.B) {
			s, err := NamedTone(ToneDial, "")
			if err != nil {
				b.Fatal(err)
			}
			tone, err := NewTone(r, s)
			if err != nil {
				b.Fatal(err)
			}
			pcm := make([]int16, r.Frame())
			b.ReportAllocs()
			for b.Loop() {
				tone.Frame(pcm)
			}
		})
	}
}

func BenchmarkG722(b *testing.B) {
	pcm, payload, dst := voice(Rate16k, 320), make([]byte, 160), make([]int16, Rate16k.MaxFrame())
	b.Run("encode", func(b *testing.B) {
		e := NewG722Encoder()
		b.ReportAllocs()
		for b.Loop() {
			_, _ = e.Encode(payload, pcm)
		}
	})
	b.Run("decode", func(b *testing.B) {
		d := NewG722Decoder()
		b.ReportAllocs()
		for b.Loop() {
			_, _ = d.Decode(dst, payload)
		}
	})
}

func BenchmarkResample(b *testing.B) {
	for _, from := range allRates {
		for _, to := range allRates {
			if from == to {
				continue
			}
			b.Run(fmt.Sprintf("%d to %d", from, to), func(b *testing.B) {
				r, err := NewResampler(from, to)
				if err != nil {
					b.Fatal(err)
				}
				pcm := voice(from, from.Frame())
				dst := make([]int16, r.Size(len(pcm)))
				b.ReportAllocs()
				for b.Loop() {
					r.Resample(dst, pcm)
				}
			})
		}
	}
}
