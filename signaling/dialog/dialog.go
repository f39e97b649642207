package dialog

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/emiago/sipgo/sip"

	"github.com/tandemgw/tandem/signaling/sipmsg"
)

// MaxRoutes bounds a route set; a far end that records more is refused.
const MaxRoutes = 16

// Errors of this package.
var (
	// ErrOutOfOrder is a request whose CSeq number is not higher than the last
	// one's: it is answered with 500 (RFC 3261 §12.2.2).
	ErrOutOfOrder = errors.New("CSeq out of order")
	// ErrNoContact is a message that should have set the remote target and has no
	// usable Contact (RFC 3261 §12.1).
	ErrNoContact = errors.New("no usable Contact")
	// ErrRoutes is a route set of more than MaxRoutes entries.
	ErrRoutes = errors.New("too many routes")
)

// ID finds a dialog among all: RFC 3261 §12. The remote tag is compared apart,
// since an early dialog learns it late.
type ID struct{ CallID, LocalTag string }

// Dialog is one dialog, early or confirmed.
type Dialog struct {
	callID       string
	localTag     string
	remoteTag    string
	local        sip.Uri // From of what we send
	localName    string
	remote       sip.Uri // To of what we send
	remoteName   string
	target       sip.Uri   // remote target: Request-URI of what we send
	routes       []sip.Uri // route set, in the order in which they are visited
	contact      sip.Uri   // our own target
	focus        bool      // a conference is at our end
	localSeq     uint32
	remoteSeq    uint32
	remoteSeqSet bool
}

// Config is what a dialog is opened with.
type Config struct {
	// Contact is our own address in this dialog: where the far end sends its
	// requests.
	Contact sip.Uri
	// LocalTag is our tag; it is fixed for the dialog's life.
	LocalTag string
}

// FromInvite opens the UAS side of a dialog with the request that creates it
// (RFC 3261 §12.1.1).
func FromInvite(req *sip.Request, c Config) (*Dialog, error) {
	from, to := req.From(), req.To()
	d := &Dialog{
		callID: req.CallID().Value(), localTag: c.LocalTag, contact: c.Contact,
		local: *to.Address.Clone(), localName: to.DisplayName,
		remote: *from.Address.Clone(), remoteName: from.DisplayName,
		remoteSeq: req.CSeq().SeqNo, remoteSeqSet: true,
	}
	d.remoteTag, _ = sipmsg.Param(from.Params, "tag")
	if err := d.setRoutes(req, false); err != nil {
		return nil, err
	}
	if !d.Refresh(req) {
		return nil, ErrNoContact
	}
	return d, nil
}

// Calling describes an invitation that we are about to send.
type Calling struct {
	CallID     string
	Target     sip.Uri // Request-URI
	Local      sip.Uri
	LocalName  string
	Remote     sip.Uri
	RemoteName string
	Routes     []sip.Uri // to be visited before Target, such as the Path of a binding (RFC 3327 §5.3)
	Hops       int       // Max-Forwards
}

// ToInvite opens the UAC side before there is an answer: a dialog without a
// remote tag, good for building the INVITE.
func ToInvite(call Calling, c Config) (*Dialog, *sip.Request) {
	d := &Dialog{
		callID: call.CallID, localTag: c.LocalTag, contact: c.Contact, target: call.Target,
		local: call.Local, localName: call.LocalName, remote: call.Remote, remoteName: call.RemoteName, routes: call.Routes,
	}
	req := d.Request(sip.INVITE)
	maxForwards := sip.MaxForwardsHeader(call.Hops)
	req.ReplaceHeader(&maxForwards)
	return d, req
}

// Confirm takes what a response to our INVITE says of the dialog (RFC 3261
// §12.1.2): the remote tag, the route set and the remote target. It is called for
// the response that creates the dialog and again for the 2xx, whose route set
// counts in place of an early dialog's (§13.2.2.4).
func (d *Dialog) Confirm(res *sip.Response) error {
	if cseq := res.CSeq(); cseq != nil {
		d.localSeq = max(d.localSeq, cseq.SeqNo) // the INVITE may have gone out more than once
	}
	d.remoteTag, _ = sipmsg.Param(res.To().Params, "tag")
	if err := d.setRoutes(res, true); err != nil {
		return err
	}
	if !d.Refresh(res) && res.StatusCode/100 == 2 {
		return ErrNoContact
	}
	return nil
}

// Fork returns another dialog of the same INVITE, for a response with another
// To-tag (RFC 3261 §12.1.2, §13.2.2.4).
func (d *Dialog) Fork(res *sip.Response) (*Dialog, error) {
	f := *d
	f.routes = nil
	if err := f.Confirm(res); err != nil {
		return nil, err
	}
	return &f, nil
}

// Refresh takes a new remote target from a target refresh request or its
// response (RFC 3261 §12.2). It reports false, and changes nothing, when the
// message has no usable Contact.
func (d *Dialog) Refresh(m interface{ Contact() *sip.ContactHeader }) bool {
	c := m.Contact()
	if c == nil || c.Address.Wildcard || c.Address.Host == "" || (c.Address.Scheme != "sip" && c.Address.Scheme != "sips") {
		return false
	}
	d.target = requestURI(c.Address)
	return true
}

// requestURI makes a Request-URI of an address (RFC 3261 §19.1.1, §19.1.5): without
// header fields and without a method.
func requestURI(u sip.Uri) sip.Uri {
	u = *u.Clone()
	u.Headers = nil
	u.UriParams = withoutHeaders(u.UriParams)
	for i, p := range u.UriParams {
		if strings.EqualFold(p.K, "method") {
			u.UriParams = append(u.UriParams[:i:i], u.UriParams[i+1:]...)
			break
		}
	}
	return u
}

// withoutHeaders cuts URI headers that the parser has taken for the tail of the
// last parameter: `;ob?x=y`.
func withoutHeaders(params sip.HeaderParams) sip.HeaderParams {
	for i, p := range params {
		name, _, inName := strings.Cut(p.K, "?")
		value, _, inValue := strings.Cut(p.V, "?")
		switch {
		case inName:
			return append(params[:i:i], sip.HeaderKV{K: name})
		case inValue:
			return append(params[:i:i], sip.HeaderKV{K: name, V: value})
		}
	}
	return params
}

func (d *Dialog) setRoutes(m interface{ GetHeaders(string) []sip.Header }, reverse bool) error {
	var routes []sip.Uri
	for _, h := range m.GetHeaders("Record-Route") {
		if rr, ok := h.(*sip.RecordRouteHeader); ok {
			routes = append(routes, *rr.Address.Clone())
		}
	}
	if len(routes) > MaxRoutes {
		return ErrRoutes
	}
	if reverse {
		for i, j := 0, len(routes)-1; i < j; i, j = i+1, j-1 {
			routes[i], routes[j] = routes[j], routes[i]
		}
	}
	d.routes = routes
	return nil
}

// ID returns what the dialog is found by.
func (d *Dialog) ID() ID { return ID{d.callID, d.localTag} }

// RemoteTag returns the far end's tag, "" while there is none.
func (d *Dialog) RemoteTag() string { return d.remoteTag }

// CallID returns the value of the Call-ID header field.
func (d *Dialog) CallID() string { return d.callID }

// Contact returns our own address in the dialog.
func (d *Dialog) Contact() sip.Uri { return d.contact }

// Target returns the next hop of requests in this dialog: the first route, or
// the remote target (RFC 3261 §12.2.1.1).
func (d *Dialog) Target() sip.Uri {
	if len(d.routes) > 0 {
		return d.routes[0]
	}
	return d.target
}

// SetFocus says whether the far end talks with a conference (RFC 4579 §5.1).
func (d *Dialog) SetFocus(on bool) { d.focus = on }

// ContactHeader returns the Contact header field of messages in the dialog.
func (d *Dialog) ContactHeader() *sip.ContactHeader {
	h := &sip.ContactHeader{Address: d.contact}
	if d.focus {
		h.Params = sip.NewParams()
		h.Params.Add("isfocus", "")
	}
	return h
}

// SetContact gives our own address anew: the INVITE was answered on another way than
// it was meant for at first.
func (d *Dialog) SetContact(u sip.Uri) { d.contact = u }

// SetLocal changes who we say to be in the requests to come (RFC 4916 §4.2): the display
// name is as in the message.
func (d *Dialog) SetLocal(u sip.Uri, name string) { d.local, d.localName = u, name }

// SetRemote takes what From of a request in the dialog says (RFC 4916 §4.5), and reports
// whether that was news.
func (d *Dialog) SetRemote(from *sip.FromHeader) bool {
	if from.Address.String() == d.remote.String() && from.DisplayName == d.remoteName {
		return false
	}
	d.remote, d.remoteName = *from.Address.Clone(), from.DisplayName
	return true
}

// Accept judges a request that arrived in this dialog (RFC 3261 §12.2.2) and
// remembers its sequence number. ACK and CANCEL are not for it.
func (d *Dialog) Accept(req *sip.Request) error {
	n := req.CSeq().SeqNo
	if d.remoteSeqSet && n <= d.remoteSeq {
		return fmt.Errorf("%w: %d after %d", ErrOutOfOrder, n, d.remoteSeq)
	}
	d.remoteSeq, d.remoteSeqSet = n, true
	return nil
}

// Again lets a request that was refused with 491 come once more under its number, as
// JsSIP sends it after a second (RFC 3261 §12.2.2 refuses lower numbers only).
func (d *Dialog) Again(req *sip.Request) {
	if n := req.CSeq().SeqNo; n > 0 && n == d.remoteSeq {
		d.remoteSeq = n - 1
	}
}

// Request builds the next request of the dialog (RFC 3261 §12.2.1.1), without
// Via, which belongs to the transaction.
func (d *Dialog) Request(method sip.RequestMethod) *sip.Request {
	d.localSeq++
	return d.build(method, d.localSeq)
}

// Ack builds the ACK for a 2xx (RFC 3261 §13.2.2.4): its CSeq number is the
// INVITE's, whatever was sent since.
func (d *Dialog) Ack(invite uint32) *sip.Request { return d.build(sip.ACK, invite) }

func (d *Dialog) build(method sip.RequestMethod, seq uint32) *sip.Request {
	target, routes := d.visit()
	req := sip.NewRequest(method, target)
	from := &sip.FromHeader{DisplayName: d.localName, Address: d.local, Params: sip.NewParams()}
	from.Params.Add("tag", d.localTag)
	to := &sip.ToHeader{DisplayName: d.remoteName, Address: d.remote, Params: sip.NewParams()}
	if d.remoteTag != "" {
		to.Params.Add("tag", d.remoteTag)
	}
	callID := sip.CallIDHeader(d.callID)
	hops := sip.MaxForwardsHeader(70) // RFC 3261 §8.1.1.6
	for _, r := range routes {
		req.AppendHeader(&sip.RouteHeader{Address: r})
	}
	req.AppendHeader(from)
	req.AppendHeader(to)
	req.AppendHeader(&callID)
	req.AppendHeader(&sip.CSeqHeader{SeqNo: seq, MethodName: method})
	req.AppendHeader(&hops)
	if method != sip.ACK && method != sip.BYE {
		req.AppendHeader(d.ContactHeader())
	}
	return req
}

// visit returns the Request-URI and the Route fields of a request (RFC 3261
// §12.2.1.1). A first route without lr is a strict router of RFC 2543: it finds
// itself in the Request-URI, and the remote target at the end of the route.
func (d *Dialog) visit() (sip.Uri, []sip.Uri) {
	if len(d.routes) == 0 {
		return *d.target.Clone(), nil
	}
	if _, loose := sipmsg.Param(d.routes[0].UriParams, "lr"); loose {
		return *d.target.Clone(), d.routes
	}
	routes := append(append([]sip.Uri(nil), d.routes[1:]...), *d.target.Clone())
	return requestURI(d.routes[0]), routes
}

// String names the dialog for a log line.
func (d *Dialog) String() string {
	return d.callID + " " + d.localTag + "/" + d.remoteTag + " cseq " + strconv.Itoa(int(d.localSeq))
}
