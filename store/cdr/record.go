package cdr

import (
	"time"

	"github.com/tandemgw/tandem"
)

// Direction is which way a call went through the gateway.
type Direction string

// The directions of calls.
const (
	Inbound  Direction = "inbound"  // from a trunk
	Outbound Direction = "outbound" // from a user to a trunk
	Internal Direction = "internal" // from a user to a user, or to the gateway itself
	Transit  Direction = "transit"  // from a trunk to a trunk
	Own      Direction = "own"      // made by the gateway itself
)

// Result is what a call came to.
type Result string

// The results of calls.
const (
	ResultAnswered Result = "answered"
	ResultBusy     Result = "busy"
	ResultNoAnswer Result = "no_answer"
	ResultCanceled Result = "canceled" // the caller gave up
	ResultFailed   Result = "failed"
)

// Results are all there are.
func Results() []Result {
	return []Result{ResultAnswered, ResultBusy, ResultNoAnswer, ResultCanceled, ResultFailed}
}

// Who ended a call, as Record.HangupBy says it.
const (
	ByCaller  = "caller"
	ByCallee  = "callee"
	ByGateway = "gateway"
)

// Record is one call as it is kept. Times are UTC with milliseconds, times of waiting
// are in milliseconds, and what is not known is left out.
type Record struct {
	CallID tandem.CallID `json:"call_id"`
	// ParentID is the call out of which this one came: whose party it was given.
	ParentID  tandem.CallID `json:"parent_id,omitempty"`
	Direction Direction     `json:"direction"`
	// FromUser or FromTrunk is as whose call it came; FromNumber and FromName are
	// what the caller showed.
	FromUser   string `json:"from_user,omitempty"`
	FromTrunk  string `json:"from_trunk,omitempty"`
	FromNumber string `json:"from_number,omitempty"`
	FromName   string `json:"from_name,omitempty"`
	// Diverted says by whom the call was sent on before it came here, as Diversion or
	// History-Info told it, the newest first.
	Diverted []Diversion `json:"diverted,omitempty"`
	// Dialed is as it was dialed, Normalized as the numbering block has it, in E.164.
	Dialed     string `json:"dialed"`
	Normalized string `json:"normalized,omitempty"`
	// To is who answered, or who was tried last, as a target: "user:202",
	// "trunk:alpha +442071234567". Trunk is its trunk.
	To       string    `json:"to,omitempty"`
	Trunk    string    `json:"trunk,omitempty"`
	Attempts []Attempt `json:"attempts,omitempty"`
	// RouteRow is the file and line of the row of the dialplan that took the call.
	RouteRow string    `json:"route_row,omitempty"`
	Start    time.Time `json:"start"`
	Answer   time.Time `json:"answer,omitzero"`
	End      time.Time `json:"end"`
	// Duration is from Start to End, BillSec from Answer to End, in whole seconds.
	Duration int64 `json:"duration"`
	BillSec  int64 `json:"billsec"`
	// PDDMS is the post-dial delay, from Start to the first sign of the far end;
	// RingMS how long it rang; SetupMS from Start to Answer; FirstMediaMS from Answer
	// until both parties were heard.
	RingMS       int64  `json:"ring_ms,omitempty"`
	PDDMS        int64  `json:"pdd_ms,omitempty"`
	SetupMS      int64  `json:"setup_ms,omitempty"`
	FirstMediaMS int64  `json:"first_media_ms,omitempty"`
	Result       Result `json:"result"`
	// HangupBy is who ended it: caller, callee or gateway.
	HangupBy string `json:"hangup_by"`
	// SIPCode is the status that the caller was refused with, 200 for a call that was
	// answered; Q850 the cause; Reason the cause in words.
	SIPCode int    `json:"sip_code,omitempty"`
	Q850    int    `json:"q850,omitempty"`
	Reason  string `json:"reason,omitempty"`
	// MOS is the worst that any party heard, 1 to 4.5, an estimate after the E-model.
	MOS  float64 `json:"mos,omitempty"`
	Legs []Leg   `json:"legs,omitempty"`
	// Recording is the file of sound.
	Recording string `json:"recording,omitempty"`
	// TransferOf is the leg that sent its party on.
	TransferOf string   `json:"transfer_of,omitempty"`
	Problems   []string `json:"problems,omitempty"`
}

// Diversion is one time that a call was sent on (RFC 5806 §4).
type Diversion struct {
	User   string `json:"user"`
	Host   string `json:"host,omitempty"`
	Reason string `json:"reason"` // such as "unconditional", "user-busy" or "no-answer"
	// Counter is how often it was sent on there in a row; left out for once.
	Counter int `json:"counter,omitempty"`
}

// Attempt is one branch that was called, or a target that could not be.
type Attempt struct {
	Target    string       `json:"target"`
	Leg       tandem.LegID `json:"leg,omitempty"`
	Transport string       `json:"transport,omitempty"`
	Start     time.Time    `json:"start"`
	RingMS    int64        `json:"ring_ms,omitempty"` // until it rang
	Answered  bool         `json:"answered,omitempty"`
	SIPCode   int          `json:"sip_code,omitempty"`
	Q850      int          `json:"q850,omitempty"`
	Reason    string       `json:"reason,omitempty"`
}

// Leg is one party of a call that had media. In is what it sent to us, and Out what we
// sent to it as far as its reports tell.
type Leg struct {
	ID        tandem.LegID `json:"id"`
	Side      string       `json:"side"` // "a" called us, "b" was called by us
	Party     string       `json:"party"`
	User      string       `json:"user,omitempty"`
	SIPCallID string       `json:"sip_call_id,omitempty"`
	Transport string       `json:"transport,omitempty"`
	Codec     string       `json:"codec,omitempty"`
	// ICE is the pair of addresses that media took at a browser, DTLS the SRTP profile
	// that it agreed on there, SDES the same where keys came in the description.
	ICE      string  `json:"ice,omitempty"`
	DTLS     string  `json:"dtls,omitempty"`
	SDES     string  `json:"sdes,omitempty"`
	MOSIn    float64 `json:"mos_in,omitempty"`
	MOSOut   float64 `json:"mos_out,omitempty"`
	Loss     float64 `json:"loss,omitempty"` // percent of what it sent
	JitterMS float64 `json:"jitter_ms,omitempty"`
	// RoundTripMS is to the far end and back.
	RoundTripMS float64 `json:"round_trip_ms,omitempty"`
	PacketsIn   uint64  `json:"packets_in"`
	PacketsOut  uint64  `json:"packets_out"`
	// OneWay says that one of the directions had no packet although the other had
	// many.
	OneWay bool `json:"one_way,omitempty"`
}
