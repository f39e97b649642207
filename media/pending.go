package media

import "time"

type (
	player struct {
		origin origin
		job    job
	}
	path        struct{}
	digitReader struct{}
	digitSender struct{}
	warnings    struct{}
	watch       struct{}
	keeper      struct{}
)

func newPlayer(ep *Endpoint, s Source, done func()) *player               { return &player{} }
func (p *player) stop()                                                   {}
func newPath(ep *Endpoint, r *route) *path                                { return &path{} }
func (p *path) stop()                                                     {}
func (p *path) push(h *header, f format, b []byte, at int64)              {}
func (d *digitReader) init(*Endpoint)                                     {}
func (d *digitReader) packet(h *header, clock uint32, b []byte, at int64) {}
func newDigitSender(ep *Endpoint) *digitSender                            { return &digitSender{} }
func (s *digitSender) close()                                             {}
func (ep *Endpoint) sendBye()                                             {}
func (k *keeper) start(*Engine)                                           {}
func (k *keeper) end()                                                    {}
func (r *reception) reports(b []byte, ssrc uint32, at int64) bool         { return true }

// SendDigit queues one digit out of this leg: as RFC 4733 where the far end has
// telephone-event, else as its tone. dur is brought into 40 ms to 5 s; 0 means
// 100 ms. The error is ErrClosed, or says that d is no digit, that 32 are queued
// or that nothing is agreed with the far end.
func (ep *Endpoint) SendDigit(d Digit, dur time.Duration) error { return nil }

// Stats returns how the media has gone so far.
func (ep *Endpoint) Stats() Stats { return Stats{} }

// NewTone returns a tone by name: "ringback", "busy", "congestion", "dial",
// "info" in the way of a country ("gb", "us", "de", "fr"; "" is "gb"), or
// "test", a steady tone of 1 kHz. It lasts for length, 0 for ever. The error
// names a tone or country that is not known.
func NewTone(name, country string, length time.Duration) (Source, error) { return nil, nil }

// Source returns the clip as something to play, from its beginning.
func (c *Clip) Source() Source { return nil }

// Length returns how long the clip lasts.
func (c *Clip) Length() time.Duration { return 0 }

// Sequence plays sources one after the other.
func Sequence(sources ...Source) Source { return nil }

// Silence returns length of silence.
func Silence(length time.Duration) Source { return nil }
