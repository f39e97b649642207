package config

import (
	"strings"
	"testing"
)

// TestTrunksThatCannotBeKnownAreWarnedOf: such a file works, but not as somebody who wrote it would think.
func TestTrunksThatCannotBeKnownAreWarnedOf(t *testing.T) {
	for name, c := range map[string]struct{ trunk, want string }{
		"a name alone":           {`host = "sip.example"`, "can be called, but a call from it is not known"},
		"an account for calls":   {"host = \"sip.example\"\n register = { user = \"a\", password = \"x\", expires = \"off\" }", "can be called, but a call from it is not known"},
		"nobody's PBX":           {"host = \"sip.example\"\n accounts = { mode = \"held\" }", "no user has an account"},
		"trust of what we relay": {"host = \"sip.example\"\n accounts = { mode = \"relayed\" }\n trust = \"identity\"", "names no callers"},
		"a name and addresses":   {"host = \"sip.example\"\n allow = [\"203.0.113.7\"]", ""},
		"an account":             {"host = \"sip.example\"\n register = { user = \"a\", password = \"x\" }", ""},
		"an address":             {`host = "203.0.113.7"`, ""},
		"tones that are not":     {"host = \"203.0.113.7\"\n dtmf = \"inband\"\n codecs = [\"pcma\"]", ""},
		"keys in the clear":      {"host = \"203.0.113.7\"\n secure = \"require\"", "every call with trunk \"alpha\" will be refused"},
		"keys that stay":         {"host = \"203.0.113.7;transport=tcp\"\n secure = \"prefer\"", "will not be encrypted"},
		"keys over TLS":          {"host = \"203.0.113.7;transport=tls\"\n secure = \"require\"", ""},
		"keys by DTLS":           {"host = \"203.0.113.7\"\n secure = \"dtls\"", ""},
		"no keys":                {"host = \"203.0.113.7\"\n secure = \"off\"", ""},
		"a relayed PBX":          {"host = \"sip.example\"\n accounts = { mode = \"relayed\" }", ""},
	} {
		text := "domain = \"pbx.example.com\"\ntrunk \"alpha\" {\n" + c.trunk + "\n}\n"
		f, found := Check(".", []Source{{"t.hcl", []byte(text)}}, Options{})
		switch {
		case f == nil || found.HasErrors():
			t.Errorf("%s: not loaded: %s", name, found)
		case c.want == "" && len(found) > 0:
			t.Errorf("%s: %s", name, found)
		case c.want != "" && (len(found) != 1 || !strings.Contains(found[0].Message, c.want)):
			t.Errorf("%s: %q, want %s", name, found, c.want)
		}
	}
}

func TestDurationsAreReadAndWrittenAlike(t *testing.T) {
	for text, want := range map[string]string{
		"30s": "30s", "90s": "90s", "2m": "2m", "1h30m": "90m", "7d": "7d", "24h": "1d", "0s": "0s",
		"": "", "d": "", "-1s": "", "-1d": "", "1": "", "30 s": "", "99999999d": "", "1d2h": "",
	} {
		d, ok := parseDuration(text)
		if got := inWordsDuration(d); ok != (want != "") || ok && got != want {
			t.Errorf("%q: %s, %v, want %q", text, got, ok, want)
		}
	}
}

// TestUsersThatAPBXProvesNeedNoPassword: where accounts are relayed, nobody here has their passwords.
func TestUsersThatAPBXProvesNeedNoPassword(t *testing.T) {
	const text = `
domain = "gateway.example.com"
user "8203" {
}
trunk "pbx" {
  host     = "asterisk.example.com"
  accounts = { mode = "relayed" }
}
`
	if f, found := Check(".", []Source{{"t.hcl", []byte(text)}}, Options{}); f == nil || len(found) > 0 {
		t.Error(found)
	}
}

// TestUsersWhoNeedTLSAreWarnedOfWhereThereIsNone: their telephones could not call.
func TestUsersWhoNeedTLSAreWarnedOfWhereThereIsNone(t *testing.T) {
	for listen, want := range map[string]int{`sip = [":5060/udp"]`: 1, `sip = [":5060/udp", ":5061/tls"]`: 0, "": 0} {
		text := "domain = \"pbx.example.com\"\nlisten {\n" + listen + "\n}\nuser \"201\" {\n password = \"x\"\n secure = \"require\"\n}\n"
		f, found := Check(".", []Source{{"t.hcl", []byte(text)}}, Options{})
		if f == nil || len(found) != want || want == 1 && !strings.Contains(found[0].Message, "needs TLS") {
			t.Errorf("%q: %s", listen, found)
		}
	}
}
