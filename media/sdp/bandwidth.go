package sdp

import (
	"strconv"
	"strings"
)

// bandwidth is b= of an m-line or of the session, in bits a second; 0 where it is unsaid.
//
//	b=TIAS  without any headers of packets (RFC 3890 §6.2)
//	b=AS    with those of IP, UDP and RTP, and RTCP (RFC 8866 §5.8)
//	b=CT    the same, of the whole session
type bandwidth struct{ bare, all uint64 }

func readBandwidth(lines []Line) (b bandwidth) {
	for _, line := range lines {
		kind, value, _ := strings.Cut(line.Value, ":")
		n, err := strconv.ParseUint(strings.TrimSpace(value), 10, 32)
		switch {
		case line.Type != 'b' || err != nil:
		case strings.EqualFold(kind, "TIAS"):
			b.bare = n
		case strings.EqualFold(kind, "AS"):
			b.all = n * 1000
		}
	}
	return b
}

// headersOf is what the headers of one stream's packets take: 50 of 40 octets a second, as
// RFC 8829 §5.9 has it for sound and pictures alike.
const headersOf = 50 * 40 * 8

// payload is what is left for the payload of so many streams: b=TIAS, which is exact, before
// b=AS, of which a twentieth is RTCP's (RFC 8829 §5.9). 0 is no bound: neither is said, or
// not even the headers fit, so that it is not meant.
func (b bandwidth) payload(streams uint64) uint64 {
	if b.bare != 0 {
		return b.bare
	}
	most := b.all / 20 * 19
	if most <= streams*headersOf {
		return 0
	}
	return most - streams*headersOf
}

// soundAssumed is what sound has of the whole where nothing is said of it: that of G.711,
// in bits a second.
const soundAssumed = 64_000

// leastVideo is what lines of video have at least of the whole: less is no picture.
const leastVideo = 30_000

// readBandwidths takes b= of the sound and of the whole session, which is a bound on each
// of its streams and on all of them together (RFC 8866 §5.8).
func (r *Remote) readBandwidths(d *layout, sound *Media) {
	r.Bandwidth = readBandwidth(sound.Lines).payload(1)
	whole := readBandwidth(d.Lines)
	if whole.bare == 0 && whole.all == 0 {
		for _, line := range d.Lines {
			if kind, value, _ := strings.Cut(line.Value, ":"); line.Type == 'b' && strings.EqualFold(kind, "CT") {
				n, _ := strconv.ParseUint(strings.TrimSpace(value), 10, 32)
				whole.all = n * 1000
			}
		}
	}
	if most := whole.payload(1); most != 0 && (r.Bandwidth == 0 || most < r.Bandwidth) {
		r.Bandwidth = most
	}
	videos := uint64(0)
	for i := range d.Media {
		if strings.EqualFold(d.Media[i].Kind, KindVideo) && d.active(i) {
			videos++
		}
	}
	if videos == 0 || whole.bare == 0 && whole.all == 0 {
		return
	}
	taken := uint64(soundAssumed)
	if r.Bandwidth != 0 {
		taken = min(taken, r.Bandwidth)
	}
	most := whole.payload(1 + videos)
	r.VideoBandwidth = max(most, taken+leastVideo) - taken
}
