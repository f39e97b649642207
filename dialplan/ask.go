package dialplan

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"net/url"
	"time"

	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// Bounds of ask.
const (
	AskTimeout    = 2 * time.Second // where the file says nothing
	minAskTimeout = 100 * time.Millisecond
	maxAskTimeout = 10 * time.Second
)

// AskStep asks a program over HTTP what to do, and does that in its place: see Decision.Answered and Decision.Unanswered.
type AskStep struct {
	URL     string
	Timeout time.Duration

	secret   string
	fallback program // nil: the next step runs
}

func (AskStep) isStep() {}

// Secret is the key that the question is signed with; empty where it is not.
func (s AskStep) Secret() string { return s.secret }

// String gives for example `ask https://app.example.com/route (2s)`, without what may be secret in the address.
func (s AskStep) String() string { return "ask " + shownURL(s.URL) + " (" + seconds(s.Timeout) + ")" }

// shownURL leaves out what may be secret in an address.
func shownURL(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return "?"
	}
	return u.Scheme + "://" + u.Host + u.EscapedPath()
}

// Question is what a program is asked, as JSON.
type Question struct {
	From       string            `json:"from"`                  // user:NAME or trunk:NAME
	To         string            `json:"to"`                    // as rows see it
	Dialed     string            `json:"dialed"`                // as it was dialed
	Class      string            `json:"class,omitempty"`       // of the number
	Caller     string            `json:"caller"`                // the caller's number
	CallerName string            `json:"caller_name,omitempty"` // and name
	Trunk      string            `json:"trunk,omitempty"`
	At         time.Time         `json:"at"`
	Values     map[string]string `json:"values,omitempty"` // parts of the pattern, digits of a menu
	Row        string            `json:"row,omitempty"`    // which asks, and where it stands
	Call       string            `json:"call"`             // the call's name in the log
}

// Question gives what a program is asked about this decision's call.
func (d Decision) Question(call string, at time.Time) []byte {
	q := Question{
		From: d.Request.From.String(), To: d.Request.To, Dialed: d.Request.asDialed(), Class: string(d.Number.Class), Caller: d.Request.caller(),
		CallerName: d.Request.CallerName, At: at, Values: d.variables, Call: call,
	}
	if d.Request.From.Kind == FromTrunk {
		q.Trunk = d.Request.From.Name
	}
	if d.Row != nil {
		q.Row = d.Row.String()
	}
	text, _ := json.Marshal(q) // of plain values
	return text
}

// Answered is the decision once a program has answered with steps in JSON. Status is 502 where they cannot be done.
func (d Decision) Answered(reply []byte, at time.Time, state State) Decision {
	return d.continued(replied(reply), sequel{at: at, state: state})
}

// Unanswered is the decision when there is no answer that can be done: the steps of the file's `default`, or none, and
// the next step runs.
func (d Decision) Unanswered(s AskStep, at time.Time, state State) Decision {
	if s.fallback == nil {
		d.Steps, d.Status, d.Reason = nil, 0, ""
		return d
	}
	return d.continued(s.fallback, sequel{at: at, state: state})
}

// asking is the program of ask: it gives the step, which asks when its turn comes.
type asking AskStep

func (asking) size() int                       { return 1 }
func (a asking) run(*scope) ([]Step, *failure) { return []Step{AskStep(a)}, nil }

// askSpec is ask(url, {options}) as the file writes it.
func askSpec() *stepSpec {
	return &stepSpec{
		name: "ask", form: "ask(url, {timeout, default, secret})", least: 1, params: []param{{"url", readAskURL}, {"options", named("default", "secret", "timeout")}},
		compile: (*compiler).compileAsk,
	}
}

func (c *compiler) compileAsk(f *hclsyntax.FunctionCallExpr) program {
	address, ok := c.fixedText(f.Args[0], "ask", readAskURL)
	a := asking{URL: address, Timeout: AskTimeout}
	if len(f.Args) > 1 {
		var fine bool
		a.fallback, fine = c.programOptions(f.Args[1], "ask", map[string]func(hclsyntax.Expression) bool{
			"timeout": func(e hclsyntax.Expression) bool {
				v, ok := c.compileArgument(e, readTime(minAskTimeout, maxAskTimeout))
				d, is := v.fixed.(time.Duration)
				a.Timeout = d
				return ok && is
			},
			"secret": func(e hclsyntax.Expression) bool {
				var ok bool
				a.secret, ok = c.fixedText(e, "ask", readSecret)
				return ok
			},
		})
		ok = ok && fine
	}
	if !ok {
		return nil
	}
	return a
}

func readSecret(v cty.Value, _ *reading) (any, []problem) {
	s, ok, p := text(v, "a secret")
	if ok && (s == "" || len(s) > 1024) {
		p = wrong("a secret has 1 to 1024 octets", `Write secret = env("ASK_KEY").`)
	}
	return s, p
}

// readAskURL reads an address that is asked: https, or http on this machine.
func readAskURL(v cty.Value, _ *reading) (any, []problem) {
	s, ok, p := text(v, "an address")
	if !ok {
		return nil, p
	}
	u, err := url.Parse(s)
	switch {
	case err != nil || u.Host == "" || len(s) > 1024:
		return nil, wrong(fmt.Sprintf("%q is no address", s), `Write "https://app.example.com/route".`)
	case u.User != nil:
		return nil, wrong("an address holds no password", `Write secret = env("ASK_KEY") among the options.`)
	case u.Scheme == "https", u.Scheme == "http" && isHere(u.Hostname()):
		return s, nil
	}
	return nil, wrong(fmt.Sprintf("%q is not https", shownURL(s)), "Only a program on this machine (127.0.0.1) is asked over http.")
}

// isHere says whether a host is this machine.
func isHere(host string) bool {
	a, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && a.IsLoopback()
}
