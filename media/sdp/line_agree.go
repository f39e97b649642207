package sdp

import (
	"slices"
	"strconv"
	"strings"
)

// line returns what l says of a line, nil when it does not want it.
func (l *Local) line(kind string, number int) *LocalLine {
	for i := range l.Lines {
		if line := &l.Lines[i]; line.Kind == kind && line.Number == number {
			return line
		}
	}
	return nil
}

// answerLines answers the lines that are offered beside the sound with those of l.
// slots are marked with what lives then.
func answerLines(before *state, sound *Stream, l *Local, slots []slot) (lines []liveLine, agreed []StreamLine) {
	for i := range slots {
		slots[i].line = 0
	}
	for _, offered := range sound.Remote.Lines {
		own := l.line(offered.Kind, offered.Number)
		if own == nil {
			continue
		}
		line := liveLine{
			index: offered.Index, local: *own, muxed: offered.RTCPMux, streamID: offered.streamID,
			direction: own.Direction.Intersect(offered.Direction.Reverse()),
		}
		s := StreamLine{
			Kind: offered.Kind, Number: offered.Number, Index: offered.Index, Remote: offered,
			Direction: line.direction, RTCPMux: offered.RTCPMux,
		}
		if own.Orientation {
			line.orientation, s.Orientation = offered.Orientation, offered.Orientation
		}
		if offered.Kind == KindVideo {
			theirs, ours, ok := answerCodec(&offered, own)
			if !ok {
				continue
			}
			s.Send, s.Sends, s.Receive, line.codecs = theirs, []Codec{theirs}, []Codec{ours}, []Codec{ours}
			if sound.Remote.Profile == Plain && !s.answerSecurity(before, sound, l, &line) {
				continue
			}
		}
		slots[offered.Index].line = offered.Number + 1
		lines, agreed = append(lines, line), append(agreed, s)
	}
	return lines, agreed
}

// answerCodec returns the first of our formats that the offer has, as they and as
// we describe it.
func answerCodec(r *RemoteLine, own *LocalLine) (theirs, ours Codec, ok bool) {
	for _, c := range own.Codecs {
		i := c.find(r.Codecs)
		if i < 0 {
			continue
		}
		theirs = r.Codecs[i]
		theirs.Feedback &= own.Feedback
		if own.RTXSSRC == 0 {
			theirs.RTX = 0
		}
		ours = theirs
		ours.Params = answerParams(c, theirs)
		return theirs, ours, true
	}
	return Codec{}, Codec{}, false
}

// offerLines gives the lines of l their m-lines and their formats numbers.
func (out *outgoing) offerLines(l *Local, types payloadTypes, base *state) {
	before := out.slots
	out.slots = slices.Clone(before)
	for i := range out.slots {
		out.slots[i].line = 0
	}
	for _, own := range l.Lines {
		line := liveLine{index: out.place(&own, before), local: own, direction: own.Direction, muxed: out.profile == WebRTC}
		if line.index < 0 {
			continue
		}
		out.offerExtensions(&line, base)
		out.offerSecurity(l, base.line(own.Kind, own.Number), &line)
		for _, c := range own.Codecs {
			c = types.assign(Codec{Name: canonicalName(c.Name), Clock: c.Clock, Params: c.Params})
			types = types.with(c)
			if own.RTXSSRC != 0 && own.Feedback&NACK != 0 {
				rtx := types.assign(Codec{Name: nameRTX, Clock: c.Clock, Params: "apt=" + formatList([]Codec{c})})
				types = types.with(rtx)
				c.RTX = rtx.PayloadType
			}
			c.Feedback = own.Feedback
			line.codecs = append(line.codecs, c)
		}
		out.lines = append(out.lines, line)
	}
}

// place returns the index of the m-line that a line of ours has, reuses, or gets
// (RFC 3264 §8.1, §8.2); -1 when there is no room.
func (out *outgoing) place(own *LocalLine, before []slot) int {
	fresh := slot{kind: own.Kind, proto: own.Proto, formats: strings.Join(own.Formats, " "), line: own.Number + 1}
	if own.Kind == KindVideo {
		fresh.proto = protoPlain
		if out.profile == WebRTC {
			fresh.proto = protoWebRTC
		}
		if out.index >= 0 {
			fresh.proto = out.slots[out.index].proto
		}
	}
	for i, s := range before {
		if strings.EqualFold(s.kind, own.Kind) && s.line == own.Number+1 {
			out.slots[i].line = s.line
			if own.Kind == KindImage {
				out.slots[i].formats = fresh.formats
			}
			return i
		}
	}
	if out.profile == WebRTC {
		fresh.mid = freshMID(out.slots)
	}
	for i, s := range out.slots {
		if strings.EqualFold(s.kind, own.Kind) && s.line == 0 && before[i].line == 0 && i != out.index {
			out.slots[i] = fresh
			return i
		}
	}
	if len(out.slots) == MaxMedia {
		return -1
	}
	out.slots = append(out.slots, fresh)
	return len(out.slots) - 1
}

// freshMID returns a mid that no m-line has: one that is used again needs another
// (RFC 8829 §5.2.2).
func freshMID(slots []slot) string {
	for n := len(slots); ; n++ {
		mid := strconv.Itoa(n)
		if !slices.ContainsFunc(slots, func(s slot) bool { return s.mid == mid }) {
			return mid
		}
	}
}

// concludeLines returns what an answer agrees to of our lines, and the slots with
// what lives then.
func (out *outgoing) concludeLines(d *layout, sound *Stream, before *state) (agreed []StreamLine, slots []slot) {
	r := &sound.Remote
	slots = slices.Clone(out.slots)
	for i := range slots {
		slots[i].line = 0
	}
	for i := range out.lines {
		line := &out.lines[i]
		if line.index >= len(d.Media) || !d.active(line.index) {
			continue
		}
		theirs, ok := readLine(d, line.index, r, line.codecs)
		if !ok {
			continue
		}
		theirs.Number = line.local.Number
		r.Lines = append(r.Lines, theirs)
		s := StreamLine{
			Kind: line.local.Kind, Number: line.local.Number, Index: line.index, Remote: theirs,
			Direction: line.direction.Intersect(theirs.Direction.Reverse()), RTCPMux: theirs.RTCPMux && line.muxed,
		}
		if line.orientation == theirs.Orientation { // another number would be another extension
			s.Orientation = line.orientation
		}
		if s.Kind == KindVideo && (!s.concludeCodecs(line) || !s.concludeSecurity(before, sound, line)) {
			continue
		}
		slots[line.index].line = s.Number + 1
		agreed = append(agreed, s)
	}
	return agreed, slots
}

// concludeCodecs takes the formats that answer and offer have in common, and false
// where there is none.
func (s *StreamLine) concludeCodecs(line *liveLine) bool {
	var common []Codec
	for _, c := range s.Remote.Codecs {
		i := c.find(line.codecs)
		if i < 0 {
			continue
		}
		ours := line.codecs[i]
		c.Feedback &= ours.Feedback
		if ours.RTX == 0 || c.RTX == 0 {
			c.RTX, ours.RTX = 0, 0
		}
		ours.Feedback = c.Feedback
		if !slices.Contains(s.Receive, ours) {
			common, s.Receive = append(common, c), append(s.Receive, ours)
		}
	}
	if len(common) == 0 {
		return false
	}
	s.Send, s.Sends = common[0], common
	s.Receive = addAliases(s.Receive, common, nil)
	return true
}

// numbers returns codecs with the payload types of their retransmissions.
func numbers(codecs []Codec) []Codec {
	all := slices.Clone(codecs)
	for _, c := range codecs {
		if c.RTX != 0 {
			all = append(all, Codec{Name: nameRTX, Clock: c.Clock, Params: "apt=" + formatList([]Codec{c}), PayloadType: c.RTX})
		}
	}
	return all
}
