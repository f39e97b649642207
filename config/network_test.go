package config

import (
	"strings"
	"testing"
)

func TestICELiteWithoutAPublicAddressIsWarnedOf(t *testing.T) {
	for text, warned := range map[string]bool{
		"media { ice = \"lite\" }": true, "media { ice = \"full\" }": false, "public_ip = \"203.0.113.5\"\nmedia { ice = \"lite\" }": false,
	} {
		f, found := Check(".", []Source{{"t.hcl", []byte("domain = \"pbx.example.com\"\n" + text + "\n")}}, Options{})
		if f == nil {
			t.Fatalf("%q: %s", text, found)
		}
		if got := strings.Contains(found.String(), "there is no public_ip"); got != warned {
			t.Errorf("%q: warned %v, want %v: %s", text, got, warned, found)
		}
	}
}
