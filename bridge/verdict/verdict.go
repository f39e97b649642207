package verdict

// Verdict is what is to be said of a call. It is also what the API answers with, so
// that its JSON names do not change.
type Verdict struct {
	Call string `json:"call"`
	// State is "ringing", "talking", "ended" or "failed": it ended before anybody
	// answered.
	State string `json:"state"`
	// Fault is the fault by its name, as the constants below; empty where none was
	// found. Sentence says it, or that all is well, in one sentence; Cure is what to do.
	Fault    Fault  `json:"fault,omitempty"`
	Sentence string `json:"sentence"`
	Cure     string `json:"cure,omitempty"`
	// Howto is the name of the page that helps further, without ".md".
	Howto string `json:"howto,omitempty"`
	// Directions are from the caller to whom it talks with, and back. The gateway
	// itself is a party where there is no other. Empty while nobody is connected.
	Directions []Direction `json:"directions"`
	// Chips are for lists: what is not as it should be, the worst first.
	Chips []Chip `json:"chips"`
}

// Direction is the sound on its way from one party to the other.
type Direction struct {
	From string `json:"from"`
	To   string `json:"to"`
	Hops []Hop  `json:"hops"`
	// Broken is the index of the first broken hop, -1 for none.
	Broken   int    `json:"broken"`
	Fault    Fault  `json:"fault,omitempty"`
	Sentence string `json:"sentence"`
	Cure     string `json:"cure,omitempty"`
	Howto    string `json:"howto,omitempty"`
}

// Hop is one step of the way.
type Hop struct {
	// Name is one of the constants below.
	Name string `json:"name"`
	// OK says that the hop is whole; State says more: "ok", "broken" or "unknown".
	OK    bool   `json:"ok"`
	State string `json:"state"`
	// Evidence is what shows it.
	Evidence string `json:"evidence"`
}

// The hops, in the order in which sound takes them.
const (
	HopOffered   = "address offered"
	HopHold      = "on hold" // there only while somebody holds
	HopAgreed    = "agreed"
	HopICE       = "ICE pair"
	HopDTLS      = "DTLS"
	HopArrived   = "first packet"
	HopDecrypted = "decrypted"
	HopPayload   = "payload known"
	HopLevel     = "level"
	HopDecoded   = "decoded"
	HopSent      = "sent"
	HopReceived  = "RTCP says received"
)

// The states of a hop.
const (
	stateOK      = "ok"
	stateBroken  = "broken"
	stateUnknown = "unknown"
)

// Fault is a fault by its name.
type Fault string

// The faults.
const (
	// FaultPublicAddress: far ends are told to send to an address that does not lead
	// here.
	FaultPublicAddress Fault = "public-address"
	// FaultBlocked: no packet of a leg's comes through although the address is right.
	FaultBlocked Fault = "rtp-blocked"
	// FaultICE: a browser's connectivity checks (STUN) do not come through.
	FaultICE Fault = "ice"
	// FaultDTLS: keys were not agreed.
	FaultDTLS Fault = "dtls"
	// FaultPrivateAddress: a far end elsewhere named, or was named, a private address.
	FaultPrivateAddress Fault = "private-address"
	// FaultDirection: a far end said that it only sends, only listens, or neither.
	FaultDirection Fault = "direction"
	// FaultCodec: no codec in common, or packets of a kind that was not agreed.
	FaultCodec Fault = "codec"
	// FaultKeys: what came could not be decrypted.
	FaultKeys Fault = "decrypt"
	// FaultHold: somebody holds the other; nothing is wrong.
	FaultHold Fault = "hold"
	// FaultSilence: packets come, and there is no sound in them.
	FaultSilence Fault = "silence"
	// FaultLoss: much is lost on the way.
	FaultLoss Fault = "loss"
	// FaultNotHeard: what we send does not reach the far end, by its own reports.
	FaultNotHeard Fault = "not-received"
	// FaultRefused: somebody who was called refused the call.
	FaultRefused Fault = "refused"
	// FaultCredentials: a carrier does not take our account.
	FaultCredentials Fault = "credentials"
	// FaultCertificate: a certificate is expired, not of that name, or of nobody known.
	FaultCertificate Fault = "certificate"
	// FaultUnreachable: nobody answers where the call was sent to.
	FaultUnreachable Fault = "unreachable"
	// FaultOffline: who was called has no device that is registered.
	FaultOffline Fault = "offline"
	// FaultRoute: the dialplan has no place for the number, or refuses it.
	FaultRoute Fault = "route"
	// FaultALG: a router on the way writes other addresses into SIP.
	FaultALG Fault = "sip-alg"
)

// Chip is a mark for lists.
type Chip struct {
	Name  string `json:"name"`
	Text  string `json:"text"`
	Howto string `json:"howto"` // name of the page that helps, without ".md"
}

// The chips.
const (
	ChipNoRTP     = "no-rtp"     // nothing came from anybody
	ChipOneWay    = "one-way"    // one party is not heard
	ChipNAT       = "nat"        // a private address from a public source
	ChipCodec     = "codec"      // none in common, or packets that were not agreed
	ChipLowMOS    = "low-mos"    // estimated below 3.5
	ChipSlowSetup = "slow-setup" // more than 3 s before anything rang
	ChipShort     = "short"      // talked less than 5 s
)

// ChipNames are all of them, the worst first.
func ChipNames() []string {
	return []string{ChipNoRTP, ChipOneWay, ChipCodec, ChipNAT, ChipLowMOS, ChipSlowSetup, ChipShort}
}

// Names are the names of the chips.
func (v *Verdict) Names() []string {
	var all []string
	for _, c := range v.Chips {
		all = append(all, c.Name)
	}
	return all
}
