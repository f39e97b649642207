package codecs

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
)

// The names of tones (ITU-T E.180, RFC 4733 §3.2 for their kinds).
const (
	ToneRingback   = "ringback"   // the far end rings
	ToneBusy       = "busy"       // the far end talks
	ToneCongestion = "congestion" // the call found no way
	ToneDial       = "dial"       // ready for digits
	ToneInfo       = "info"       // special information: an announcement follows
	ToneTest       = "test"       // a steady sine of 1 kHz
)

// DefaultCountry is the country whose tones are heard where none is named.
const DefaultCountry = "gb"

// Levels of tones in dBm0. ITU-T E.180 §5 recommends -10 and allows -15 to -5,
// all sines of a tone together; headphones want the lower half.
const (
	progressLevel = -13
	testLevel     = -10
)

// ToneNames returns the names that NamedTone knows, in the order for messages.
func ToneNames() []string {
	return []string{ToneRingback, ToneBusy, ToneCongestion, ToneDial, ToneInfo, ToneTest}
}

// ToneCountries returns the countries that NamedTone knows, by their ISO 3166
// codes, sorted.
func ToneCountries() []string {
	return []string{"ca", "ch", "de", "es", "fr", "gb", "it", "nl", "us"}
}

// NamedTone returns a tone by its name as it sounds in a country, an ISO 3166
// code in either case; "" is DefaultCountry. All of them go on for ever. "info"
// and "test" are the same everywhere. The error lists what there is.
func NamedTone(name, country string) (Spec, error) {
	if country == "" {
		country = DefaultCountry
	}
	country = strings.ToLower(country)
	if !slices.Contains(ToneCountries(), country) {
		return Spec{}, fmt.Errorf("no tones of country %q, there are those of %s", country, strings.Join(ToneCountries(), ", "))
	}
	tones := nationalTones(country)
	switch name {
	case ToneRingback:
		return tones.ringback, nil
	case ToneBusy:
		return tones.busy, nil
	case ToneCongestion:
		return tones.congestion, nil
	case ToneDial:
		return tones.dial, nil
	case ToneInfo:
		return infoTone(), nil
	case ToneTest:
		return SineTone(1000, testLevel, 0), nil
	}
	return Spec{}, fmt.Errorf("no tone %q, there are %s", name, strings.Join(ToneNames(), ", "))
}

// SineTone returns one sine of hz, at level in dBm0, that lasts for length; 0 is
// for ever.
func SineTone(hz, level float64, length time.Duration) Spec {
	return Spec{Steps: []Step{{Length: length, Sines: [2]Sine{{hz, level}}}}, Times: 1}
}

// national are the tones in which countries differ.
type national struct{ ringback, busy, congestion, dial Spec }

// nationalTones returns the tones of one of ToneCountries (ITU-T E.180
// Supplement 2). Times are in ms, sound and silence in turn.
func nationalTones(country string) national {
	switch country {
	case "gb":
		return national{
			ringback:   cadence(hz(400, 450), 400, 200, 400, 2000),
			busy:       cadence(hz(400), 375, 375),
			congestion: cadence(hz(400), 400, 350, 225, 525),
			dial:       cadence(hz(350, 440), 0),
		}
	case "us", "ca":
		return national{
			ringback:   cadence(hz(440, 480), 2000, 4000),
			busy:       cadence(hz(480, 620), 500, 500),
			congestion: cadence(hz(480, 620), 250, 250),
			dial:       cadence(hz(350, 440), 0),
		}
	case "fr":
		return national{
			ringback:   cadence(hz(440), 1500, 3500),
			busy:       cadence(hz(440), 500, 500),
			congestion: cadence(hz(440), 250, 250),
			dial:       cadence(hz(440), 0),
		}
	}
	tones := national{ // as in most of Europe
		ringback:   cadence(hz(425), 1000, 4000),
		busy:       cadence(hz(425), 500, 500),
		congestion: cadence(hz(425), 250, 250),
		dial:       cadence(hz(425), 0),
	}
	switch country {
	case "de":
		tones.busy = cadence(hz(425), 480, 480)
		tones.congestion = cadence(hz(425), 240, 240)
	case "ch":
		tones.congestion = cadence(hz(425), 200, 200)
	case "it":
		tones.congestion = cadence(hz(425), 200, 200)
		tones.dial = cadence(hz(425), 200, 200, 600, 1000)
	case "es":
		tones.ringback = cadence(hz(425), 1500, 3000)
		tones.busy = cadence(hz(425), 200, 200)
		tones.congestion = cadence(hz(425), 200, 200, 200, 200, 200, 600)
	}
	return tones
}

// infoTone is the special information tone (ITU-T E.180 §7): three rising notes,
// then a second of silence.
func infoTone() Spec {
	const note = 330 * time.Millisecond
	return Spec{Steps: []Step{
		{Length: note, Sines: hz(950)},
		{Length: note, Sines: hz(1400)},
		{Length: note, Sines: hz(1800)},
		{Length: time.Second},
	}}
}

// hz returns one or two sines that are progressLevel together.
func hz(fs ...float64) (sines [2]Sine) {
	level := progressLevel - 10*math.Log10(float64(len(fs)))
	for i, f := range fs {
		sines[i] = Sine{f, level}
	}
	return sines
}

// cadence returns sines that sound and are silent in turn, each for so many ms.
func cadence(sines [2]Sine, ms ...int) Spec {
	var s Spec
	for i, n := range ms {
		step := Step{Length: time.Duration(n) * time.Millisecond}
		if i%2 == 0 {
			step.Sines = sines
		}
		s.Steps = append(s.Steps, step)
	}
	return s
}
