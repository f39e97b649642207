package codecs

import (
	"fmt"
	"math"
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
	ToneWaiting    = "waiting"    // another call waits
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
	return []string{ToneRingback, ToneBusy, ToneCongestion, ToneDial, ToneInfo, ToneWaiting, ToneTest}
}

// NamedTone returns a tone by its name as it sounds in a country, an ISO 3166
// code in either case; "" is DefaultCountry. All of them go on for ever. "info"
// and "test" are the same everywhere. The error lists what there is.
func NamedTone(name, country string) (Spec, error) {
	if country == "" {
		country = DefaultCountry
	}
	country = strings.ToLower(country)
	tones, ok := nationalTones(country)
	if !ok {
		return Spec{}, fmt.Errorf("no tones of country %q, there are those of %s", country, strings.Join(ToneCountries(), ", "))
	}
	switch name {
	case ToneRingback:
		return tones.ringback, nil
	case ToneBusy:
		return tones.busy, nil
	case ToneCongestion:
		return tones.congestion, nil
	case ToneDial:
		return tones.dial, nil
	case ToneWaiting:
		return tones.waiting, nil
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
