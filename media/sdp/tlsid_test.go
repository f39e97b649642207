package sdp

import (
	"strings"
	"testing"
)

// A far end that names its association anew wants another one (RFC 8842 §4), with the same
// certificate at the same address; roles may change then. It is answered with a name of ours,
// that changes with it; who names none is told none.
func TestAnotherAssociationByItsName(t *testing.T) {
	const first, second, third = "abc3de65cddef001be82", "dbc3de65cddef001be82", "fbc3de65cddef001be8/+-_"
	cert := "a=fingerprint:sha-256 " + strings.TrimSuffix(strings.Repeat("0F:", 32), ":") + "\r\n"
	offer := func(setup, id string) []byte {
		lines := cert + "a=setup:" + setup + "\r\n"
		if id != "" {
			lines += "a=tls-id:" + id + "\r\n"
		}
		return audioAt("UDP/TLS/RTP/SAVP", lines)
	}
	ours := func(b []byte) string {
		_, id, _ := strings.Cut(string(b), "a=tls-id:")
		id, _, _ = strings.Cut(id, "\r\n")
		return id
	}
	s := NewSession(SessionConfig{})
	l := secureLocal(SecureAsOffered, true, 'b')
	l.Fingerprint = "sha-256 " + strings.TrimSuffix(strings.Repeat("1F:", 32), ":")
	l.TLSID = strings.Repeat("x", 32)
	last := ""
	for i, c := range []struct {
		setup, id   string
		association int
		role        Setup
		says, fresh bool
	}{
		{"actpass", "", 0, Active, false, false},
		{"actpass", "short", 0, Active, false, false},
		{"actpass", strings.Repeat("x", 256), 0, Active, false, false},
		{"actpass", "no name has spaces in it", 0, Active, false, false},
		{"actpass", first, 0, Active, true, true},
		{"actpass", first, 0, Active, true, false},
		{"active", second, 1, Passive, true, true},
		{"active", second, 1, Passive, true, false},
		{"active", "", 1, Passive, false, false},
		{"actpass", second, 1, Passive, true, false},
	} {
		r, err := s.ReceiveOffer(offer(c.setup, c.id))
		if err != nil {
			t.Fatal(err)
		}
		l.Setup = Active
		if r.Setup == Active {
			l.Setup = Passive
		}
		b, stream, err := s.Answer(l)
		if err != nil {
			t.Fatalf("offer %d: %v", i, err)
		}
		if stream.Association != c.association || stream.Setup != c.role {
			t.Errorf("offer %d: association %d as %s", i, stream.Association, stream.Setup)
		}
		id := ours(b)
		if (id != "") != c.says || c.says && (len(id) < 20 || (id != last) != c.fresh) {
			t.Errorf("offer %d is answered with %q, before it was %q", i, id, last)
		}
		if id != "" {
			last = id
		}
	}
	b, err := s.Offer(l)
	if err != nil {
		t.Fatal(err)
	}
	if id := ours(b); id != last {
		t.Errorf("offered as %q, which is %q", id, last)
	}
	stream, err := s.ReceiveAnswer(offer("passive", third))
	if err != nil {
		t.Fatal(err)
	}
	if stream.Association != 2 || stream.Setup != Active {
		t.Errorf("answered: association %d as %s", stream.Association, stream.Setup)
	}
}
