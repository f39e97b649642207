package sdp

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
)

// liveLine is the content of a line beside the audio in a description of ours.
type liveLine struct {
	index     int
	local     LocalLine
	codecs    []Codec // ours, with payload types, feedback and retransmission
	direction Direction
	muxed     bool
	security  offeredSecurity // of a plain line of video
	setup     Setup           // with DTLS
	// The numbers of the header extensions; 0 without.
	streamID, orientation uint8
}

// line returns the line at a place, nil when none lives there.
func (d *draft) line(index int) *liveLine {
	for i := range d.lines {
		if d.lines[i].index == index {
			return &d.lines[i]
		}
	}
	return nil
}

// bundle returns the mids of what lives, in the order of the m-lines.
func (d *draft) bundle() (mids string) {
	for i, s := range d.slots {
		if i == d.index || d.line(i) != nil {
			mids += " " + s.mid
		}
	}
	return mids
}

func (d *draft) writeLine(w *writer, s slot, l *liveLine) {
	web := d.local.Profile == WebRTC
	port := l.local.Port
	if web {
		port = d.local.Port
	}
	list := formatList(formatsOf(l.codecs))
	if l.local.Kind == KindImage {
		list = s.formats
	}
	w.line('m', s.kind, " ", strconv.Itoa(int(port)), " ", s.proto, " ", list)
	if rtcp := l.local.RTCPPort; !web && !l.muxed && l.local.Kind == KindVideo && rtcp != 0 && rtcp != port+1 {
		w.attribute("rtcp", strconv.Itoa(int(rtcp)))
	}
	if s.mid != "" {
		w.attribute("mid", s.mid)
	}
	if l.local.Kind == KindImage {
		for _, a := range l.local.Attributes {
			w.line('a', a)
		}
		return
	}
	if web && d.local.StreamID != "" {
		w.attribute("msid", d.msid(l))
	}
	w.attribute(l.direction.String(), "")
	if l.muxed {
		w.attribute("rtcp-mux", "")
	}
	l.writeExtensions(w, web)
	l.writeFormats(w, web)
	if l.local.Content != "" {
		w.attribute("content", l.local.Content)
	}
	if web {
		d.writeLineTransport(w, l)
		return
	}
	d.writeSecurity(w, &l.security, l.setup)
}

// msid is the stream and track of a line: the first video belongs to the stream of
// the audio, a further one is a stream of its own (RFC 8830).
func (d *draft) msid(l *liveLine) string {
	if l.local.Number == 0 {
		return d.local.StreamID + " video"
	}
	n := strconv.Itoa(l.local.Number)
	return d.local.StreamID + n + " video" + n
}

// writeFormats writes the formats; to a telephone the feedback for all of them in
// one, since its offers go over UDP.
func (l *liveLine) writeFormats(w *writer, web bool) {
	other := func(c Codec) bool { return c.Feedback != l.codecs[0].Feedback }
	each := web || slices.ContainsFunc(l.codecs, other)
	for i, c := range l.codecs {
		number := strconv.Itoa(int(c.PayloadType))
		w.attribute("rtpmap", number+" "+c.String())
		about := number
		if !each {
			about = "*"
		}
		for _, f := range c.Feedback.names() {
			if each || i == 0 {
				w.attribute("rtcp-fb", about+" "+f)
			}
		}
		if c.Params != "" {
			w.attribute("fmtp", number+" "+c.Params)
		}
		if c.RTX != 0 {
			number := strconv.Itoa(int(c.RTX))
			w.attribute("rtpmap", number+" rtx/"+strconv.Itoa(c.Clock))
			w.attribute("fmtp", number+" apt="+strconv.Itoa(int(c.PayloadType)))
		}
	}
}

// writeLineTransport repeats the transport of the audio, which is also this
// line's, and names its sources.
func (d *draft) writeLineTransport(w *writer, l *liveLine) {
	w.attribute("ice-ufrag", d.local.ICE.Ufrag)
	w.attribute("ice-pwd", d.local.ICE.Pwd)
	w.attribute("fingerprint", d.local.Fingerprint)
	w.attribute("setup", d.live.setup.String())
	if l.index < d.index && !slices.ContainsFunc(d.lines, func(o liveLine) bool { return o.index < l.index }) {
		for _, c := range d.local.ICE.Candidates { // it is the tagged one (RFC 9143 §7.3.1)
			w.attribute("candidate", c)
		}
		w.attribute("end-of-candidates", "")
	}
	if l.local.SSRC == 0 {
		return
	}
	ssrc := strconv.FormatUint(uint64(l.local.SSRC), 10)
	cname := " cname:" + cmp.Or(d.local.CNAME, d.local.StreamID, "-")
	repeats := slices.ContainsFunc(l.codecs, func(c Codec) bool { return c.RTX != 0 })
	if !repeats || l.local.RTXSSRC == 0 {
		w.attribute("ssrc", ssrc+cname)
		return
	}
	rtx := strconv.FormatUint(uint64(l.local.RTXSSRC), 10)
	w.attribute("ssrc-group", "FID "+ssrc+" "+rtx)
	w.attribute("ssrc", ssrc+cname)
	w.attribute("ssrc", rtx+cname)
}

// formatsOf returns the formats of m=: each codec and, behind it, its repetition.
func formatsOf(codecs []Codec) []Codec {
	var all []Codec
	for _, c := range codecs {
		all = append(all, c)
		if c.RTX != 0 {
			all = append(all, Codec{PayloadType: c.RTX})
		}
	}
	return all
}

// checkLines refuses lines that cannot be written.
func (l *Local) checkLines() error {
	l.Lines = slices.Clone(l.Lines)
	for i := range l.Lines {
		line := &l.Lines[i]
		var err error
		if line.Crypto, err = checkedKeys(line.Crypto); err != nil {
			return err
		}
		switch {
		case line.Number < 0 || line.Number >= most(line.Kind):
			return fmt.Errorf("own description: %s line number %d", line.Kind, line.Number)
		case l.Profile == WebRTC && line.Kind == KindImage, l.Profile == Plain && line.Port == 0:
			return fmt.Errorf("own description: %s cannot be received at port %d", line.Kind, line.Port)
		case line.Kind == KindVideo && len(line.Codecs) == 0, len(line.Codecs) > maxVideoCodecs:
			return fmt.Errorf("own description: %d video formats", len(line.Codecs))
		case line.Kind == KindImage && (line.Proto == "" || len(line.Formats) == 0):
			return fmt.Errorf("own description: image without transport or format")
		}
	}
	return nil
}

// texts are what is written as it is.
func (l *LocalLine) texts() []string {
	texts := append([]string{l.Content, l.Proto}, l.Attributes...)
	texts = append(texts, l.Formats...)
	for _, c := range l.Codecs {
		texts = append(texts, c.Name, c.Params)
	}
	return texts
}
