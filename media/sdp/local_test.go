package sdp

import (
	"net/netip"
	"strings"
	"testing"
)

func TestPlainDescriptionsAreSmall(t *testing.T) {
	s := NewSession(SessionConfig{SessionID: 1<<63 - 1})
	l := plainLocal(G722(), PCMA(), PCMU())
	l.Address = netip.MustParseAddr("203.0.113.113")
	if offer := must(s.Offer(l))(t); len(offer) > 300 {
		t.Errorf("an offer has %d bytes:\n%s", len(offer), offer)
	}
}

func TestLocalThatCannotBeWritten(t *testing.T) {
	tests := map[string]func(*Local){
		"no address":      func(l *Local) { l.Address = netip.Addr{} },
		"any address":     func(l *Local) { l.Address = netip.IPv4Unspecified() },
		"no port":         func(l *Local) { l.Port = 0 },
		"no codecs":       func(l *Local) { l.Codecs = nil },
		"codec no clock":  func(l *Local) { l.Codecs = []Codec{{Name: "x"}} },
		"line end":        func(l *Local) { l.CNAME = "a\r\nb" },
		"no ICE":          func(l *Local) { l.Profile = WebRTC },
		"no fingerprint":  func(l *Local) { *l = webLocal(); l.Fingerprint = "" },
		"no candidate":    func(l *Local) { *l = webLocal(); l.ICE.Candidates = []string{"1 1 udp 1 x.local 9 typ host"} },
		"tcp candidate":   func(l *Local) { *l = webLocal(); l.ICE.Candidates = []string{"1 1 tcp 1 192.0.2.1 9 typ host"} },
		"short candidate": func(l *Local) { *l = webLocal(); l.ICE.Candidates = []string{"1 1 udp"} },
	}
	for name, spoil := range tests {
		t.Run(name, func(t *testing.T) {
			l := plainLocal()
			spoil(&l)
			s := NewSession(SessionConfig{})
			if b, err := s.Offer(l); err == nil {
				t.Errorf("offered:\n%s", b)
			}
			must(s.ReceiveOffer(crlf(phoneOffer)))(t)
			if _, _, err := s.Answer(l); err == nil {
				t.Error("answered")
			}
		})
	}
}

func TestOffersWithIPv6AndRTCPPort(t *testing.T) {
	s := NewSession(SessionConfig{})
	l := plainLocal()
	l.Address, l.RTCPPort, l.PTime = netip.MustParseAddr("2001:db8::1"), 40001, 40
	offer := string(must(s.Offer(l))(t))
	for _, line := range []string{"c=IN IP6 2001:db8::1", "a=rtcp:40001", "a=ptime:40"} {
		if !strings.Contains(offer, "\r\n"+line+"\r\n") {
			t.Errorf("no %s in\n%s", line, offer)
		}
	}
}
