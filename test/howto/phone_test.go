package howto

import "testing"

func TestPhone(t *testing.T) {
	for _, name := range []string{"phone.md", "embed-phone.md"} {
		t.Run(name, func(t *testing.T) { newPage(t).do(name) })
	}
}
