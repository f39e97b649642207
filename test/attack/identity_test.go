package attack

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tandemgw/tandem/signaling/digest"
	"github.com/tandemgw/tandem/test/fakeua"
)

// ask sends a request and returns its first final answer.
func (h *house) ask(u *fakeua.UA, r request) *fakeua.Message {
	h.t.Helper()
	r.id, r.via = fmt.Sprintf("ask%d", h.uas.Add(1)), u.Flow().Kind().ViaToken()
	u.Send(r.String())
	return u.Next("an answer to "+r.method, func(m *fakeua.Message) bool { return m.Status() >= 200 && m.Field("Call-ID") == r.id })
}

// challenge fetches one.
func (h *house) challenge(u *fakeua.UA) *fakeua.Message {
	h.t.Helper()
	res := h.ask(u, request{method: "REGISTER", uri: "sip:127.0.0.1", to: u.User, from: u.User})
	if res.Status() != 401 {
		h.t.Fatalf("no challenge but\n%s", res.Raw)
	}
	return res
}

// answer makes credentials for a challenge.
func answer(t *testing.T, res *fakeua.Message, user, password, method, uri string) string {
	t.Helper()
	role, _ := digest.RoleOf(res.Status())
	all, err := digest.Answer(digest.Account{User: user, Password: password}, role, res.Fields(role.Challenge()), method, uri)
	if err != nil || len(all) == 0 {
		t.Fatalf("no answer to %v: %v", res.Raw, err)
	}
	return all[0].Name + ": " + all[0].Value
}

// changing is what differs between any two answers.
var changing = regexp.MustCompile(`(?i)(nonce|opaque|branch|tag|rport)="?[^",;\r\n]*|Call-ID:.*|call-id:.*|10\d\d|sip:[^@]*@`) //nolint:gochecknoglobals // a constant

func TestUsersCannotBeEnumerated(t *testing.T) {
	h := open(t)
	u := h.phone("1001")
	took := map[string][]time.Duration{} // of the first request, and of the wrong password
	said := map[string]string{}
	for range 60 {
		for _, user := range []string{"1001", "9999"} {
			for _, method := range []string{"REGISTER", "INVITE"} {
				r := request{method: method, uri: "sip:127.0.0.1", to: user, from: user}
				begin := time.Now()
				res := h.ask(u, r)
				took["first "+method+user] = append(took["first "+method+user], time.Since(begin))
				r.fields = []string{answer(t, res, user, "wrong", method, r.uri)}
				begin = time.Now()
				no := h.ask(u, r)
				took["wrong "+method+user] = append(took["wrong "+method+user], time.Since(begin))
				said[method+user] = shape(res, user) + shape(no, user)
			}
		}
		u.Forget()
	}
	for _, method := range []string{"REGISTER", "INVITE"} {
		if a, b := said[method+"1001"], said[method+"9999"]; a != b {
			t.Errorf("%s: a user that is there gets\n%s\none that is not\n%s", method, a, b)
		}
		for _, kind := range []string{"first ", "wrong "} {
			// The quick ones: what the slow ones take is this machine's doing.
			a, b := took[kind+method+"1001"], took[kind+method+"9999"]
			slices.Sort(a)
			slices.Sort(b)
			d := (a[len(a)/10] - b[len(b)/10]).Abs()
			t.Logf("%s%s: the quick answers differ by %v, the medians by %v", kind, method, d, (a[len(a)/2] - b[len(b)/2]).Abs())
			if d > 5*time.Millisecond {
				t.Errorf("%s%s: the quick answers differ by %v", kind, method, d)
			}
		}
	}
}

// shape is an answer without what differs between any two.
func shape(m *fakeua.Message, user string) string {
	return changing.ReplaceAllString(strings.ReplaceAll(m.Raw, user, "USER"), "~")
}

func TestReplayedCredentialsAreStale(t *testing.T) {
	h := open(t)
	u := h.phone("1001")
	auth := answer(t, h.challenge(u), "1001", "pw-1001", "REGISTER", "sip:127.0.0.1")
	r := request{method: "REGISTER", uri: "sip:127.0.0.1", to: "1001", from: "1001", fields: []string{auth}}
	if res := h.ask(u, r); res.Status() != 200 {
		t.Fatalf("the right credentials are answered with\n%s", res.Raw)
	}
	thief := h.phone("1001")
	for _, by := range []*fakeua.UA{u, thief, h.web("1001")} {
		res := h.ask(by, r)
		if res.Status() != 401 || !strings.Contains(strings.ToLower(res.Field("WWW-Authenticate")), "stale=true") {
			t.Errorf("a replay from %v is answered with\n%s", by.Flow().Local(), res.Raw)
		}
	}
}

func TestCredentialsForSomethingElseAreRefused(t *testing.T) {
	h := open(t)
	u := h.phone("1001")
	right := func() string { return answer(t, h.challenge(u), "1001", "pw-1001", "REGISTER", "sip:127.0.0.1") }
	field := func(name, value string) string {
		return regexp.MustCompile(`(^|[ ,])`+name+`="?[^",]*"?`).ReplaceAllString(right(), "${1}"+name+"="+value)
	}
	for name, auth := range map[string]string{
		"another uri":       answer(t, h.challenge(u), "1001", "pw-1001", "REGISTER", "sip:example.org"),
		"another method":    answer(t, h.challenge(u), "1001", "pw-1001", "INVITE", "sip:127.0.0.1"),
		"another password":  answer(t, h.challenge(u), "1001", "pw-1002", "REGISTER", "sip:127.0.0.1"),
		"a made-up nonce":   field("nonce", `"0123456789abcdef0123456789abcdef"`),
		"an empty nonce":    field("nonce", `""`),
		"an empty response": field("response", `""`),
		"a short response":  field("response", `"0"`),
		"another realm":     field("realm", `"example.org"`),
		"an empty user":     field("username", `""`),
		"a wrong algorithm": field("algorithm", "none"),
		"a zero count":      field("nc", "00000000"),
		"nothing":           "Authorization: Digest",
		"basic":             "Authorization: Basic MTAwMTpwdy0xMDAx",
		"a huge one":        "Authorization: Digest " + strings.Repeat(`a="b",`, 1500),
	} {
		t.Run(name, func(t *testing.T) {
			res := h.ask(u, request{method: "REGISTER", uri: "sip:127.0.0.1", to: "1001", from: "1001", fields: []string{auth}})
			if s := res.Status(); s != 401 && s != 403 && s != 400 {
				t.Errorf("answered with\n%s", res.Raw)
			}
		})
	}
	h.recovers()
}

func TestNobodyActsForAnotherUser(t *testing.T) {
	h := open(t)
	for kind, u := range map[string]*fakeua.UA{"a phone": h.phone("1001"), "a browser": h.web("1001")} {
		t.Run(kind, func(t *testing.T) {
			u.Online()
			auth := answer(t, h.challenge(u), "1001", "pw-1001", "REGISTER", "sip:127.0.0.1")
			if res := h.ask(u, request{method: "REGISTER", uri: "sip:127.0.0.1", to: "1002", from: "1001", fields: []string{auth}}); res.Status() != 403 {
				t.Errorf("REGISTER for 1002 is answered with\n%s", res.Raw)
			}
			invite := request{method: "INVITE", to: "1003", from: "1002"}
			res := h.ask(u, invite)
			if res.Status() == 407 {
				invite.fields = []string{answer(t, res, "1001", "pw-1001", "INVITE", "sip:1003@127.0.0.1")}
				res = h.ask(u, invite)
			}
			if res.Status() != 403 {
				t.Errorf("an INVITE From 1002 is answered with\n%s", res.Raw)
			}
		})
	}
}

func TestRequestsWithoutCredentialsAreRefusedAndNotRelayed(t *testing.T) {
	h := open(t)
	b := h.phone("1002").Online()
	for kind, u := range map[string]*fakeua.UA{"a phone": h.phone("1001"), "a browser": h.web("1001")} {
		t.Run(kind, func(t *testing.T) {
			for _, method := range []string{"MESSAGE", "SUBSCRIBE", "NOTIFY", "PUBLISH", "REFER", "INFO", "UPDATE", "BYE", "PRACK", "FOO", "INVITE", "REGISTER"} {
				res := h.ask(u, request{method: method, from: "1001", fields: []string{"Event: presence", "Refer-To: <sip:1003@127.0.0.1>"}})
				if s := res.Status(); s != 401 && s != 403 && s != 405 && s != 407 && s != 481 {
					t.Errorf("%s is answered with\n%s", method, res.Raw)
				}
			}
		})
	}
	b.Quiet(300 * time.Millisecond)
}
