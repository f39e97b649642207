package sipmsg

import (
	"github.com/emiago/sipgo/sip"

	"github.com/tandemgw/tandem"
)

// Refusal says why a message is not taken and which answer it is owed.
type Refusal struct {
	// Status is the SIP status of the answer, 400 to 699; 0 if none may be sent.
	Status int
	// Reason is the reason phrase.
	Reason string
	// Warning is what is wrong in words, for `Warning: 399`; it quotes nothing
	// of the message.
	Warning string
	// Headers are the fields that the status calls for, such as Unsupported.
	Headers []sip.Header
	// Silent is set where no answer can or may be sent: for responses, for ACK,
	// and for requests that do not say where an answer would go.
	Silent bool
}

// Error makes a Refusal an error whose text is its warning.
func (r *Refusal) Error() string { return r.Warning }

// Answer builds the response that the refusal owes to req, with the To-tag
// given; it must not be called if Silent is set.
func (r *Refusal) Answer(req *sip.Request, toTag string) *sip.Response {
	res := Respond(req, r.Status, r.Reason, toTag)
	for _, h := range r.Headers {
		res.AppendHeader(h)
	}
	if r.Warning != "" {
		Warning(res, r.Warning)
	}
	return res
}

func refuse(status int, warning string) *Refusal {
	return &Refusal{Status: status, Reason: tandem.Phrase(status), Warning: warning}
}
