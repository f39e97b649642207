package digest

import (
	"strings"
	"testing"
)

func FuzzVerify(f *testing.F) {
	key := []byte("0123456789abcdef")
	c := Config{Realm: realm, Key: key}
	v := NewVerifier(c)
	p, err := parseHeader(v.Challenge(start(), source, nil, false)[0])
	if err != nil {
		f.Fatal(err)
	}
	good := phone()
	for _, a := range []Algorithm{MD5, SHA256} {
		good.algorithm = a
		f.Add(good.header(p["nonce"]), uri)
	}
	good.qop = ""
	f.Add(good.header(p["nonce"]), uri+";transport=ws")
	f.Add(`Digest username="a\", nc=-1, nc=ffffffffff`, "sip:[::1]:5060")
	f.Add("Digest ,,=,\t\r\n a=\"", "sip:a@b@c;x?y:z")
	f.Add(`Digest username="201", realm="example.test", nonce="", uri="", response=""`, "")
	f.Fuzz(func(t *testing.T, header, uri string) {
		v := NewVerifier(c)
		got := v.Verify(start(), Request{"REGISTER", uri, source, header}, users)
		if got.Outcome < Absent || got.Outcome > Unsupported {
			t.Errorf("outcome %d", got.Outcome)
		}
		if (got.Outcome == OK) != (got.Reason == "") {
			t.Errorf("%v with the reason %q", got.Outcome, got.Reason)
		}
		if strings.ContainsAny(got.User+got.Reason, "\r\n\x00") {
			t.Errorf("control characters get into the result: %+v", got)
		}
		again := v.Verify(start(), Request{"REGISTER", uri, source, header}, users)
		if got.Outcome == OK && again.Outcome != Stale {
			t.Errorf("replay = %v, want stale", again.Outcome)
		}
	})
}

func FuzzAnswer(f *testing.F) {
	f.Add(`Digest realm="example.test", nonce="abc", qop="auth", algorithm=MD5`)
	f.Add(`Digest realm="example.test", nonce="abc", qop="auth-int, auth", algorithm=SHA-256, stale=true`)
	f.Add(`digest REALM=r, nonce=n=, opaque="\""`)
	f.Add(`Digest realm="r", nonce="n", qop="auth-int"`)
	f.Add("Digest realm=\"r\u200b\", nonce=\"\\\\\"")
	f.Fuzz(func(t *testing.T, challenge string) {
		h, err := Answer(account(), Server, []string{challenge}, "INVITE", uri)
		if err != nil {
			return
		}
		asked, err := parseHeader(challenge)
		if err != nil {
			t.Fatalf("answered what cannot be read: %v", err)
		}
		got, err := parseHeader(h[0].Value)
		if err != nil {
			t.Fatalf("the answer %q cannot be read: %v", h[0].Value, err)
		}
		for _, name := range []string{"realm", "nonce", "opaque"} {
			if got[name] != asked[name] {
				t.Errorf("%s = %q, want %q", name, got[name], asked[name])
			}
		}
	})
}
