package sdp

import (
	"cmp"
	"net/netip"
	"strconv"
	"strings"
)

// slot is an m-line of a dialog: it keeps its place for the dialog's life,
// also with port 0 (RFC 3264 §8).
type slot struct {
	kind, proto, formats, mid string
	// line is 1 and more for a line beside the audio that lives: its number + 1.
	line int
}

// slotsOf returns the m-lines of a description.
func slotsOf(d *layout) []slot {
	slots := make([]slot, len(d.Media))
	for i := range d.Media {
		m := &d.Media[i]
		slots[i] = slot{kind: m.Kind, proto: m.Proto, formats: strings.Join(m.Formats, " "), mid: d.mids[i]}
	}
	return slots
}

// live is the content of the one m-line that is used.
type live struct {
	codecs    []Codec // voice, then telephone-event
	direction Direction
	ptime     int // ms, 0 unsaid
	maxPTime  int // the same
	muxed     bool
	extended  bool // a=rtcp-xr
	setup     Setup
	bundled   bool
	security  offeredSecurity // of a plain leg
	tlsID     string          // empty for none
}

// draft is a description of ours before it has its version.
type draft struct {
	local Local
	slots []slot
	index int   // of the live slot
	live  *live // nil when it is refused
	lines []liveLine
}

// text returns what follows the version in o=, which is all that is compared
// to find out whether the description changed (RFC 3264 §8).
func (d *draft) text() string {
	address := addressText(d.local.Address)
	var w writer
	w.WriteString(" " + address + "\r\n")
	w.line('s', "-")
	w.line('c', address)
	w.line('t', "0 0")
	if d.live != nil && d.live.bundled {
		w.attribute("group", "BUNDLE"+d.bundle())
	}
	if d.live != nil && d.local.Profile == WebRTC && d.local.ICE.Lite {
		w.attribute("ice-lite", "")
	}
	for i, s := range d.slots {
		if line := d.line(i); line != nil {
			d.writeLine(&w, s, line)
			continue
		}
		if d.live == nil || i != d.index {
			// A refused line keeps everything but its port (RFC 3264 §6).
			w.line('m', s.kind, " 0 ", s.proto, " ", cmp.Or(s.formats, "0"))
			if s.mid != "" {
				w.attribute("mid", s.mid)
			}
			continue
		}
		d.writeLive(&w, s)
	}
	return w.String()
}

func (d *draft) writeLive(w *writer, s slot) {
	l := d.live
	w.line('m', s.kind, " ", strconv.Itoa(int(d.local.Port)), " ", s.proto, " ", formatList(l.codecs))
	if port := d.local.RTCPPort; !l.muxed && port != 0 && port != d.local.Port+1 {
		w.attribute("rtcp", strconv.Itoa(int(port)))
	}
	if s.mid != "" {
		w.attribute("mid", s.mid)
	}
	if d.local.Profile == WebRTC && d.local.StreamID != "" {
		w.attribute("msid", d.local.StreamID+" audio")
	}
	w.attribute(l.direction.String(), "")
	if l.muxed {
		w.attribute("rtcp-mux", "")
	}
	for _, c := range l.codecs {
		number := strconv.Itoa(int(c.PayloadType))
		w.attribute("rtpmap", number+" "+c.rtpmap())
		if c.Params != "" {
			w.attribute("fmtp", number+" "+c.Params)
		}
	}
	if l.ptime != 0 {
		w.attribute("ptime", strconv.Itoa(l.ptime))
	}
	if l.maxPTime != 0 {
		w.attribute("maxptime", strconv.Itoa(l.maxPTime))
	}
	if d.local.Profile == WebRTC {
		d.writeTransport(w)
		return
	}
	if l.extended {
		w.attribute("rtcp-xr", extendedReports)
	}
	d.writeSecurity(w, &l.security, l.setup)
	if l.tlsID != "" && l.security.keying == DTLS {
		w.attribute("tls-id", l.tlsID)
	}
}

// extendedReports are the extended RTCP reports that a telephone may send us (RFC 3611
// §5): who measures the round trip without sending sound, and how it sounds.
const extendedReports = "rcvr-rtt=all voip-metrics"

// writeTransport writes ICE, DTLS and the source of a WebRTC m-line.
func (d *draft) writeTransport(w *writer) {
	ice := d.local.ICE
	w.attribute("ice-ufrag", ice.Ufrag)
	w.attribute("ice-pwd", ice.Pwd)
	if ice.Trickle {
		w.attribute("ice-options", "trickle")
	}
	w.attribute("fingerprint", d.local.Fingerprint)
	w.attribute("setup", d.live.setup.String())
	if d.local.SSRC != 0 {
		cname := cmp.Or(d.local.CNAME, d.local.StreamID, "-")
		w.attribute("ssrc", strconv.FormatUint(uint64(d.local.SSRC), 10)+" cname:"+cname)
	}
	for _, c := range ice.Candidates {
		w.attribute("candidate", c)
	}
	w.attribute("end-of-candidates", "")
}

func formatList(codecs []Codec) string {
	numbers := make([]string, len(codecs))
	for i, c := range codecs {
		numbers[i] = strconv.Itoa(int(c.PayloadType))
	}
	return strings.Join(numbers, " ")
}

// addressText returns an address as o= and c= write it.
func addressText(a netip.Addr) string {
	if a.Is4() {
		return "IN IP4 " + a.String()
	}
	return "IN IP6 " + a.String()
}
