package api

import (
	"context"
	"net/http"
	"time"

	"github.com/tandemgw/tandem"
	"github.com/tandemgw/tandem/bridge"
)

// LegOf is a question about a leg of a call.
type LegOf struct {
	ID  string `path:"id" maxLength:"256" doc:"of the call"`
	Leg string `path:"leg" maxLength:"256" doc:"of the leg"`
}

func (l LegOf) call() tandem.CallID { return tandem.CallID(l.ID) }
func (l LegOf) leg() tandem.LegID   { return tandem.LegID(l.Leg) }

// legOrAll is the leg, empty where both are meant.
func (l LegOf) legOrAll() tandem.LegID {
	if l.Leg == "all" {
		return ""
	}
	return l.leg()
}

// Origination is a call that the gateway makes by itself: it rings From, and once that
// has answered, sends it where the dialplan sends a call to To.
type Origination struct {
	From           string `json:"from" minLength:"1" maxLength:"256" doc:"whom to ring: user:201, trunk:alpha/NUMBER or a sip: URI"`
	To             string `json:"to" minLength:"1" maxLength:"256" doc:"what is dialed then"`
	As             string `json:"as,omitempty" maxLength:"256" doc:"as whose call that is: user:NAME or trunk:NAME; the user who is rung where it is left out"`
	Caller         string `json:"caller,omitempty" maxLength:"128" doc:"the number that To is shown"`
	CallerName     string `json:"callerName,omitempty" maxLength:"128"`
	TimeoutSeconds int    `json:"timeoutSeconds,omitempty" minimum:"0" maximum:"600" doc:"how long From may ring"`
	AutoAnswer     bool   `json:"autoAnswer,omitempty" doc:"ask the telephone of From to answer by itself"`
}

// Made is a call that was made.
type Made struct {
	ID string `json:"id"`
}

// operatorRoutes are what somebody may do to a call.
func (a *API) operatorRoutes() {
	o := a.config.Sources.Operator
	if o == nil {
		return
	}
	add(a, route{method: http.MethodPost, path: "/calls", id: "make-call", tag: "calls", summary: "Call somebody, and send him through the dialplan", role: Operator, status: http.StatusCreated, errors: []int{400, 404, 409}},
		func(ctx context.Context, in *struct{ Body Origination }) (*body[Made], error) {
			b := in.Body
			more := bridge.Origination{As: b.As, Timeout: time.Duration(b.TimeoutSeconds) * time.Second, AutoAnswer: b.AutoAnswer}
			if b.Caller != "" {
				more.Caller = tandem.Address{User: b.Caller, Name: b.CallerName}
			}
			id, err := o.Originate(ctx, b.From, b.To, more)
			if err != nil {
				return nil, err
			}
			return answer(Made{string(id)})
		})
	leg := func(act, summary string) route {
		return route{method: http.MethodPost, path: "/calls/{id}/legs/{leg}/" + act, id: act + "-leg", tag: "calls", summary: summary, role: Operator, errors: []int{404, 409}}
	}
	add(a, leg("hold", "Hold: the far end of this leg hears music, and the other party nothing of it"),
		func(_ context.Context, in *struct{ LegOf }) (*nothing, error) {
			return nil, ofCall(o.Hold(in.call(), in.leg(), true), in.ID)
		})
	add(a, leg("resume", "Take a leg back from hold"),
		func(_ context.Context, in *struct{ LegOf }) (*nothing, error) {
			return nil, ofCall(o.Hold(in.call(), in.leg(), false), in.ID)
		})
	add(a, leg("transfer", "Send the far end of a leg to somebody else"),
		func(_ context.Context, in *struct {
			LegOf
			Body struct {
				To string `json:"to" minLength:"1" maxLength:"128" doc:"a number as its users dial it"`
			}
		},
		) (*nothing, error) {
			return nil, ofCall(o.Transfer(in.call(), in.leg(), in.Body.To), in.ID)
		})
	add(a, leg("dtmf", "Press keys towards the far end of a leg"),
		func(_ context.Context, in *struct {
			LegOf
			Body struct {
				Digits string `json:"digits" pattern:"^[0-9A-D*#,]{1,64}$" doc:"0 to 9, A to D, *, #; a comma waits a second"`
			}
		},
		) (*nothing, error) {
			return nil, ofCall(o.Press(in.call(), in.leg(), in.Body.Digits), in.ID)
		})
	add(a, leg("play", "Play a sound to the far end of a leg, or to both where leg is all"),
		func(_ context.Context, in *struct {
			LegOf
			Body struct {
				Sound string `json:"sound" minLength:"1" maxLength:"256" doc:"a sound file as the dialplan names it"`
			}
		},
		) (*nothing, error) {
			return nil, ofCall(o.Play(in.call(), in.legOrAll(), in.Body.Sound), in.ID)
		})
}
