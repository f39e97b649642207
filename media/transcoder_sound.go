package media

import "github.com/tandemgw/tandem/codecs"

// play decodes a packet that is in order and sends what becomes of it.
func (p *path) play(s *slot, now int64) {
	switch {
	case s.format == formatComfort:
		p.comfort(s, now)
		return
	case s.format == formatNone:
		p.event = true
		return
	case !p.decodes(s.format):
		return
	}
	digit := p.event
	p.event = false
	n := p.decoder.Duration(s.payload())
	if n <= 0 || n > len(p.decoded) {
		p.from.count.refused.Add(1)
		return
	}
	past := p.align(s, digit, now)
	p.torn = false
	if past > 0 {
		p.openSeam()
	}
	n, err := p.decoder.Decode(p.decoded, s.payload())
	if err != nil {
		p.from.count.refused.Add(1)
		n = p.decoder.Conceal(p.decoded, n)
	}
	p.pace.note(s.h.ts, p.in.clock(), s.at)
	p.span, p.fec = n, 0
	if p.in == formatOpus {
		p.fec = p.samplesOf(codecs.OpusFEC(s.payload()))
	}
	p.gauge.note(&p.from.heardLevel, p.decoded[:n])
	if isPause(p.in, s.payload()) {
		p.pause.begin()
	} else {
		p.pause.end()
		p.pause.floor.Note(p.decoded[:n], p.rate)
	}
	if past >= n {
		p.made -= n // heard already, in other words
		p.pace.restart(s.h.ts, s.at)
		return
	}
	p.made = 0
	p.due, p.dueSet = s.h.ts+p.units(n), true
	p.add(p.decoded[past:n], now)
}

// align compares a packet's timestamp with the one that is due. What lies
// between them, no packet being missing, is a pause. It returns how many samples
// of the packet were made up before it came. digit says that what came before was a
// digit, which is no pause: the listener has got it in another way.
func (p *path) align(s *slot, digit bool, now int64) (past int) {
	if !p.dueSet {
		return 0
	}
	ahead := p.samples(s.h.ts - p.due)
	limit := p.samplesOf(longestPause)
	switch {
	case ahead > limit || ahead < -limit || p.pace.leaps(s.h.ts, s.at) || p.stoodStill(s, ahead):
		// Another timestamp line: only the wall clock relates them.
		p.flush(0, now)
		p.skip, p.made, p.pace.set, p.seam.open = 0, 0, false, false
		p.to.line.renew(p.origin)
	case ahead > p.samplesOf(slack) && digit:
		p.flush(ahead, now)
	case ahead > p.samplesOf(slack):
		p.pause.learned = p.pause.learned || !p.pause.said && !p.torn
		if ahead <= p.samplesOf(longestGap) {
			p.still(ahead, now) // the end of a pause, which was not made up yet
			return 0
		}
		p.flush(ahead, now)
	case ahead < 0 && -ahead <= p.made:
		return -ahead - p.unskip(-ahead)
	}
	return 0
}

// add puts sound into frames and sends each that is full.
func (p *path) add(pcm []int16, now int64) {
	p.seam.close(pcm)
	for len(pcm) > 0 {
		n := copy(p.pcm[p.filled:p.frame], pcm)
		pcm = pcm[n:]
		if p.filled += n; p.filled == p.frame {
			p.filled = 0
			p.send(now)
		}
	}
}

// flush ends the sound before a pause: a frame that is partly filled fades and goes out
// with silence behind it, which counts towards the pause.
func (p *path) flush(pause int, now int64) {
	if p.filled > 0 {
		rest := p.frame - p.filled
		fadeOut(p.pcm[max(0, p.filled-int(p.rate)/fadePart):p.filled])
		clear(p.pcm[p.filled:p.frame])
		p.filled = 0
		pause = max(0, pause-rest)
		p.send(now)
	}
	for range p.behind.frames(p.frame, pause) { // what was held back comes before the pause
		clear(p.pcm[:p.frame])
		p.send(now)
		pause -= p.frame
	}
	p.skip += uint32(pause)
}

// send encodes the frame and writes it.
func (p *path) send(now int64) {
	if !p.encodes() {
		return
	}
	p.behind.pass(p.pcm[:p.frame])
	p.to.follow(p.encoder)
	room := p.packet[headerSize : headerSize+slotSize]
	n, err := p.encoder.Encode(room, p.pcm[:p.frame])
	if err != nil {
		p.from.count.encodeErrors.Add(1)
	}
	if err != nil || n <= 0 { // 0: the encoder has nothing to say (DTX)
		p.skip += uint32(p.frame)
		return
	}
	b := p.packet[:headerSize+n]
	p.emit(b, scale(uint32(p.frame), uint32(p.rate), p.out.clock()), now)
	p.skip = 0
}

// emit gives a packet its header and writes it: span units of sound of the line,
// or, with none, comfort noise.
func (p *path) emit(b []byte, span uint32, now int64) (sent bool) {
	p.to.line.order.Lock()
	defer p.to.line.order.Unlock()
	if !p.to.line.send(p.origin, b, span, p.skipped(), now) {
		return false
	}
	switch {
	case span == 0:
		b[1] = p.pause.pt // without a marker: no talkspurt begins
	case p.pause.spurt:
		b[1] |= 0x80 // a talkspurt begins (RFC 3551 §4.1)
	}
	p.pause.spurt = span == 0
	p.to.remember(b, p.encoder)
	p.to.write(b, p.job.worker.out)
	return true
}

// decodes makes sure that there is a decoder for f.
func (p *path) decodes(f format) bool {
	if p.decoder != nil && p.in == f {
		return true
	}
	p.from.engine.codecs.freeDecoder(p.decoder)
	p.decoder, p.in = nil, f
	p.dueSet = false
	d, err := p.from.engine.codecs.decoder(f, p.rate)
	if err != nil {
		p.from.count.refused.Add(1)
		return false
	}
	p.decoder = d
	return true
}

// encodes makes sure that there is an encoder as the listener wants it now, and that
// it knows of losses and of the load.
func (p *path) encodes() bool {
	wish := p.to.terms.Load().wish(p.out)
	if p.encoder == nil || p.wish != wish {
		p.from.engine.codecs.freeEncoder(p.encoder)
		p.encoder = nil
		e, err := p.from.engine.codecs.encoderFor(p.out, p.rate, wish)
		if err != nil {
			p.from.count.encodeErrors.Add(1)
			return false
		}
		p.encoder, p.wish = e, wish
		p.steer.begin(p.rate, wish)
	}
	if p.out == formatOpus {
		p.steer.follow(p.encoder, p.to.loss.Load(), p.job.worker.effort())
	}
	return true
}

// release gives the codecs back.
func (p *path) release() {
	p.from.engine.codecs.freeDecoder(p.decoder)
	p.from.engine.codecs.freeEncoder(p.encoder)
	p.decoder, p.encoder = nil, nil
	p.cost.end(p)
}

// discard drops codecs that a panic may have left in any state.
func (p *path) discard() {
	p.decoder, p.encoder = nil, nil
	p.cost.end(p)
}
