package uac

import (
	"github.com/emiago/sipgo/sip"

	"github.com/tandemgw/tandem/signaling/digest"
)

// challenged answers a 401 or 407 with another attempt down the same way, and says
// whether it did: once for each of the two, and once more where the nonce has only
// grown old (RFC 3261 §22.2, RFC 7616 §3.3).
func (k *Call) challenged(a *attempt, res *sip.Response) bool {
	account := k.req.Dest.Account
	role, ok := digest.RoleOf(res.StatusCode)
	if account == nil || !ok || k.made >= maxAttempts {
		return false
	}
	var challenges []string
	for _, h := range res.GetHeaders(role.Challenge()) {
		challenges = append(challenges, h.Value())
	}
	switch {
	case k.answered[role] == 0:
	case k.answered[role] == 1 && digest.IsStale(challenges):
	default:
		return false
	}
	headers, err := account.Answer(role, challenges, string(a.request.Method), a.request.Recipient.String())
	if err != nil {
		k.client.cfg.Log.Warn("challenge not answered", "flow", a.flow.Remote().String(), "status", res.StatusCode, "reason", err)
		return false
	}
	k.answered[role]++
	k.owed[role] = headers
	again, err := k.again(a.flow, a.target)
	if err != nil {
		k.client.cfg.Log.Debug("challenge not answered", "flow", a.flow.Remote().String(), "reason", err)
		return false
	}
	a.superseded = true
	k.began(again)
	return true
}

// authorize puts credentials into a request: the answers to the challenges of
// this call, and for a role that has not challenged it those of earlier ones (RFC
// 3261 §22.2, §22.3). It says whether there are any.
func (k *Call) authorize(req *sip.Request) bool {
	account := k.req.Dest.Account
	if account == nil {
		return false
	}
	any := false
	for _, role := range []digest.Role{digest.Server, digest.Proxy} {
		headers := []digest.Header(k.owed[role])
		k.owed[role] = nil
		if headers == nil {
			headers = account.Known(role, string(req.Method), req.Recipient.String())
		}
		for _, h := range headers {
			req.AppendHeader(sip.NewHeader(h.Name, h.Value))
			any = true
		}
	}
	return any
}

// taken notes that credentials were taken: from then on the account belongs to
// the realms that it has been used in.
func (k *Call) taken(a *attempt, res *sip.Response) {
	if k.proven || !a.preempted || res.StatusCode <= 100 || res.StatusCode >= 300 {
		return
	}
	k.proven = true
	k.req.Dest.Account.Settle()
}
