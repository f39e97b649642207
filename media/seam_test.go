package media

import (
	"fmt"
	"math"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tandemgw/tandem/codecs"
	"github.com/tandemgw/tandem/media/transport"
)

// Sound that comes so late that some of it was made up meanwhile goes on without a click: a
// sine is nowhere steeper than a sine.
func TestLateSoundDoesNotClick(t *testing.T) {
	for _, from := range []party{phoneParty(), wideParty(), browserParty()} {
		for _, ms := range []int{10, 20, 30, 60} {
			for _, hz := range []float64{180, 440} {
				for _, stall := range []time.Duration{70, 110, 200, 300} {
					if ms == 30 && from.format == formatOpus {
						continue // no frame of Opus
					}
					stall *= time.Millisecond
					t.Run(fmt.Sprintf("%v of %d ms, %v Hz, %v late", from.format, ms, hz, stall), func(t *testing.T) {
						inBubble(t, from.paced(ms), linearParty().paced(20), func(t *testing.T, a, b *testLeg) {
							stalled(t, a, from, hz, ms, stall)
							pcm := decodeWide(t, linearDecoder(t), payloads(b.wire.packets()))
							pcm = pcm[8000 : 3*16000]
							steepest := 8000 * 2 * math.Sin(math.Pi*hz/16000)
							for i := 1; i < len(pcm); i++ {
								if step := math.Abs(float64(pcm[i]) - float64(pcm[i-1])); step > 1.6*steepest {
									t.Fatalf("a step of %.0f after %v, the sine has %.0f", step, codecs.Rate16k.Duration(8000+i), steepest)
								}
							}
						})
					})
				}
			}
		}
	}
}

// stalled sends a sine for 3.5 s, with two stalls in which nothing comes, and then all at once.
func stalled(t *testing.T, l *testLeg, p party, hz float64, frame int, stall time.Duration) {
	t.Helper()
	enc, err := l.engine.codecs.encoder(p.format, p.rate)
	if err != nil {
		t.Fatal(err)
	}
	pcm, payload := make([]int16, int(p.rate)/1000*frame), make([]byte, slotSize)
	began := time.Now()
	for i := range 3500 / frame {
		for k := range pcm {
			pcm[k] = sineAt(hz, 8000, i*len(pcm)+k, int(p.rate))
		}
		n, err := enc.Encode(payload, pcm)
		if err != nil {
			t.Fatal(err)
		}
		due := time.Duration(i*frame) * time.Millisecond
		for _, from := range []time.Duration{1000, 2000} {
			if from *= time.Millisecond; due >= from && due < from+stall {
				due = from + stall
				break
			}
		}
		time.Sleep(due - time.Since(began))
		l.talk(p.pt, payload[:n], p.format.clock()/1000*uint32(frame), transport.Now())
	}
	synctest.Wait()
}

func linearDecoder(t *testing.T) codecs.Decoder {
	t.Helper()
	d, err := codecs.NewL16Decoder(codecs.Rate16k)
	if err != nil {
		t.Fatal(err)
	}
	return d
}
