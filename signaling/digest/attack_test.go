package digest

import (
	"strings"
	"testing"
	"time"
)

// attempt is credentials with something wrong about them.
type attempt struct {
	name   string
	answer func(a *answer)       // before the response is computed
	header func(h string) string // after
	req    func(r *Request)      // the request around it
	later  time.Duration         // after the challenge
	want   Outcome
}

func attacks() []attempt {
	return []attempt{
		{name: "wrong password", answer: func(a *answer) { a.password = "guess" }, want: Wrong},
		{name: "empty password", answer: func(a *answer) { a.password = "" }, want: Wrong},
		{name: "unknown user", answer: func(a *answer) { a.user = "999" }, want: UnknownUser},
		{name: "empty user", answer: func(a *answer) { a.user = "" }, want: UnknownUser},
		{name: "other user with the response of 201", header: swap(`"201"`, `"202"`), want: UnknownUser},
		{name: "wrong method", req: func(r *Request) { r.Method = "INVITE" }, want: Wrong},
		{name: "wrong uri", req: func(r *Request) { r.URI = "sip:900@example.test" }, want: Wrong},
		{
			name: "uri changed to that of the request", header: swap(`uri="sip:example.test"`, `uri="sip:900@example.test"`),
			req: func(r *Request) { r.URI = "sip:900@example.test" }, want: Wrong,
		},
		{name: "expired", later: 5*time.Minute + time.Second, want: Stale},
		{name: "nonce of the future", later: -time.Minute, want: Stale},
		{name: "other source", req: func(r *Request) { r.Source = "192.0.2.8" }, want: Stale},
		{name: "tampered nonce", header: tamper, want: Stale},
		{name: "own nonce", header: swapParam("nonce", "f00f"), want: Stale},
		{name: "empty response", header: swapParam("response", ""), want: Wrong},
		{name: "short response", header: swapParam("response", "00"), want: Wrong},
		{name: "response of the other algorithm's length", header: swapParam("response", strings.Repeat("0", 64)), want: Wrong},
		{name: "other cnonce", header: swapParam("cnonce", "ffff"), want: Wrong},
		{name: "other nc", header: swap("nc=00000001", "nc=00000002"), want: Wrong},
		{name: "qop taken away", header: swap(", qop=auth", ""), want: Wrong},
		{name: "other realm", header: swapParam("realm", "example.com"), want: Absent},
		{name: "no header", header: func(string) string { return "" }, want: Absent},
		{name: "basic", header: func(string) string { return "Basic MjAxOnB3" }, want: Absent},
		{name: "bearer", header: func(string) string { return "Bearer abc.def" }, want: Absent},
		{name: "empty credentials of an IMS phone", header: func(string) string {
			return `Digest username="201@example.test", realm="example.test", nonce="", uri="sip:example.test", response=""`
		}, want: Absent},
	}
}

func unreadable() []attempt {
	return []attempt{
		{name: "huge", header: func(h string) string { return h + `, x="` + strings.Repeat("a", MaxHeader) + `"` }, want: Malformed},
		{name: "huge user", answer: func(a *answer) { a.user = strings.Repeat("2", maxUser+1) }, want: Malformed},
		{name: "many parameters", header: func(h string) string {
			for i := range 40 {
				h += ", x" + string(rune('a'+i%26)) + string(rune('a'+i/26)) + "=1"
			}
			return h
		}, want: Malformed},
		{name: "user twice", header: func(h string) string { return h + `, username="202"` }, want: Malformed},
		{name: "user twice in another case", header: func(h string) string { return h + `, UserName="202"` }, want: Malformed},
		{name: "no end of quotation", header: func(h string) string { return h + `, x="abc` }, want: Malformed},
		{name: "text after a quotation", header: swap(`"201"`, `"201"x`), want: Malformed},
		{name: "control character", header: swap(`"201"`, "\"20\x001\""), want: Malformed},
		{name: "line break in a value", header: swap(`"201"`, "\"20\r\n 1\""), want: Malformed},
		{name: "not UTF-8", header: swap(`"201"`, "\"20\xff1\""), want: Malformed},
		{name: "no name", header: func(h string) string { return h + `, ="x"` }, want: Malformed},
		{name: "no value", header: func(h string) string { return h + `, x` }, want: Malformed},
		{name: "negative nc", header: swap("nc=00000001", "nc=-1"), want: Malformed},
		{name: "nc of nine digits", header: swap("nc=00000001", "nc=000000001"), want: Malformed},
		{name: "nc is no number", header: swap("nc=00000001", "nc=zz"), want: Malformed},
		{name: "no nc", header: swap(", nc=00000001", ""), want: Malformed},
		{name: "no cnonce", header: swap(`, cnonce="0a4f113b"`, ""), want: Malformed},
		{name: "MD5-sess", header: swap("algorithm=MD5", "algorithm=MD5-sess"), want: Unsupported},
		{name: "unknown algorithm", header: swap("algorithm=MD5", "algorithm=AKAv1-MD5"), want: Unsupported},
		{name: "auth-int", header: swap("qop=auth", "qop=auth-int"), want: Unsupported},
		{name: "userhash", header: func(h string) string { return h + ", userhash=true" }, want: Unsupported},
	}
}

func TestAttacksAndMistakes(t *testing.T) {
	for _, tt := range append(attacks(), unreadable()...) {
		t.Run(tt.name, func(t *testing.T) {
			v := newVerifier(t, Config{})
			a := phone()
			if tt.answer != nil {
				tt.answer(&a)
			}
			h := a.header(nonceOf(t, v.Challenge(start(), source, nil, false)[0]))
			if tt.header != nil {
				h = tt.header(h)
			}
			r := register(h)
			if tt.req != nil {
				tt.req(&r)
			}
			got := v.Verify(start().Add(tt.later), r, users)
			if got.Outcome != tt.want || got.Reason == "" {
				t.Errorf("Verify(%s) = %+v, want %v and a reason", h, got, tt.want)
			}
		})
	}
}

func swap(from, to string) func(string) string {
	return func(h string) string { return strings.Replace(h, from, to, 1) }
}

// swapParam gives a quoted parameter another value.
func swapParam(name, value string) func(string) string {
	return func(h string) string {
		before, rest, _ := strings.Cut(h, " "+name+`="`)
		_, after, _ := strings.Cut(rest, `"`)
		return before + " " + name + `="` + value + `"` + after
	}
}

// tamper makes the nonce a second younger.
func tamper(h string) string {
	before, rest, _ := strings.Cut(h, `nonce="`)
	digit := byte('0')
	if rest[10] == '0' {
		digit = '1'
	}
	return before + `nonce="` + rest[:10] + string(digit) + rest[11:]
}
