package digest

import (
	"fmt"
	"strings"
	"testing"
)

func printed(values ...any) []string {
	var out []string
	for _, v := range values {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q"} {
			out = append(out, fmt.Sprintf(verb, v))
		}
	}
	return out
}

func TestSecretsDoNotPrint(t *testing.T) {
	h := NewHA1("201", realm, password)
	for _, text := range printed(h, &h, []HA1{h}, Account{User: "u", Password: password, HA1: h}) {
		if strings.Contains(text, h.MD5) || strings.Contains(text, h.SHA256) || strings.Contains(text, password) {
			t.Errorf("a secret is printed: %s", text)
		}
	}
}

func TestParseHA1(t *testing.T) {
	good := NewHA1("201", realm, password)
	for _, tt := range []struct {
		name, md5, sha string
		ok             bool
	}{
		{"both", good.MD5, good.SHA256, true},
		{"capitals", strings.ToUpper(good.MD5), "", true},
		{"one", "", good.SHA256, true},
		{"none", "", "", false},
		{"swapped", good.SHA256, good.MD5, false},
		{"not hexadecimal", strings.Repeat("x", 32), "", false},
	} {
		h, err := ParseHA1(tt.md5, tt.sha)
		if (err == nil) != tt.ok {
			t.Errorf("%s: %v, want success %v", tt.name, err, tt.ok)
		}
		if err == nil && h.MD5 != strings.ToLower(h.MD5) {
			t.Errorf("%s: capitals are kept", tt.name)
		}
	}
}
