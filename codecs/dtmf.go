package codecs

import (
	"fmt"
	"strings"
	"time"
)

// DTMFLevels says how loud the two sines of a digit are, in dBm0. The zero value
// is DefaultDTMFLevels.
type DTMFLevels struct{ Low, High float64 }

// DefaultDTMFLevels returns -8 and -6 dBm0: lines take more of the high group,
// so it starts 2 dB above the low one (ITU-T Q.23, Q.24).
func DefaultDTMFLevels() DTMFLevels { return DTMFLevels{Low: -8, High: -6} }

// dtmfDigits has the digit of each event of RFC 4733 §3.2 at its code.
const dtmfDigits = "0123456789*#ABCD"

// dtmfKeypad has the digits row by row, as they are on the keypad.
const dtmfKeypad = "123A456B789C*0#D"

// DTMF returns the tone of a digit by its event code of RFC 4733 §3.2: 0 to 9,
// then star, hash, A to D, so 0 to 15; the error is about any other. It lasts
// for length, 0 is for ever; receivers want 40 ms of it and as much silence
// (ITU-T Q.24).
//
//	       1209  1336  1477  1633 Hz   ITU-T Q.23
//	697 Hz    1     2     3     A
//	770 Hz    4     5     6     B
//	852 Hz    7     8     9     C
//	941 Hz    *     0     #     D
func DTMF(event uint8, length time.Duration, levels DTMFLevels) (Spec, error) {
	if int(event) >= len(dtmfDigits) {
		return Spec{}, fmt.Errorf("event %d is no DTMF digit", event)
	}
	if levels == (DTMFLevels{}) {
		levels = DefaultDTMFLevels()
	}
	key := strings.IndexByte(dtmfKeypad, dtmfDigits[event])
	return Spec{Times: 1, Steps: []Step{{Length: length, Sines: [2]Sine{
		{[4]float64{697, 770, 852, 941}[key/4], levels.Low},
		{[4]float64{1209, 1336, 1477, 1633}[key%4], levels.High},
	}}}}, nil
}
