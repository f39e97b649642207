package sdp

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// Remote is what the far description says about the one audio stream we use.
type Remote struct {
	// Index is the position of the m-line among all m-lines, from 0.
	Index int
	// MID is the value of a=mid, empty when there is none.
	MID string
	// Profile and Proto are the kind of transport and its spelling.
	Profile Profile
	Proto   string
	// Codecs are the voice codecs in the order written, known to us or not;
	// Events and ComfortNoise are telephone-event and CN at each clock.
	Codecs, Events, ComfortNoise []Codec
	// Direction is theirs, as they wrote it. A connection address of 0.0.0.0
	// or :: counts as not receiving (RFC 3264 §8.4).
	Direction Direction
	// Held says that they do not want to hear us: they hold the call.
	Held bool
	// Disabled says that the stream is switched off with port 0, which only
	// a later offer can do.
	Disabled bool
	// RTP and RTCP are where they receive. They are the zero AddrPort when
	// nothing can be sent there: hold by 0.0.0.0, port 0, or an address that
	// ICE will find (WebRTC with port 9 or 0.0.0.0). RTCP equals RTP when
	// RTCPMux is set.
	RTP, RTCP netip.AddrPort
	RTCPMux   bool
	// Hosts are what other addresses of the far end a plain description names, at
	// most four.
	Hosts []netip.Addr
	// ExtendedReports says that they know RTCP's extended reports (a=rtcp-xr, RFC
	// 3611 §5).
	ExtendedReports bool
	// PTime and MaxPTime are theirs, in ms, 0 when unsaid.
	PTime, MaxPTime int
	// Bandwidth is how much they want at most (b=), in bits a second without the
	// headers of packets; 0 when unsaid. VideoBandwidth is how much all lines of video
	// may have together, where b= is said of the whole session.
	Bandwidth, VideoBandwidth uint64

	// ICE is nil when the description has no ICE credentials.
	ICE *ICE
	// Fingerprints are the values of a=fingerprint with a lower-case hash
	// name and upper-case digits, e.g. "sha-256 AB:CD:...".
	Fingerprints []string
	// Setup is their a=setup, as written.
	Setup Setup
	// TLSID is a=tls-id, which names their association (RFC 8842 §5.1); empty for none.
	TLSID string
	// secured is what a plain description says of encryption.
	secured secured
	// SSRCs are the sources they announce (a=ssrc), each once.
	SSRCs []uint32

	// ICERestart says that the ICE credentials differ from those agreed
	// before (RFC 8839 §4.4.1.1): answer with new ones.
	ICERestart bool
	// NewFingerprint says that no fingerprint agreed before is still
	// offered: a new DTLS association (RFC 8842 §5.5).
	NewFingerprint bool
	// NewAssociation says that they have given their association another name: there is
	// to be a new one (RFC 8842 §4), whatever else stays.
	NewAssociation bool
	// Unchanged says that the description is the one agreed before, as
	// session timers send it.
	Unchanged bool

	// Lines are the lines beside the audio that can be used.
	Lines []RemoteLine
	// Others are the kinds of the m-lines that are offered but not used,
	// e.g. "video".
	Others []string
}

// reading is what readRemote needs to know besides the description.
type reading struct {
	answer  bool    // not an offer
	known   []Codec // payload types of our offer, for answers that do not repeat their meaning
	muxed   bool    // our offer had rtcp-mux
	profile Profile // of our offer
}

// readRemote returns what d says about its m-line number index, or why that
// line cannot be used.
func readRemote(d *layout, index int, rd reading) (*Remote, error) {
	m := &d.Media[index]
	r := &Remote{Index: index, MID: d.mids[index], Proto: m.Proto}
	levels := d.levels(index)
	f := readFormats(m, rd.known)
	r.Codecs, r.Events, r.ComfortNoise = f.voice, f.events, f.comfortNoise
	r.readDirection(levels)
	r.PTime, r.MaxPTime = readPTime(m, "ptime"), readPTime(m, "maxptime")
	r.readBandwidths(d, m)
	r.SSRCs = readSSRCs(m)
	for i := range d.Media {
		if i != index && d.active(i) {
			r.Others = append(r.Others, d.Media[i].Kind)
		}
	}
	if !rd.answer || rd.muxed {
		r.RTCPMux = has(levels, "rtcp-mux")
	}
	r.ExtendedReports = has(levels, "rtcp-xr")
	r.Fingerprints = readFingerprints(levels)
	if err := r.readProfile(m, levels); err != nil {
		return nil, err
	}
	if rd.answer && r.Profile != rd.profile {
		return nil, otherProfile(r, rd.profile, " is the answer to an offer of ")
	}
	if len(r.Fingerprints) > 0 {
		r.Setup, r.TLSID = readSetup(levels), readTLSID(levels)
	}
	if r.Profile == Plain {
		r.Hosts = readHosts(d, m)
	}
	return r, r.readAddresses(connectionOf(levels), m)
}

// readProfile finds out whether the m-line is plain or WebRTC media: SRTP with keys
// by DTLS over ICE. RTP/SAVPF with a fingerprint is how browsers wrote that before
// 2014, often with a=crypto beside it.
func (r *Remote) readProfile(m *Media, levels [][]Line) error {
	switch classifyProto(m.Proto) {
	case transportRTP:
	case transportSRTP, transportDTLS:
		if ice := readICE(levels); ice != nil && len(r.Fingerprints) > 0 {
			r.Profile, r.ICE = WebRTC, ice
			return nil
		}
	default:
		return refuse(WarnMediaType, "audio over "+clean(m.Proto)+" is not served, only RTP/AVP, RTP/SAVP and UDP/TLS/RTP/SAVP")
	}
	r.Profile = Plain
	var err error
	r.secured, err = readSecurity(m, levels, len(r.Fingerprints) > 0)
	return err
}

// readDirection takes the direction of the m-line, else that of the session.
func (r *Remote) readDirection(levels [][]Line) {
	for _, lines := range levels[:2] {
		if d, said := direction(lines); said {
			r.Direction = d
			return
		}
	}
}

// readAddresses finds where the far side receives, and checks that packets may
// go there.
func (r *Remote) readAddresses(c connection, m *Media) error {
	if r.Profile == WebRTC {
		return r.readICEAddress(c, m)
	}
	switch {
	case !c.said:
		return refuse(WarnOther, "the description has no connection address (c=)")
	case c.addr.IsUnspecified():
		// Hold as RFC 2543 did it, still understood by RFC 3264 §8.4.
		r.Direction = r.Direction.Intersect(SendOnly)
	case !c.addr.IsValid():
		return refuse(WarnOther, "the connection address "+clean(c.text)+" is not an IP address")
	case !canSendTo(c.addr):
		return refuse(WarnOther, "the connection address "+clean(c.text)+" is not a unicast address")
	case m.Port != 0:
		r.RTP = netip.AddrPortFrom(c.addr, m.Port)
		r.RTCP = rtcpAddr(m.Lines, r.RTP)
		if r.RTCPMux {
			r.RTCP = r.RTP
		}
	}
	r.Held = !r.Direction.Receives()
	return nil
}

// readICEAddress takes c= and m= as a hint only: ICE finds the address, and
// 0.0.0.0 with port 9 is how a browser writes that it has none yet.
func (r *Remote) readICEAddress(c connection, m *Media) error {
	r.Held = !r.Direction.Receives()
	if !r.RTCPMux {
		return refuse(WarnOther, "WebRTC media without a=rtcp-mux is not served; set rtcpMuxPolicy to require")
	}
	if canSendTo(c.addr) && m.Port != 0 && m.Port != 9 {
		r.RTP = netip.AddrPortFrom(c.addr, m.Port)
		r.RTCP = r.RTP
	}
	return nil
}

// readPTime returns a=ptime or a=maxptime in ms, 0 when unsaid or odd.
func readPTime(m *Media, name string) int {
	value, _ := attribute(m.Lines, name)
	whole, _, _ := strings.Cut(value, ".")
	n, err := strconv.Atoi(strings.TrimSpace(whole))
	if err != nil || n < 1 || n > 1000 {
		return 0
	}
	return n
}

// readSSRCs returns the sources announced by a=ssrc (RFC 5576 §4.1).
func readSSRCs(m *Media) []uint32 {
	var found []uint32
	for name, value := range attributes(m.Lines) {
		if name != "ssrc" || len(found) == maxSSRCs {
			continue
		}
		number, _, _ := strings.Cut(value, " ")
		ssrc, err := strconv.ParseUint(number, 10, 32)
		if err == nil && !slices.Contains(found, uint32(ssrc)) {
			found = append(found, uint32(ssrc))
		}
	}
	return found
}
