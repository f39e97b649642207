package media

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/tandemgw/tandem/codecs"
	"github.com/tandemgw/tandem/media/sdp"
)

// Who puts a room on hold plays music to it, as telephones do: nobody hears that. Who
// never hears the room, and only speaks to it, is heard.
func TestMusicOfAMemberOnHoldIsNotHeard(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newTestRoom(t, RoomConfig{})
		only := testStream(formatPCMU)
		only.Direction = sdp.RecvOnly
		a, b, bell := newGuest(t, r, formatPCMU, 500), newGuest(t, r, formatPCMA, 0), newGuest(t, r, formatPCMU, 900)
		bell.Endpoint = newTestLeg(t, r.engine, Options{}, only).Endpoint
		if _, err := r.Join(bell.Endpoint); err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct {
			direction sdp.Direction // ours
			heard     bool
		}{{sdp.SendRecv, true}, {sdp.RecvOnly, false}, {sdp.SendRecv, true}, {sdp.Inactive, false}, {sdp.SendRecv, true}} {
			s := testStream(formatPCMU)
			s.Direction = c.direction
			if err := a.Apply(s); err != nil {
				t.Fatal(err)
			}
			before, told := len(b.wire.packets()), len(a.wire.packets())
			talkFor([]*guest{a, b, bell}, 2*time.Second)
			synctest.Wait()
			pcm := decodeAll(t, codecs.NewALawDecoder(), payloads(b.wire.packets()[before+20:]))[:8000]
			if p := power(pcm, 500, 8000); c.heard != (p > 4000) || !c.heard && p > 50 {
				t.Errorf("while we are %v it is heard with amplitude %.0f", c.direction, p)
			}
			if p := power(pcm, 900, 8000); p < 4000 {
				t.Errorf("who only speaks is heard with amplitude %.0f", p)
			}
			if n := len(a.wire.packets()) - told; c.heard != (n > 0) {
				t.Errorf("while we are %v it gets %d packets", c.direction, n)
			}
		}
		_ = r.engine.Close()
	})
}
