package sound

import (
	"math"
	"strings"
	"time"
)

// The tones of a DTMF key: one of a row and one of a column (ITU-T Q.23).
var (
	dtmfRows    = [4]float64{697, 770, 852, 941}     //nolint:gochecknoglobals // a table
	dtmfColumns = [4]float64{1209, 1336, 1477, 1633} //nolint:gochecknoglobals // a table
)

const dtmfKeys = "123A456B789C*0#D"

// Digits finds the DTMF digits in a recording: each stretch of 40 ms or more that
// holds one tone of a row and one of a column and little else.
func Digits(pcm []int16, rate int) string { return digits(pcm, rate, 40*time.Millisecond) }

// LongDigits finds those that last 70 ms or more.
func LongDigits(pcm []int16, rate int) string { return digits(pcm, rate, 70*time.Millisecond) }

func digits(pcm []int16, rate int, least time.Duration) string {
	size, hop := rate/50, rate/200 // 20 and 5 ms
	var out []byte
	last, n := byte(0), 0
	for i := 0; i+size <= len(pcm); i += hop {
		key := keyOf(pcm[i:i+size], rate)
		if key != last {
			last, n = key, 0
		}
		if n++; key != 0 && n == int((least-15*time.Millisecond)/(5*time.Millisecond)) { // 20 ms of window and 5 for each more
			out = append(out, key)
		}
	}
	return string(out)
}

// keyOf names the key of one window, 0 for none.
func keyOf(pcm []int16, rate int) byte {
	total := 0.0
	for _, v := range pcm {
		total += float64(v) * float64(v)
	}
	total /= float64(len(pcm)) * 32768 * 32768 / 2
	if total < 1e-4 { // 40 dB below full scale
		return 0
	}
	row, low := strongest(pcm, rate, dtmfRows)
	column, high := strongest(pcm, rate, dtmfColumns)
	if low+high < 0.8*total || low < high/8 || high < low/8 {
		return 0
	}
	return dtmfKeys[4*row+column]
}

func strongest(pcm []int16, rate int, of [4]float64) (int, float64) {
	at, best := 0, 0.0
	for i, f := range of {
		if p := tonePower(pcm, rate, f); p > best {
			at, best = i, p
		}
	}
	return at, best
}

// Keys returns the tones of keys, each as long as the silence after it, 6 dB below
// full scale together.
func Keys(keys string, rate int, each time.Duration) []int16 {
	n := int(int64(rate) * int64(each) / int64(time.Second))
	out := make([]int16, 0, 2*n*len(keys))
	for _, k := range keys {
		at := strings.IndexRune(dtmfKeys, k)
		low, high := 2*math.Pi*dtmfRows[at/4]/float64(rate), 2*math.Pi*dtmfColumns[at%4]/float64(rate)
		for i := range n {
			out = append(out, int16(8192*(math.Sin(low*float64(i))+math.Sin(high*float64(i)))))
		}
		out = append(out, make([]int16, n)...)
	}
	return out
}
