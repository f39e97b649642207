//go:build otel

package spans

import (
	"go.opentelemetry.io/otel/attribute"

	"github.com/tandemgw/tandem"
	"github.com/tandemgw/tandem/media"
)

// causeOf is why something ended.
func causeOf(c tandem.Cause) []attribute.KeyValue {
	out := []attribute.KeyValue{attribute.String("tandem.cause", c.Words())}
	if c.Status != 0 {
		out = append(out, attribute.Int("sip.status_code", c.Status))
	}
	if c.Q850 != 0 {
		out = append(out, attribute.Int("q850.cause", c.Q850))
	}
	return out
}

// isFault says whether a call or a leg came to nothing by nobody's choice: busy, no
// answer, a hang-up and a number that there is not are choices.
func isFault(c tandem.Cause) bool {
	switch c.Status {
	case 0, 200, 404, 408, 410, 480, 484, 486, 487, 600, 603, 604:
		return false
	}
	return c.Status >= 400
}

// mediaOf is how the media of a leg has gone.
func mediaOf(s *media.Stats) []attribute.KeyValue {
	out := []attribute.KeyValue{
		attribute.String("media.chain", s.Chain), attribute.String("media.way", s.Way.State),
		attribute.Int64("media.received.packets", int64(s.Received.Packets)), attribute.Int64("media.received.lost", s.Received.Lost),
		attribute.Float64("media.received.jitter_ms", float64(s.Received.Jitter.Microseconds())/1000),
		attribute.Int64("media.sent.packets", int64(s.Sent.Packets)),
	}
	if s.Sent.Reported {
		out = append(out, attribute.Int64("media.sent.lost", s.Sent.Lost), attribute.Float64("media.sent.jitter_ms", float64(s.Sent.Jitter.Microseconds())/1000))
	}
	if s.Received.MOS > 0 {
		out = append(out, attribute.Float64("media.received.mos", s.Received.MOS))
	}
	if s.Sent.MOS > 0 {
		out = append(out, attribute.Float64("media.sent.mos", s.Sent.MOS))
	}
	if s.Way.ICETime > 0 {
		out = append(out, attribute.Float64("media.ice_ms", float64(s.Way.ICETime.Microseconds())/1000))
	}
	if s.Way.DTLSTime > 0 {
		out = append(out, attribute.Float64("media.dtls_ms", float64(s.Way.DTLSTime.Microseconds())/1000))
	}
	return out
}
