package uac

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"time"

	"github.com/emiago/sipgo/sip"

	"github.com/tandemgw/tandem/signaling/digest"
	"github.com/tandemgw/tandem/signaling/flow"
	"github.com/tandemgw/tandem/signaling/locate"
)

// How a request may end without an answer, beside txn's errors.
var (
	// ErrBusy: too many requests are under way or wait for DNS.
	ErrBusy = errors.New("too many requests are under way")
	// ErrCanceled: Cancel was called before anything was sent, or for a request
	// that is no INVITE.
	ErrCanceled = errors.New("request was canceled")
	// ErrNoTarget: the destination has no target that may be used.
	ErrNoTarget = errors.New("no target")
	// ErrClosed: the client is closed.
	ErrClosed = errors.New("client is closed")
	// ErrInsecure: the request must go over TLS, and the way does not.
	ErrInsecure = errors.New("the way is not secure")
)

// Identity is who we are to a TLS server and whom we believe.
type Identity struct {
	// Certificate is shown to a server that asks for one; nil for none.
	Certificate *tls.Certificate
	// Roots are the authorities believed; nil for the system's.
	Roots *x509.CertPool
}

// Ways are how a target is reached: the UDP socket of its family, or a connection.
type Ways interface {
	// Flow returns the way to a target. It never blocks: a connection that is
	// being opened takes what is sent and keeps it until it stands, and closes when
	// it does not within a few seconds. An error means that there is no way of this
	// kind from here.
	Flow(t locate.Target, who Identity) (*flow.Flow, error)
}

// Finder finds targets; *locate.Locator is one.
type Finder interface {
	// Find resolves, and may wait as long as ctx lets it.
	Find(ctx context.Context, q locate.Query) ([]locate.Target, error)
	// Known answers from memory and never waits.
	Known(q locate.Query) ([]locate.Target, bool)
	// Rest puts a target behind the others for a time.
	Rest(t locate.Target, d time.Duration)
}

// Destination is where a request goes.
type Destination struct {
	// Flow is the way to a device that has registered: nothing is resolved, and no
	// other target tried.
	Flow *flow.Flow
	// URI is, without Flow, the next hop: the first Route where there is one, else
	// the Request-URI.
	URI sip.Uri
	// Account answers 401 and 407, for the realm that it belongs to; nil for
	// never. Who sets it says that the destination is the account's: credentials
	// go to no other one.
	Account *digest.Client
	// Identity is used where the way is TLS.
	Identity Identity
}

// Request is a request to be sent.
type Request struct {
	Dest Destination
	// Build makes the request for one attempt; required. Each is built anew, with a
	// higher CSeq number and a Contact for the flow, without Via. It is called on
	// the goroutine of the callbacks. Nil means that it shall not be sent after all:
	// then it ends with ErrCanceled.
	Build func(f *flow.Flow) *sip.Request
	// On takes each response, but not the 503 after which another target is tried,
	// nor a challenge that is answered. Of an INVITE every 2xx comes here, those of
	// forks, of earlier attempts and repeated ones too, until Done is called; May be
	// nil.
	On func(res *sip.Response)
	// Done is called once: with nil after the final answer (for an INVITE with a
	// 2xx, 32 s after it), else with why there is none. A 2xx that comes after it
	// is acknowledged and ended by the client. May be nil.
	Done func(err error)
	// Timeout is how long a target may be silent, without any response, before
	// the next one is tried; 0 means Timer B or F: 32 s.
	Timeout time.Duration
	// Hurry says that the last target has no more than Timeout either, since the
	// one who sends knows another destination.
	Hurry bool
}
