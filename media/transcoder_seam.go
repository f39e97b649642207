package media

// seam is where sound that has come late meets what was made up in its place. What comes next
// does not follow from that: its beginning has been left out, and a decoder leads over from
// what it has made up to the beginning of the first packet that it gets, all of which may have been
// left out. So what was made up goes on a little below it and fades out.
type seam struct {
	pcm  []int16 // how what was made up would go on; 5 ms
	open bool    // and nothing has come behind it yet
}

// openSeam keeps how what was made up goes on, before a packet is decoded which is late.
func (p *path) openSeam() {
	if p.seam.open {
		return
	}
	p.seam.open = true
	clear(p.seam.pcm)
	switch {
	case !p.pauses():
		copy(p.seam.pcm, p.decoded[:p.decoder.Conceal(p.decoded, len(p.seam.pcm))])
	case !p.pause.listener:
		p.pause.noise.Frame(p.seam.pcm)
	}
}

// close lets what comes next grow out of that.
func (s *seam) close(pcm []int16) {
	if s.open && len(pcm) > 0 {
		n := min(len(pcm), len(s.pcm))
		crossfade(pcm[:n], s.pcm[:n], pcm[:n])
		s.open = false
	}
}
