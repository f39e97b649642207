package verdict

import (
	"fmt"
	"strings"

	"github.com/tandemgw/tandem"
)

// refused says why a call came to nothing: by the last of those who were called, else
// by the cause with which it ended.
func (e *Evidence) refused() words {
	if e.Cause.Status == tandem.CauseCanceled.Status {
		return words{sentence: "The caller gave up before anybody answered."}
	}
	if n := len(e.Attempts); n > 0 {
		return e.refusedBy(&e.Attempts[n-1])
	}
	switch c := e.Cause; c.Status {
	case 403, 404, 484, 603, 604:
		return words{
			FaultRoute, fmt.Sprintf("The dialplan does not let %s through: %s.", dialed(e.To), told(c)),
			"`tandem route` says which row takes the number and why; the explanation of the call is under Routing.", "",
		}
	case 480:
		return offline(dialed(e.To), c)
	case 488, 606, 415:
		return words{
			FaultCodec, fmt.Sprintf("The caller and the gateway have no way to talk in common: %s.", told(c)),
			"Let the caller's device offer PCMA, PCMU, G.722 or Opus, and encryption as `secure` of the user or trunk asks for it.", howtoCodec,
		}
	default:
		return byCause(dialed(e.To), c)
	}
}

func dialed(to string) string {
	if to == "" {
		return "the number"
	}
	return to
}

// refusedBy says why somebody who was called did not answer.
func (e *Evidence) refusedBy(a *Attempt) words {
	return byCause(a.Party, a.Cause)
}

// told is what a cause says, with its detail.
func told(c tandem.Cause) string {
	if c.Detail == "" || c.Detail == c.Text {
		return c.String()
	}
	return c.String() + ", " + c.Detail
}

func offline(who string, c tandem.Cause) words {
	return words{
		FaultOffline, fmt.Sprintf("%s has no device that is registered (%s).", who, told(c)),
		"Look with `tandem registrations` whether its device registers, and in the log why not: password, clock, certificate.", howtoOffline,
	}
}

// byCause says what a far end's refusal, or its silence, means.
func byCause(who string, c tandem.Cause) words {
	if w, ok := byDetail(who, c); ok {
		return w
	}
	switch c.Status {
	case 488, 606, 415:
		return words{
			FaultCodec, fmt.Sprintf("%s refused the call, since it has no codec or encryption in common with us: %s.", who, told(c)),
			"Compare the SDP in the ladder of the call: allow one of its codecs (`codecs` of the trunk or step), and look at `secure`, which may ask for SRTP that it does not take.", howtoCodec,
		}
	case 401, 407:
		return words{
			FaultCredentials, fmt.Sprintf("%s does not accept our user name and password (%s).", who, told(c)),
			"Correct username and password of the trunk; look at the clock of this machine where they are right.", howtoTrunk,
		}
	case 403:
		return words{
			FaultRefused, fmt.Sprintf("%s forbids the call: %s.", who, told(c)),
			"Ask the carrier which caller's number (caller_id) and which address of ours it allows, whether the account has credit, and whether the number may be called.", howtoTrunk,
		}
	case 404, 410, 484, 604:
		return words{
			FaultRefused, fmt.Sprintf("%s does not know the number: %s.", who, told(c)),
			"Look with `tandem route` in which form the number is sent; carriers often want +49… or 0049….", "numbers",
		}
	case 480:
		return offline(who, c)
	case 486, 600, 603, 607, 487, 0, 408:
		if c.Status == 408 && c.Q850 == 102 {
			return unreachable(who, c)
		}
		return words{sentence: fmt.Sprintf("%s did not take the call: %s.", who, told(c))}
	case 500, 502, 503, 504, 513:
		return words{
			FaultRefused, fmt.Sprintf("%s has no line free or is out of order: %s.", who, told(c)),
			"Try again; let the row go on to another trunk (`carriers-with-failover`), and ask the carrier if it stays.", "carriers-with-failover",
		}
	}
	return words{FaultRefused, fmt.Sprintf("%s refused the call: %s.", who, told(c)), "The ladder of the call shows the answer in full.", ""}
}

func unreachable(who string, c tandem.Cause) words {
	return words{
		FaultUnreachable, fmt.Sprintf("%s does not answer at all: %s.", who, told(c)),
		"Look whether its address and transport are right and a firewall lets SIP through: `tandem doctor --online` asks each trunk.", howtoDoctor,
	}
}

// byDetail knows faults by what our own transport says of them.
func byDetail(who string, c tandem.Cause) (words, bool) {
	d := strings.ToLower(c.Detail)
	has := func(parts ...string) bool {
		for _, p := range parts {
			if strings.Contains(d, p) {
				return true
			}
		}
		return false
	}
	switch {
	case has("certificate", "x509"):
		w := words{
			FaultCertificate, fmt.Sprintf("The certificate of %s is not accepted: %s.", who, c.Detail),
			"Let its owner renew it; `ca` of the trunk names an authority of its own. `tandem doctor --online` looks at each.", howtoDoctor,
		}
		if has("expired", "not yet valid") {
			w.cure = "Let its owner renew the certificate, and look whether the clock of this machine is right: `tandem doctor --online`."
		}
		return w, true
	case has("no way to", "refused", "no route", "unreachable", "timeout", "did not answer the invite at all", "no such host"):
		return unreachable(who, c), true
	case has("told contact"):
		return words{
			FaultALG, fmt.Sprintf("%s answered and never acknowledged or got our answer: %s.", who, c.Detail),
			"Look for a router on the way that writes into SIP (switch off its SIP ALG), or use TLS; public_ip must be right.", howtoDrops,
		}, true
	}
	return words{}, false
}
