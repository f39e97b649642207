package digest

import (
	"strings"
	"testing"

	"github.com/icholy/digest"
)

// The examples of RFC 2617 §3.5, RFC 7616 §3.9.1 and RFC 2069 (with its erratum
// 749) have user, realm and nonce of their own: they are checked below the nonce.
func TestVectorsOfTheRFCs(t *testing.T) {
	for _, tt := range []struct {
		name, user, realm, password string
		algorithm                   Algorithm
		c                           credentials
		want                        string
	}{
		{
			"RFC 2617 §3.5", "Mufasa", "testrealm@host.com", "Circle Of Life", MD5,
			credentials{
				nonce: "dcd98b7102dd2f0e8b11d0f600bfb0c093", uri: "/dir/index.html", qop: "auth",
				ncText: "00000001", cnonce: "0a4f113b",
			},
			"6629fae49393a05397450978507c4ef1",
		},
		{
			"RFC 7616 §3.9.1 MD5", "Mufasa", "http-auth@example.org", "Circle of Life", MD5,
			credentials{
				nonce: "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", uri: "/dir/index.html", qop: "auth",
				ncText: "00000001", cnonce: "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
			},
			"8ca523f5e9506fed4657c9700eebdbec",
		},
		{
			"RFC 7616 §3.9.1 SHA-256", "Mufasa", "http-auth@example.org", "Circle of Life", SHA256,
			credentials{
				nonce: "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", uri: "/dir/index.html", qop: "auth",
				ncText: "00000001", cnonce: "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
			},
			"753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1",
		},
		{
			"RFC 2069 §2.4, erratum 749", "Mufasa", "testrealm@host.com", "CircleOfLife", MD5,
			credentials{nonce: "dcd98b7102dd2f0e8b11d0f600bfb0c093", uri: "/dir/index.html"},
			"1949323746fe6a43ef61f9606e7febea",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			v := NewVerifier(Config{Realm: tt.realm})
			tt.c.algorithm, tt.c.response = tt.algorithm, tt.want
			secrets := []HA1{NewHA1(tt.user, tt.realm, tt.password)}
			if i := v.match(tt.c, "GET", secrets); i != 0 {
				ha1, ha2 := secrets[0].of(tt.algorithm), tt.algorithm.hash("GET", tt.c.uri)
				t.Errorf("response = %s, want %s", tt.algorithm.hash(tt.c.parts(ha1, ha2)...), tt.want)
			}
			if i := v.match(tt.c, "POST", secrets); i != -1 {
				t.Errorf("the response fits another method")
			}
		})
	}
}

// Headers as peers write them; %R is the response, %N the nonce.
func TestHeadersOfPeers(t *testing.T) {
	for _, tt := range []struct {
		name, request, uri, header string
		parts                      func(nonce string) []string // after HA1
	}{
		{
			"JsSIP 3", "sip:example.test", "sip:example.test",
			`Digest algorithm=MD5, username="201", realm="example.test", nonce="%N", uri="sip:example.test", response="%R", qop=auth, cnonce="8jq1spknh6dc", nc=00000002`,
			func(n string) []string { return []string{n, "00000002", "8jq1spknh6dc", "auth"} },
		},
		{
			"baresip", "sip:example.test", "sip:example.test",
			`Digest username="201", realm="example.test", nonce="%N", uri="sip:example.test", response="%R", cnonce="c2b1a09f3de4a7b8", qop=auth, nc=00000001, algorithm=MD5`,
			func(n string) []string { return []string{n, "00000001", "c2b1a09f3de4a7b8", "auth"} },
		},
		{
			"SIP.js", "sip:600@example.test;transport=ws", "sip:600@example.test;transport=ws",
			`Digest algorithm=MD5, username="201", realm="example.test", nonce="%N", uri="sip:600@example.test;transport=ws", response="%R", cnonce="1kq0", qop=auth, nc=00000001`,
			func(n string) []string { return []string{n, "00000001", "1kq0", "auth"} },
		},
		{
			"a phone that drops URI parameters", "sip:600@example.test;transport=udp", "sip:600@example.test",
			`Digest username="201",realm="example.test",nonce="%N",uri="sip:600@example.test",response="%R",cnonce="xyz",nc=00000001,qop="auth",algorithm="MD5"`,
			func(n string) []string { return []string{n, "00000001", "xyz", "auth"} },
		},
		{
			"unquoted, capitals, spaces, empty elements", "sip:600@example.test", "sip:600@EXAMPLE.test:5060",
			"DIGEST\tUserName = 201 ,,Realm=example.test, NONCE=%N,\r\n URI=sip:600@EXAMPLE.test:5060 ,Response=%R, CNonce=a_b=/+,NC=1, Qop=AUTH,",
			func(n string) []string { return []string{n, "1", "a_b=/+", "AUTH"} },
		},
		{
			"escapes", "sip:example.test", "sip:example.test",
			`Digest username="2\01", realm="example.test", nonce="%N", uri="sip:example.test", response="%R", cnonce="a\"b\\", qop=auth, nc=00000001, opaque=""`,
			func(n string) []string { return []string{n, "00000001", `a"b\`, "auth"} },
		},
		{
			"RFC 2069 and a capital response", "sip:example.test", "sip:example.test",
			`Digest username="201", realm="example.test", nonce="%N", uri="sip:example.test", response="%U"`,
			func(n string) []string { return []string{n} },
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			v := newVerifier(t, Config{})
			nonce := nonceOf(t, v.Challenge(start(), source, nil, false)[0])
			parts := append([]string{MD5.hash("201", realm, password)}, tt.parts(nonce)...)
			response := MD5.hash(append(parts, MD5.hash("INVITE", tt.uri))...)
			h := strings.NewReplacer("%N", nonce, "%R", response, "%U", strings.ToUpper(response)).Replace(tt.header)
			r := Request{Method: "INVITE", URI: tt.request, Source: source, Header: h}
			if got := v.Verify(start(), r, users); got.Outcome != OK || got.User != "201" {
				t.Errorf("Verify(%q) = %+v, want OK", h, got)
			}
		})
	}
}

// The library that others answer with agrees with us.
func TestAnswerOfTheLibraryIsOK(t *testing.T) {
	for _, a := range []Algorithm{MD5, SHA256} {
		v := newVerifier(t, Config{})
		chal, err := digest.ParseChallenge(v.Challenge(start(), source, []Algorithm{a}, false)[0])
		if err != nil {
			t.Fatal(err)
		}
		cred, err := digest.Digest(chal, digest.Options{Method: "REGISTER", URI: uri, Username: "201", Password: password})
		if err != nil {
			t.Fatal(err)
		}
		if got := v.Verify(start(), register(cred.String()), users); got.Outcome != OK || got.Algorithm != a {
			t.Errorf("%s: %+v, want OK", a, got)
		}
	}
}

func TestSameTarget(t *testing.T) {
	for _, tt := range []struct {
		request, digest string
		want            bool
	}{
		{"sip:example.test", "sip:example.test", true},
		{"sip:201@example.test", "sip:201@example.test;transport=ws", true},
		{"sip:201@example.test;user=phone", "sip:201@example.test", true},
		{"sip:201@example.test?Subject=x", "sip:201@example.test", true},
		{"sip:201@example.test:5060", "SIP:201@Example.Test", true},
		{"sips:201@example.test:5061", "sips:201@example.test", true},
		{"sip:+44;ext=1@example.test", "sip:+44;ext=1@example.test;lr", true},
		{"sip:201@[2001:db8::1]:5080", "sip:201@[2001:DB8::1]:5080;lr", true},
		{"tel:+441234", "tel:+441234", true},
		{"sip:201@example.test", "sip:202@example.test", false},
		{"sip:ann@example.test", "sip:Ann@example.test", false},
		{"sip:201@example.test", "sip:example.test", false},
		{"sip:201@example.test", "sips:201@example.test", false},
		{"sip:201@example.test", "sip:201@example.test:5080", false},
		{"sip:201@example.test", "sip:201@other.test", false},
		{"sip:201@[2001:db8::1]", "sip:201@[2001:db8::2]", false},
		{"tel:+441234", "tel:+441235", false},
		{"sip:201@example.test", "", false},
		{"sip:", "sip:;x", false},
		{"", "", false},
	} {
		if got := sameTarget(tt.request, tt.digest); got != tt.want {
			t.Errorf("sameTarget(%q, %q) = %v, want %v", tt.request, tt.digest, got, tt.want)
		}
	}
}
