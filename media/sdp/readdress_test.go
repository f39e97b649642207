package sdp

import (
	"net/netip"
	"strings"
	"testing"
)

func TestAnOfferThatGoesToTheOtherFamilyIsRememberedSo(t *testing.T) {
	s := NewSession(SessionConfig{SessionID: 7})
	l := Local{Address: netip.MustParseAddr("192.0.2.1"), Port: 4000, Codecs: []Codec{PCMU()}}
	first, err := s.Offer(l)
	if err != nil {
		t.Fatal(err)
	}
	six := netip.MustParseAddr("2001:db8::1")
	second := string(Readdressed(first, six))
	if strings.Contains(second, "192.0.2.1") || strings.Count(second, "IN IP6 2001:db8::1\r\n") != 2 {
		t.Errorf("offered\n%s", second)
	}
	s.Readdress(six)
	if string(s.LastLocal()) != second {
		t.Errorf("remembered\n%s", s.LastLocal())
	}
	if _, err := s.ReceiveAnswer([]byte("v=0\r\nc=IN IP6 2001:db8::2\r\nm=audio 5000 RTP/AVP 0\r\n")); err != nil {
		t.Fatal(err)
	}
	l.Address = six
	again, err := s.Offer(l)
	if err != nil || string(again) != second {
		t.Errorf("the version was raised for nothing:\n%s%v", again, err)
	}
}
