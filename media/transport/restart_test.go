package transport

import (
	"testing"

	"github.com/pion/webrtc/v4"

	"github.com/tandemgw/tandem/media/sdp"
)

// A browser whose network changes is silent until ICE gives up; it comes back on
// another address with a restart, and DTLS and SRTP go on.
func TestPeerReturnsAfterICEHasGivenUp(t *testing.T) {
	m := newTestMux(t, MuxConfig{})
	b := newBrowser(t, browserConfig{})
	u := newTestPeer(t, m, false)
	connect(t, m, b, u, call{true, sdp.Active}, nil)
	converse(t, b, u)
	keys := u.keys.Load()
	u.Peer.mu.Lock()
	session := u.current
	u.Peer.mu.Unlock()
	u.silent(session, iceDisconnected+iceFailed+1, true)
	eventually(t, "the failure told", func() bool { return u.has(PeerFailed) })
	offer := b.offer(t, &webrtc.OfferOptions{ICERestart: true})
	second, err := u.Restart()
	if err != nil {
		t.Fatal(err)
	}
	if err := u.Connect(remoteOf(offer, sdp.Active)); err != nil {
		t.Fatal(err)
	}
	b.remote(t, webrtc.SDPTypeAnswer, description(m, u.ICE(), sdp.Active))
	eventually(t, "the new session in use", func() bool {
		u.Peer.mu.Lock()
		defer u.Peer.mu.Unlock()
		return u.current.ufrag == second.Ufrag
	})
	converse(t, b, u)
	if u.keys.Load() != keys {
		t.Error("DTLS ran again")
	}
}
