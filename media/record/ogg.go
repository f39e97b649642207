package record

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/tandemgw/tandem/codecs"
)

const (
	oggRate     = 48000                 // of granule positions, always (RFC 7845 §4)
	oggPreSkip  = 312                   // 6.5 ms: the encoder's look-ahead
	oggFrame    = 20 * time.Millisecond // of a packet
	oggPage     = 50                    // packets in a page: a second
	oggSegments = 200                   // lacing values after which a page is full; it holds 255
)

// oggFile writes Ogg Opus (RFC 7845). Two channels are two mono streams in each
// packet, not a pair that is coded together: the sides of a call have nothing in
// common, and none may be heard in the other (§5.1.1.2, mapping family 1 with a
// coupled count of 0).
type oggFile struct {
	f        File
	channels int
	frame    int // samples a channel
	rate     int
	encoders [2]codecs.Encoder

	pending []int16 // less than a frame
	mono    []int16
	packet  []byte
	one     [codecs.MaxPayload]byte
	samples int64 // a channel, taken so far
	granule int64 // of the last packet that is in the page

	serial  uint32
	number  uint32 // of the page
	sizes   []byte // segment table of the page
	body    []byte
	packets int
	page    []byte
}

func newOgg(f File, o Options) (*oggFile, error) {
	w := &oggFile{f: f, channels: o.Channels, rate: int(o.Rate), frame: o.Rate.Samples(oggFrame), serial: rand.Uint32()}
	for i := range o.Channels {
		e, err := codecs.NewOpusEncoder(codecs.OpusConfig{Rate: o.Rate, NoFEC: true})
		if err != nil {
			return nil, fmt.Errorf("record as Opus: %w", err)
		}
		w.encoders[i] = e
	}
	w.mono = make([]int16, w.frame)
	return w, nil
}

// begin implements container: the identification and the comment header, each on
// a page of its own (§3).
func (w *oggFile) begin() error {
	le := binary.LittleEndian
	head := append([]byte("OpusHead"), 1, byte(w.channels))
	head = le.AppendUint16(head, oggPreSkip)
	head = le.AppendUint32(head, uint32(w.rate))
	head = le.AppendUint16(head, 0) // gain
	if w.channels == 2 {
		head = append(head, 1, 2, 0, 0, 1)
	} else {
		head = append(head, 0)
	}
	if err := w.alone(head, 2); err != nil {
		return err
	}
	const vendor = "tandem"
	tags := le.AppendUint32([]byte("OpusTags"), uint32(len(vendor)))
	tags = append(tags, vendor...)
	return w.alone(le.AppendUint32(tags, 0), 0)
}

// alone writes a page with one packet.
func (w *oggFile) alone(packet []byte, flags byte) error {
	w.add(packet)
	return w.flush(flags)
}

// write implements container.
func (w *oggFile) write(pcm []int16) error {
	w.pending = append(w.pending, pcm...)
	whole := w.frame * w.channels
	for len(w.pending) >= whole {
		if err := w.encode(w.pending[:whole]); err != nil {
			return err
		}
		w.pending = w.pending[:copy(w.pending, w.pending[whole:])]
	}
	return nil
}

// encode adds a packet of one frame.
func (w *oggFile) encode(pcm []int16) error {
	w.packet = w.packet[:0]
	for c := range w.channels {
		for i := range w.mono {
			w.mono[i] = pcm[i*w.channels+c]
		}
		n, err := w.encoders[c].Encode(w.one[:], w.mono)
		if err != nil {
			return fmt.Errorf("encode: %w", err)
		}
		w.append(w.one[:n], c+1 < w.channels)
	}
	w.samples += int64(w.frame)
	w.granule = w.samples * oggRate / int64(w.rate)
	w.add(w.packet)
	if w.packets >= oggPage || len(w.sizes) > oggSegments {
		return w.flush(0)
	}
	return nil
}

// append adds a stream's packet to that of all; every one but the last says how
// long it is (RFC 6716 appendix B). One frame of 20 ms is what the encoder gives;
// where it is something else, or nothing, the frame is empty, which a decoder
// conceals.
func (w *oggFile) append(b []byte, delimited bool) {
	if len(b) == 0 || b[0]&3 != 0 {
		b = []byte{1 << 3} // SILK, narrow, 20 ms, one frame
	}
	w.packet = append(w.packet, b[0])
	if n := len(b) - 1; delimited {
		if n < 252 {
			w.packet = append(w.packet, byte(n))
		} else {
			low := 252 + n%4
			w.packet = append(w.packet, byte(low), byte((n-low)/4))
		}
	}
	w.packet = append(w.packet, b[1:]...)
}

// add puts a packet into the page (RFC 3533 §6): lacing values, then its octets.
func (w *oggFile) add(packet []byte) {
	n := len(packet)
	for ; n >= 255; n -= 255 {
		w.sizes = append(w.sizes, 255)
	}
	w.sizes = append(w.sizes, byte(n))
	w.body = append(w.body, packet...)
	w.packets++
}

// flush writes the page.
func (w *oggFile) flush(flags byte) error {
	le := binary.LittleEndian
	b := append(w.page[:0], "OggS"...)
	b = append(b, 0, flags)
	b = le.AppendUint64(b, uint64(w.granule))
	b = le.AppendUint32(b, w.serial)
	b = le.AppendUint32(b, w.number)
	b = le.AppendUint32(b, 0) // checksum, below
	b = append(b, byte(len(w.sizes)))
	b = append(b, w.sizes...)
	b = append(b, w.body...)
	le.PutUint32(b[22:], oggChecksum(b))
	w.page = b
	w.number++
	w.sizes, w.body, w.packets = w.sizes[:0], w.body[:0], 0
	if _, err := w.f.Write(b); err != nil {
		return fmt.Errorf("page %d: %w", w.number-1, err)
	}
	return nil
}

// patch implements container: every page that was written can be read.
func (w *oggFile) patch() error { return nil }

// end implements container: a last frame filled up with silence, and enough of
// it to push what the encoder holds back out; the granule position of the last
// page says what counts (RFC 7845 §4.4).
func (w *oggFile) end() error {
	total := w.samples + int64(len(w.pending)/w.channels)
	for w.samples*oggRate/int64(w.rate) < total*oggRate/int64(w.rate)+oggPreSkip {
		w.pending = append(w.pending, make([]int16, w.frame*w.channels-len(w.pending))...)
		if err := w.encode(w.pending); err != nil {
			return err
		}
		w.pending = w.pending[:0]
	}
	w.granule = total*oggRate/int64(w.rate) + oggPreSkip
	return w.flush(4)
}

// oggChecksum is the CRC of RFC 3533 §6: polynomial 0x04c11db7, nothing
// reflected, nothing inverted.
func oggChecksum(parts ...[]byte) uint32 {
	var crc uint32
	for _, b := range parts {
		for _, c := range b {
			crc = crc<<8 ^ oggTable[byte(crc>>24)^c]
		}
	}
	return crc
}

// oggTable never changes.
var oggTable = func() (t [256]uint32) {
	for i := range t {
		r := uint32(i) << 24
		for range 8 {
			if r&0x80000000 != 0 {
				r = r<<1 ^ 0x04c11db7
			} else {
				r <<= 1
			}
		}
		t[i] = r
	}
	return t
}()
