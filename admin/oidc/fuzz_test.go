package oidc

import (
	"encoding/json"
	"testing"
	"unicode"
)

func FuzzClaims(f *testing.F) {
	for _, text := range []string{
		`{"sub":"1","email":"ann@example.com","email_verified":true,"groups":["a","b"]}`, `{"groups":{"a":1}}`, `{"a":{"b":{"c":["voice"]}}}`,
		`{"preferred_username":"\u0000\n"}`, `null`, `{"email_verified":"true","email":5}`,
	} {
		f.Add(text)
	}
	rules := Rules{Order: []string{"viewer", "admin"}, Rules: []Rule{{"admin", "groups", "a"}, {"admin", "a.b.c", "*ice"}, {"viewer", "email", "*@example.com"}}}
	f.Fuzz(func(t *testing.T, text string) {
		var claims map[string]any
		if json.Unmarshal([]byte(text), &claims) != nil {
			t.Skip()
		}
		who, err := rules.identify(claims)
		if (err == nil) != (who.Role != "") {
			t.Errorf("%s: %+v, %v", text, who, err)
		}
		if who.Name == "" || len(who.Name) > 128 {
			t.Errorf("%s: named %q", text, who.Name)
		}
		for _, c := range who.Name {
			if !unicode.IsPrint(c) && c != unicode.ReplacementChar {
				t.Errorf("%s: named %q", text, who.Name)
			}
		}
	})
}
