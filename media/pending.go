package media

import "time"

type digitTone struct{}

func newDigitTone(ep *Endpoint, d Digit) *digitTone          { return nil }
func (t *digitTone) close()                                  {}
func (t *digitTone) step(owner any, now int64) time.Duration { return 0 }

// NewTone returns a tone by name: "ringback", "busy", "congestion", "dial",
// "info" in the way of a country ("gb", "us", "de", "fr"; "" is "gb"), or
// "test", a steady tone of 1 kHz. It lasts for length, 0 for ever. The error
// names a tone or country that is not known.
func NewTone(name, country string, length time.Duration) (Source, error) { return nil, nil }
