package codecs

import "testing"

// What begins a pause is said once, by a packet that holds no sound, as browsers do:
// without it a receiver takes what does not come for lost. Nothing is said again before
// there is something to hear.
func TestDTXSaysThatItPausesOnce(t *testing.T) {
	eachEngine(t, func(t *testing.T, e engine) {
		for _, r := range allRates {
			for _, ms := range []int{10, 20, 40, 60} {
				enc := e.encoder(t, OpusConfig{Rate: r, DTX: true})
				n, b := int(r)*ms/1000, make([]byte, MaxPayload)
				said, before, pauses := 0, false, 0
				for i := range 3000 / ms {
					pcm := make([]int16, n)
					if i*ms < 600 {
						pcm = voice(r, n)
					}
					size, err := enc.Encode(b, pcm)
					if err != nil {
						t.Fatal(err)
					}
					silent := size > 0 && size <= dtxPayload
					if silent {
						said++
						if OpusDuration(b[:size]) == 0 {
							t.Errorf("%d, %d ms: % x is no packet", r, ms, b[:size])
						}
					}
					if size <= dtxPayload && !before {
						pauses++
						if !silent {
							t.Errorf("%d, %d ms: a pause begins at %d ms without a word", r, ms, i*ms)
						}
					}
					before = size <= dtxPayload
				}
				if said != pauses || pauses < 3 {
					t.Errorf("%d, %d ms: said %d times that it pauses, in %d pauses", r, ms, said, pauses)
				}
			}
		}
	})
}
