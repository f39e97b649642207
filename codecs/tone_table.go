package codecs

import "math"

// burst is one part of a cadence: up to two sines, or silence.
type burst struct {
	ms       int // how long; 0 never ends
	partials [2]partial
}

// partial is one sine of a burst; no amplitude means none.
type partial struct {
	hz   float64
	peak float64 // of 32767
}

// Levels, in dBm0. ITU-T E.180 §5 has -10 with -15 and -5 as limits; tones that
// come unasked keep to the quiet side of it, for they are heard on headphones.
const (
	progressLevel = -13.0
	testLevel     = -10.0
	dtmfLowLevel  = -10.0
	dtmfHighLevel = -8.0 // long lines take more of the high group (ITU-T Q.23)
)

// dBm0 returns the peak of a sine of that level: the loudest sine that µ-law
// holds peaks at 32124 and is +3.17 dBm0 (ITU-T G.711 §5).
func dBm0(level float64) float64 { return 32124 * math.Pow(10, (level-3.17)/20) }

// sound is a burst of one frequency or of two, which then share the level.
func sound(ms int, hz ...float64) burst {
	b := burst{ms: ms}
	peak := dBm0(progressLevel) / math.Sqrt(float64(len(hz)))
	for i, f := range hz {
		b.partials[i] = partial{f, peak}
	}
	return b
}

func silence(ms int) burst { return burst{ms: ms} }

// cadences are the tones in which countries differ.
type cadences struct{ ringback, busy, congestion, dial []burst }

// cadencesOf returns those of a country, by its ISO 3166 code in lower case
// (ITU-T E.180 Supplement 2, "Various tones used in national networks").
func cadencesOf(country string) (cadences, bool) {
	switch country {
	case "gb":
		return cadences{
			ringback:   []burst{sound(400, 400, 450), silence(200), sound(400, 400, 450), silence(2000)},
			busy:       []burst{sound(375, 400), silence(375)},
			congestion: []burst{sound(400, 400), silence(350), sound(225, 400), silence(525)},
			dial:       []burst{sound(0, 350, 440)},
		}, true
	case "us":
		return cadences{
			ringback:   []burst{sound(2000, 440, 480), silence(4000)},
			busy:       []burst{sound(500, 480, 620), silence(500)},
			congestion: []burst{sound(250, 480, 620), silence(250)},
			dial:       []burst{sound(0, 350, 440)},
		}, true
	case "de":
		return cadences{
			ringback:   []burst{sound(1000, 425), silence(4000)},
			busy:       []burst{sound(480, 425), silence(480)},
			congestion: []burst{sound(240, 425), silence(240)},
			dial:       []burst{sound(0, 425)},
		}, true
	case "fr":
		return cadences{
			ringback:   []burst{sound(1500, 440), silence(3500)},
			busy:       []burst{sound(500, 440), silence(500)},
			congestion: []burst{sound(250, 440), silence(250)},
			dial:       []burst{sound(0, 440)},
		}, true
	}
	return cadences{}, false
}

// infoTone is the special information tone, the same in every country (ITU-T
// E.180 §7): three rising notes, then a second of silence.
func infoTone() []burst {
	return []burst{sound(330, 950), sound(330, 1400), sound(330, 1800), silence(1000)}
}

func testTone() []burst {
	return []burst{{partials: [2]partial{{1000, dBm0(testLevel)}}}}
}

// dtmfTone returns the pair of an event of RFC 4733 §3.2: 0 to 9, then star,
// hash, A to D (ITU-T Q.23).
//
//	       1209  1336  1477  1633 Hz
//	697 Hz    1     2     3     A
//	770 Hz    4     5     6     B
//	852 Hz    7     8     9     C
//	941 Hz    *     0     #     D
func dtmfTone(event uint8) ([]burst, bool) {
	if int(event) >= len(dtmfKeys) {
		return nil, false
	}
	key := dtmfKeys[event]
	low := [4]float64{697, 770, 852, 941}[key/4]
	high := [4]float64{1209, 1336, 1477, 1633}[key%4]
	return []burst{{partials: [2]partial{{low, dBm0(dtmfLowLevel)}, {high, dBm0(dtmfHighLevel)}}}}, true
}

// dtmfKeys holds the place of each event on the keypad above, row by row.
const dtmfKeys = "\x0d\x00\x01\x02\x04\x05\x06\x08\x09\x0a\x0c\x0e\x03\x07\x0b\x0f"
