package gateway

import (
	"strings"
	"testing"
)

func TestNoSecretOfAMessageIsLogged(t *testing.T) {
	for name, message := range map[string]string{
		"authorization":         "REGISTER sip:a SIP/2.0\r\nAuthorization: Digest username=\"1\", response=\"SECRET\"\r\n\r\n",
		"proxy, odd case":       "INVITE sip:a SIP/2.0\r\npRoXy-AuThOrIzAtIoN :Digest response=\"SECRET\"\r\n\r\n",
		"folded":                "INVITE sip:a SIP/2.0\r\nAuthorization: Digest username=\"1\",\r\n\tresponse=\"SECRET\",\r\n  cnonce=\"SECRET\"\r\nTo: <sip:a>\r\n\r\n",
		"folded at once":        "INVITE sip:a SIP/2.0\r\nAuthorization:\r\n Digest response=\"SECRET\"\r\n\r\n",
		"no scheme":             "INVITE sip:a SIP/2.0\r\nAuthorization: response=\"SECRET\"\r\n\r\n",
		"bare line feeds":       "INVITE sip:a SIP/2.0\nAuthorization: Digest response=\"SECRET\"\n\n",
		"bare carriage returns": "INVITE sip:a SIP/2.0\rAuthorization: Digest response=\"SECRET\"\r\r",
		"no end":                "INVITE sip:a SIP/2.0\r\nAuthorization: Digest response=\"SECRET\"",
		"basic":                 "INVITE sip:a SIP/2.0\r\nAuthorization: Basic SECRET\r\n\r\n",
		"sdes":                  "INVITE sip:a SIP/2.0\r\n\r\nv=0\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:SECRET|2^20;inline:SECRET\r\n",
		"sdes, odd":             "INVITE sip:a SIP/2.0\r\n\r\nv=0\r\nA=Crypto:1  AES_256_CM_HMAC_SHA1_80\tinline:SECRET\n",
		"ice":                   "INVITE sip:a SIP/2.0\r\n\r\nv=0\r\na=ice-ufrag:abcd\r\na=ice-pwd:SECRET\r\n",
		"key":                   "INVITE sip:a SIP/2.0\r\n\r\nv=0\r\nk=clear:SECRET\r\n",
		"uri password":          "INVITE sip:ann:SECRET@example.test SIP/2.0\r\nTo: <SIPS:ann:SECRET@example.test>\r\n\r\n",
		"digits":                "INFO sip:a SIP/2.0\r\nContent-Type: application/dtmf-relay\r\n\r\nSignal= SECRET\r\nDuration=160\r\n",
		"a digit":               "INFO sip:a SIP/2.0\r\nc: application/DTMF; x=y\r\n\r\nSECRET",
	} {
		t.Run(name, func(t *testing.T) {
			got := withoutSecrets(message)
			if strings.Contains(got, "SECRET") || !strings.Contains(got, redacted) {
				t.Errorf("logged as\n%s", got)
			}
			if want := strings.Count(strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(message), "\n"); strings.Count(got, "\n") != want {
				t.Errorf("%d lines, want %d:\n%s", strings.Count(got, "\n"), want, got)
			}
		})
	}
}

func TestTheRestOfAMessageIsLoggedAsItIs(t *testing.T) {
	const message = "INVITE sip:1002@127.0.0.1:5060;transport=ws SIP/2.0\n" +
		"Via: SIP/2.0/WS a.invalid;branch=z9hG4bK1\n" +
		"Subject: one\n two\n" +
		"WWW-Authenticate: Digest realm=\"a\", nonce=\"b\"\n" +
		"Contact: <sip:1001@192.0.2.1:5060>, <sip:x@y>\n\n" +
		"v=0\na=ice-ufrag:abcd\na=fingerprint:sha-256 AB:CD\na=rtpmap:8 PCMA/8000\n"
	if got := withoutSecrets(message); got != message {
		t.Errorf("logged as\n%s", got)
	}
}

func FuzzWithoutSecrets(f *testing.F) {
	f.Add("INVITE sip:a SIP/2.0\r\n", "\r\n\r\n")
	f.Add("", "")
	f.Add(" folded\r\n", "\n")
	f.Fuzz(func(t *testing.T, before, after string) {
		if strings.Contains(before+after, "S3CR3T") || strings.ContainsAny(before, "\r\n") && !strings.HasSuffix(before, "\n") {
			t.Skip()
		}
		if lineEnd.MatchString(before) && strings.Contains(strings.Join(lineEnd.Split(before, -1), "\n"), "\n\n") || before != "" && !strings.HasSuffix(before, "\n") || strings.HasPrefix(before, "\n") || strings.HasPrefix(before, "\r") {
			t.Skip() // the header has ended, or the field is part of another line
		}
		if got := withoutSecrets(before + "Authorization: Digest response=\"S3CR3T\"" + after); strings.Contains(got, "S3CR3T") {
			t.Errorf("logged as %q", got)
		}
	})
}
