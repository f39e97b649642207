package admin

import "github.com/tandemgw/tandem/bridge/verdict"

// CallDetail is one call in detail: as it stands, or as it was when it ended.
type CallDetail struct {
	Call
	// Quality has two rows for each leg: what we hear of it, and what it hears of us.
	Quality []Quality `json:"quality"`
	// Marks are the chips with what they say; Call.Chips has their names.
	Marks []verdict.Chip `json:"marks"`
}

// Quality is how one direction of a leg sounds. R and MOS are estimates.
type Quality struct {
	Leg   string `json:"leg"`
	Party string `json:"party"`
	// Direction is "in", from the party to us, or "out".
	Direction string `json:"direction"`
	Sound
	LossPercent float64 `json:"lossPercent"`
	RoundTripMS float64 `json:"roundTripMs,omitempty"`
	// Pair is ICE's pair, or the two ends of a telephone's media: "192.0.2.1:3478
	// 198.51.100.7:50122 udp". Keys and Profile are how it is encrypted.
	Pair    string `json:"pair,omitempty"`
	State   string `json:"state,omitempty"`
	Keys    string `json:"keys,omitempty"`
	Profile string `json:"profile,omitempty"`
	// ICEMS and DTLSMS are how long the pair and the keys took.
	ICEMS  float64 `json:"iceMs,omitempty"`
	DTLSMS float64 `json:"dtlsMs,omitempty"`
	// Estimate says that R and MOS come from the E-model (ITU-T G.107) and nobody has
	// listened.
	Estimate bool `json:"estimate,omitempty"`
	// Browser is what the browser says of the same direction: what it sends where
	// Direction is "in", what it hears where it is "out".
	Browser *verdict.PhoneSound `json:"browser,omitempty"`
	// BrowserRoundTripMS is its own round trip, Warnings what it has warned its user
	// of.
	BrowserRoundTripMS float64  `json:"browserRoundTripMs,omitempty"`
	Warnings           []string `json:"warnings,omitempty"`
}

// Checkup is what doctor has found.
type Checkup struct {
	OK      bool          `json:"ok"` // nothing failed
	Running bool          `json:"running"`
	Checks  []DoctorCheck `json:"checks"`
}

// DoctorCheck is one thing that doctor has looked at.
type DoctorCheck struct {
	Name   string `json:"name"`           // such as "rtp range"
	Status string `json:"status"`         // "ok", "warn" or "fail"
	Text   string `json:"text"`           // what was found
	Cure   string `json:"cure,omitempty"` // what to do; a command where there is one
}
