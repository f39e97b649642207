package sdp

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// Local is what one of our legs can do and where it is reached. It is written
// by media and leg and only read here.
type Local struct {
	Profile Profile
	// Address and Port are where RTP is received: c= and the port of m=.
	// With ICE they may be left out; then they come from the first candidate.
	Address netip.Addr
	Port    uint16
	// RTCPPort is where RTCP is received; 0 means Port+1, or Port when
	// rtcp-mux is agreed. It is written as a=rtcp only when it differs.
	RTCPPort uint16
	// Codecs are the voice codecs in order of preference, most wanted first.
	Codecs []Codec
	// Events says whether telephone-event is offered and answered, at the
	// clock of each codec.
	Events bool
	// Direction is what we want now. To hold is to want SendOnly or Inactive.
	Direction Direction
	// PTime is the packet time we want to receive, in ms. 0 is 20 and is
	// said only to a peer that says its own.
	PTime int
	// MaxPTime is the most sound a packet may have, in ms; 0 is not said.
	MaxPTime int
	// Comfort says whether comfort noise at 8000 (RFC 3389) is offered, and
	// answered where it is offered.
	Comfort bool

	// Lines are the lines beside the audio: what we would send and receive there.
	// An offered line without one of them is refused.
	Lines []LocalLine
	// NoAudio says that an offer switches the audio off, as one for fax does.
	NoAudio bool

	// TLSID begins our a=tls-id on Plain legs (RFC 8842 §5.1): 20 to 200 characters that
	// no other leg has; empty means that there is none.
	TLSID string
	// SSRC, CNAME and StreamID are written as a=ssrc and a=msid (WebRTC).
	SSRC            uint32
	CNAME, StreamID string
	// ICE is needed for WebRTC and ignored for Plain.
	ICE *ICE
	// Fingerprint is the value of a=fingerprint, e.g. "sha-256 AB:CD:...".
	Fingerprint string
	// Secure is what a plain leg does about encryption. SafeKeys says that the
	// description goes over an encrypted way, so that keys may stand in it. Crypto
	// are the keys of what we send, one a suite in order of preference; the same in
	// every description of a dialog. Fingerprint and Setup serve plain legs too.
	Secure   Secure
	SafeKeys bool
	Crypto   []Crypto
	// Setup is the DTLS role wanted in an answer, Active or Passive;
	// SetupNone means Active where the offer allows it. An offer that forces
	// the other role wins, and so does the role the dialog already has:
	// Stream.Setup says what came out. Offers always say ActPass.
	Setup Setup
}

// checked returns l ready to be written: the address filled in from the first
// candidate, codec names canonical and static payload types set. The error
// says what of l cannot be written; it is a mistake of ours, not of the peer.
func (l Local) checked() (Local, error) {
	if l.Profile == WebRTC {
		if l.ICE == nil || !isICEText(l.ICE.Ufrag) || !isICEText(l.ICE.Pwd) {
			return l, errors.New("own description: WebRTC needs ICE credentials")
		}
		if _, ok := parseFingerprint(l.Fingerprint); !ok {
			return l, errors.New("own description: WebRTC needs a certificate fingerprint")
		}
		if first, ok := candidateAddr(l.ICE.Candidates); ok && (!l.Address.IsValid() || l.Port == 0) {
			l.Address, l.Port = first.Addr(), first.Port()
		}
	}
	if !canSendTo(l.Address) || l.Port == 0 {
		return l, fmt.Errorf("own description: media cannot be received at %s port %d", l.Address, l.Port)
	}
	l.Address = l.Address.Unmap().WithZone("")
	if len(l.Codecs) == 0 || len(l.Codecs) > maxCodecs {
		return l, fmt.Errorf("own description: %d codecs", len(l.Codecs))
	}
	codecs := make([]Codec, 0, len(l.Codecs))
	for _, c := range l.Codecs {
		c.Name, c.Said = canonicalName(c.Name), 0 // what another far end said is nothing to this one
		if c.Name == "" || c.Clock <= 0 || c.PayloadType > 127 {
			return l, fmt.Errorf("own description: codec %q", c.String())
		}
		if pt, ok := staticType(c); ok && c.PayloadType == 0 {
			c.PayloadType = pt
		}
		if c.Name == NameOpus {
			c.Channels = 2
		}
		if !slices.ContainsFunc(codecs, c.Matches) {
			codecs = append(codecs, c)
		}
	}
	l.Codecs = codecs
	if err := l.checkKeys(); err != nil {
		return l, err
	}
	if err := l.checkLines(); err != nil {
		return l, err
	}
	return l, l.checkText()
}

// checkedKeys returns keys with their tags; the error says that no suite has one of
// them.
func checkedKeys(all []Crypto) ([]Crypto, error) {
	all = slices.Clone(all)
	for i, c := range all {
		if key, salt := c.Suite.KeyLen(); c.IsZero() || len(c.Key) != key+salt {
			return nil, fmt.Errorf("own description: key of suite %s", c.Suite)
		}
		if c.Tag == 0 {
			all[i].Tag = i + 1
		}
	}
	return all, nil
}

// checkKeys refuses keys that no suite has.
func (l *Local) checkKeys() error {
	var err error
	if l.Crypto, err = checkedKeys(l.Crypto); err != nil {
		return err
	}
	if _, ok := parseFingerprint(l.Fingerprint); l.Profile == Plain && l.Fingerprint != "" && !ok {
		return errors.New("own description: malformed certificate fingerprint")
	}
	return nil
}

// checkText refuses line ends in what is written as it is.
func (l *Local) checkText() error {
	texts := []string{l.CNAME, l.StreamID, l.Fingerprint, l.TLSID}
	if l.ICE != nil {
		texts = append(texts, l.ICE.Candidates...)
	}
	for _, c := range l.Codecs {
		texts = append(texts, c.Name, c.Params)
	}
	for i := range l.Lines {
		texts = append(texts, l.Lines[i].texts()...)
	}
	for _, t := range texts {
		if strings.ContainsAny(t, "\r\n\x00") {
			return fmt.Errorf("own description: line end in %q", t)
		}
	}
	return nil
}
