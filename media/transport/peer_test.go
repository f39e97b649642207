package transport

import (
	"testing"

	"github.com/pion/webrtc/v4"
	"github.com/tandemgw/tandem/media/sdp"
)

func TestPeerConnects(t *testing.T) {
	for _, tc := range []struct {
		name string
		lite bool
		call call
		role webrtc.DTLSRole
	}{
		{"answering active", false, call{true, sdp.Active}, 0},
		{"answering passive", false, call{true, sdp.Passive}, 0},
		{"offering, browser active", false, call{false, sdp.Passive}, webrtc.DTLSRoleClient},
		{"offering, browser passive", false, call{false, sdp.Active}, webrtc.DTLSRoleServer},
		{"lite answering active", true, call{true, sdp.Active}, 0},
		{"lite answering passive", true, call{true, sdp.Passive}, 0},
		{"lite offering", true, call{false, sdp.Passive}, webrtc.DTLSRoleClient},
	} {
		t.Run(tc.name, func(t *testing.T) {
			m := newTestMux(t, MuxConfig{Lite: tc.lite})
			b := newBrowser(t, browserConfig{role: tc.role})
			u := newTestPeer(t, m, !tc.call.browserOffers)
			connect(t, m, b, u, tc.call, nil)
			converse(t, b, u)
			s := u.Stats()
			if s.State != PeerConnected || s.Profile == "" || s.DTLSRole != tc.call.ourSetup || !s.Remote.IsValid() {
				t.Errorf("Stats() = %+v", s)
			}
			t.Logf("ICE after %s, keys after %s, %s", s.ICEAt, s.DTLSAt, s.Profile)
			if u.short || u.overlap {
				t.Errorf("room missing: %v, overlapping: %v", u.short, u.overlap)
			}
			if u.LastHeard() == 0 {
				t.Error("LastHeard() = 0 after media")
			}
			if err := u.Close(); err != nil {
				t.Error(err)
			}
			if err := u.WriteRTP(rtpPacket(111, 1, 4242)); err != ErrClosed {
				t.Errorf("WriteRTP after Close = %v", err)
			}
			eventually(t, "told of the end", func() bool { return u.has(PeerClosed) })
		})
	}
}
