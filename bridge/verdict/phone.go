package verdict

import (
	"errors"
	"time"
)

// Phone is what the phone in a browser says of a call every few seconds, out of its
// getStats. Its JSON is what POST /api/v1/phone/stats takes. What it does not know it
// leaves out.
type Phone struct {
	// CallID is the SIP Call-ID of the phone's leg.
	CallID string `json:"callId"`
	// At is when we got it; what the phone writes is not read.
	At time.Time `json:"at,omitzero"`
	// Hears is the sound that the browser gets, Says what it sends.
	Hears PhoneSound `json:"hears"`
	Says  PhoneSound `json:"says"`
	// RoundTripMS is that of the pair of candidates.
	RoundTripMS float64 `json:"roundTripMs,omitempty"`
	// State is RTCPeerConnection.iceConnectionState, Pair the kinds of the pair's
	// candidates, "host-srflx", Protocol "udp" or "tcp".
	State    string `json:"state,omitempty"`
	Pair     string `json:"pair,omitempty"`
	Protocol string `json:"protocol,omitempty"`
	// Muted says that the user has muted himself.
	Muted bool `json:"muted,omitempty"`
	// Warnings are the names of what the phone has warned its user of.
	Warnings []string `json:"warnings,omitempty"`
}

// PhoneSound is one direction as the browser counts it.
type PhoneSound struct {
	Codec     string  `json:"codec,omitempty"` // "opus/48000"
	Packets   uint64  `json:"packets"`
	Lost      int64   `json:"lost,omitempty"`
	JitterMS  float64 `json:"jitterMs,omitempty"`
	LevelDBFS int     `json:"levelDbfs,omitempty"` // -127 to -1; 0 is unknown
	// ConcealedPercent is the share of the sound that was made up, BufferMS the
	// length of the jitter buffer; of Hears only.
	ConcealedPercent float64 `json:"concealedPercent,omitempty"`
	BufferMS         float64 `json:"bufferMs,omitempty"`
}

// Bounds of what a phone may say.
const (
	maxPhoneText     = 64
	maxPhoneCallID   = 256
	maxPhoneWarnings = 16
)

// Validate reports what a phone cannot mean: it comes from outside.
func (p *Phone) Validate() error {
	if p.CallID == "" || len(p.CallID) > maxPhoneCallID {
		return errors.New("callId is missing or too long")
	}
	if len(p.Warnings) > maxPhoneWarnings {
		return errors.New("too many warnings")
	}
	for _, s := range append([]string{p.State, p.Pair, p.Protocol, p.Hears.Codec, p.Says.Codec}, p.Warnings...) {
		if len(s) > maxPhoneText || !printable(s) {
			return errors.New("a text is too long or not printable")
		}
	}
	for _, s := range []*PhoneSound{&p.Hears, &p.Says} {
		if s.LevelDBFS > 0 || s.LevelDBFS < -127 || s.JitterMS < 0 || s.ConcealedPercent < 0 || s.ConcealedPercent > 100 || s.BufferMS < 0 {
			return errors.New("a number is out of its range")
		}
	}
	if p.RoundTripMS < 0 {
		return errors.New("roundTripMs is negative")
	}
	return nil
}

// printable says that a text is of visible ASCII and spaces.
func printable(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}
