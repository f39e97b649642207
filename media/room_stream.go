package media

import "github.com/tandemgw/tandem/codecs"

// assumedLoss is the loss in percent that packets are made for that carry FEC: all
// listeners who lose any share them.
const assumedLoss = 10

// streamKey is what packets look like. Listeners with one key can get the same
// ones.
type streamKey struct {
	format format
	frame  int  // ms
	lossy  bool // they carry FEC
	wish   opusWish
}

// roomStream encodes a mix for one listener or for many. All streams of a room
// with frames of one length begin and end them together, so that a listener can
// go from one stream to another.
type roomStream struct {
	key     streamKey
	users   int // in this tick
	unused  int // ticks
	limiter limiter
	encoder codecs.Encoder
	rate    int // of encoder
	change  *codecs.Resampler
	wide    []int16 // 20 ms at the encoder's rate
	pcm     []int16 // a frame
	filled  int
	packets [2]encoded
	made    int // packets of this tick
}

// encoded is one payload.
type encoded struct {
	size int
	data [codecs.MaxPayload]byte
}

func (e *encoded) payload() []byte { return e.data[:e.size] }

// newStream returns a stream of a room at rate.
func newStream(e *engines, key streamKey, rate int) (*roomStream, error) {
	s := &roomStream{key: key, limiter: newLimiter(), rate: int(key.format.rate())}
	if key.format == formatOpus {
		s.rate = rate
	}
	enc, err := e.encoderFor(key.format, codecs.Rate(s.rate), key.wish)
	if err != nil {
		return nil, err
	}
	s.encoder = enc
	if s.change, err = codecs.NewResampler(codecs.Rate(rate), codecs.Rate(s.rate)); err != nil {
		return nil, err
	}
	s.wide = make([]int16, s.change.Size(rate/50))
	s.pcm = make([]int16, s.rate/1000*key.frame)
	s.tell()
	return s, nil
}

// tell says to the encoder what losses to expect.
func (s *roomStream) tell() {
	if s.key.lossy {
		s.encoder.SetLoss(assumedLoss)
		s.encoder.SetBitrate(s.key.wish.lossy(codecs.Rate(s.rate)))
	}
}

// begin makes the stream ready for a listener who has heard something else: like,
// another stream of the same key, or silence where it is nil. before is the mix
// of the last tick, and passed how much of a frame is over, in ms.
func (s *roomStream) begin(like *roomStream, before []int16, passed int) {
	s.encoder.Reset()
	s.tell()
	s.change.Reset()
	wide := s.wide[:s.change.Resample(s.wide, before)]
	s.filled = passed * s.rate / 1000
	clear(s.pcm[:s.filled])
	if like != nil && like.filled == s.filled {
		copy(s.pcm[:s.filled], like.pcm)
		if len(s.pcm)-s.filled >= len(wide) { // the end of the frame before is still there
			copy(wide, like.pcm[len(like.pcm)-len(wide):])
		}
	}
	// What the listener has just heard goes through the encoder once more, so that
	// it looks back, and predicts, from where the listener's decoder is.
	_, _ = s.encoder.Encode(s.packets[0].data[:], wide)
}

// add takes the next 20 ms at the room's rate and encodes each frame that is
// full. It reports whether all went well.
func (s *roomStream) add(pcm []int16) bool {
	s.made = 0
	wide := s.wide[:s.change.Resample(s.wide, pcm)]
	ok := true
	for len(wide) > 0 {
		n := copy(s.pcm[s.filled:], wide)
		wide = wide[n:]
		if s.filled += n; s.filled < len(s.pcm) {
			break
		}
		s.filled = 0
		p := &s.packets[s.made%len(s.packets)]
		size, err := s.encoder.Encode(p.data[:], s.pcm)
		if err != nil || size <= 0 {
			ok = false
			continue
		}
		p.size = size
		s.made = min(s.made+1, len(s.packets))
	}
	return ok
}

// release gives the encoder back.
func (s *roomStream) release(e *engines) {
	e.freeEncoder(s.encoder)
	s.encoder = nil
}
