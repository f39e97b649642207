package media

import "time"

// play decodes a packet that is in order and sends what becomes of it.
func (p *path) play(s *slot, now int64) {
	if s.format == formatNone || !p.decodes(s.format) {
		return
	}
	n := p.decoder.Duration(s.payload())
	if n <= 0 || n > maxDecoded {
		p.from.count.refused.Add(1)
		return
	}
	p.align(s.h.ts, now)
	n, err := p.decoder.Decode(p.decoded[:], s.payload())
	if err != nil {
		p.from.count.refused.Add(1)
		n = p.decoder.Conceal(p.decoded[:], n)
	}
	p.due = s.h.ts + scale(uint32(n), voiceRate, p.in.clock())
	p.dueSet = true
	p.gauge.note(&p.from.heardLevel, p.decoded[:n])
	p.add(p.decoded[:n], now)
}

// align compares a packet's timestamp with the one that is due. What lies
// between them, no packet being missing, is a pause.
func (p *path) align(ts uint32, now int64) {
	if !p.dueSet {
		return
	}
	ahead := p.samples(ts - p.due)
	const perMS = voiceRate / 1000
	switch {
	case ahead > int(longestPause/time.Millisecond)*perMS || ahead < -int(longestPause/time.Millisecond)*perMS:
		p.flush(0, now)
		p.skip = 0
		p.to.line.renew(p.origin) // another timestamp line: only the wall clock relates them
	case ahead > int(slack/time.Millisecond)*perMS:
		p.flush(ahead, now)
	}
}

// add puts decoded sound into frames and sends each that is full.
func (p *path) add(pcm []int16, now int64) {
	for len(pcm) > 0 {
		n := copy(p.pcm[p.filled:p.frame], pcm)
		pcm = pcm[n:]
		if p.filled += n; p.filled == p.frame {
			p.filled = 0
			p.send(now)
		}
	}
}

// flush ends the sound before a pause: a frame that is partly filled goes out
// with silence behind it, which counts towards the pause.
func (p *path) flush(pause int, now int64) {
	if p.filled > 0 {
		rest := p.frame - p.filled
		clear(p.pcm[p.filled:p.frame])
		p.filled = 0
		pause = max(0, pause-rest)
		p.send(now)
	}
	p.skip += uint32(pause)
}

// send encodes the frame and writes it.
func (p *path) send(now int64) {
	if !p.encodes() {
		return
	}
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
	clock := p.out.clock()
	span, skip := scale(uint32(p.frame), voiceRate, clock), scale(p.skip, voiceRate, clock)
	p.skip = 0
	if p.to.line.send(p.origin, b, span, skip, now) {
		p.to.write(b)
	}
}

// decodes makes sure that there is a decoder for f.
func (p *path) decodes(f format) bool {
	if p.decoder != nil && p.in == f {
		return true
	}
	p.from.engine.codecs.freeDecoder(p.decoder)
	p.decoder, p.in = nil, f
	p.dueSet = false
	d, err := p.from.engine.codecs.decoder(f, voiceRate)
	if err != nil {
		p.from.count.refused.Add(1)
		return false
	}
	p.decoder = d
	return true
}

// encodes makes sure that there is an encoder and that it knows of losses.
func (p *path) encodes() bool {
	if p.encoder == nil {
		e, err := p.from.engine.codecs.encoder(p.out, voiceRate)
		if err != nil {
			p.from.count.encodeErrors.Add(1)
			return false
		}
		p.encoder = e
	}
	if loss := p.to.loss.Load(); loss != p.loss {
		p.loss = loss
		p.encoder.SetLoss(int(loss))
	}
	return true
}

// release gives the codecs back.
func (p *path) release() {
	p.from.engine.codecs.freeDecoder(p.decoder)
	p.from.engine.codecs.freeEncoder(p.encoder)
	p.decoder, p.encoder = nil, nil
}

// discard drops codecs that a panic may have left in any state.
func (p *path) discard() { p.decoder, p.encoder = nil, nil }
