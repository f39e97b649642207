package sipmsg

import (
	"net/netip"
	"strconv"
	"strings"

	"github.com/emiago/sipgo/sip"

	"github.com/tandemgw/tandem"
)

// product is what Server and User-Agent say. It names no version: that would
// only help who looks for old ones.
const product = "tandem"

// Respond builds an answer (RFC 3261 §8.2.6): Via, From, To, Call-ID and CSeq
// of the request; Record-Route where the answer may form a dialog; Timestamp on
// 100; no Contact. toTag is added to a To without a tag; it may be empty only
// for 100. An empty reason stands for the usual phrase. The top Via gets
// `received` and `rport` (RFC 3261 §18.2.1, RFC 3581 §4) from the request's
// Source. req is only read, so flawed requests can be answered too.
func Respond(req *sip.Request, status int, reason, toTag string) *sip.Response {
	if reason == "" {
		reason = tandem.Phrase(status)
	}
	res := sip.NewResponse(status, reason)
	copyFields("Via", req, res)
	if via := res.Via(); via != nil {
		markReceived(via, req.MessageData.Source())
	}
	if status > 100 && status < 300 && req.Method != sip.REGISTER {
		copyFields("Record-Route", req, res)
	}
	for _, name := range [...]string{"From", "To", "Call-ID", "CSeq"} {
		copyFields(name, req, res)
	}
	if status == 100 {
		copyFields("Timestamp", req, res)
	}
	if to := res.To(); to != nil && toTag != "" {
		if _, ok := Param(to.Params, "tag"); !ok {
			to.Params = append(to.Params, sip.HeaderKV{K: "tag", V: toTag})
		}
	}
	res.AppendHeader(sip.NewHeader("Server", product))
	res.SetBody(nil)
	res.SetTransport(req.MessageData.Transport())
	return res
}

// markReceived writes where the request really came from into its top Via.
func markReceived(via *sip.ViaHeader, source string) {
	from, err := netip.ParseAddrPort(source)
	if err != nil {
		return
	}
	addr := from.Addr().Unmap().WithZone("")
	_, asked := Param(via.Params, "rport")
	if asked {
		via.Params = SetParam(via.Params, "rport", strconv.Itoa(int(from.Port())))
	}
	host, err := netip.ParseAddr(strings.Trim(via.Host, "[]"))
	if asked || err != nil || host.Unmap() != addr {
		via.Params = SetParam(via.Params, "received", addr.String())
	}
}

// Warning appends `Warning: 399 tandem "text"` (RFC 3261 §20.43).
func Warning(res *sip.Response, text string) {
	text, _ = Clean(text)
	res.AppendHeader(sip.NewHeader("Warning", "399 "+product+` "`+Quote(text)+`"`))
}

// RetryAfter appends Retry-After with whole seconds (RFC 3261 §20.33).
func RetryAfter(res *sip.Response, seconds int) {
	res.AppendHeader(sip.NewHeader("Retry-After", strconv.Itoa(seconds)))
}
