package api

import (
	"testing"
	"time"
)

func FuzzCookie(f *testing.F) {
	c := cookies{key: make([]byte, 32), revoked: map[string]int64{}}
	now := aDay()
	mine := session{ID: "1", Name: "ann", Role: "admin", Expires: now.Add(time.Hour).Unix()}
	f.Add(c.sign(mine))
	f.Add(c.sign(mine)[:len(c.sign(mine))-4] + "\n" + c.sign(mine)[len(c.sign(mine))-4:])
	f.Add("eyJpIjoiMSJ9.AAAA")
	f.Add(".")
	f.Fuzz(func(t *testing.T, value string) {
		if s, ok := c.read(now, value); ok && value != c.sign(s) {
			t.Errorf("%q is taken as %+v", value, s)
		}
	})
}

func FuzzHash(f *testing.F) {
	f.Add("$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHRzYWx0c2FsdA$aGFzaGhhc2hoYXNoaGFzaGhhc2hoYXNoaGFzaGhhc2g")
	f.Add("$argon2id$v=19$m=4294967295,t=1,p=1$$")
	f.Add("$2a$10$")
	f.Fuzz(func(t *testing.T, text string) {
		h, err := parseHash(text)
		if err != nil {
			return
		}
		if h.memory > maxHashMemory || h.passes > maxHashPasses || len(h.sum) > 64 {
			t.Errorf("%q would take %d KiB and %d passes", text, h.memory, h.passes)
		}
		if again, err := parseHash(h.String()); err != nil || again.String() != h.String() {
			t.Errorf("%q does not read as itself: %v", text, err)
		}
	})
}
