package interop

import (
	"fmt"
	"testing"
	"time"

	"github.com/tandemgw/tandem/test/peers"
	"github.com/tandemgw/tandem/test/sound"
)

// handle keeps the newest connection of a page in hand, and lets what it writes and
// reads of descriptions be changed on the way.
const handle = `(() => {
  const Connection = RTCPeerConnection;
  window.rewrite = { made: (sdp) => sdp, ours: (sdp) => sdp, theirs: (sdp) => sdp };
  window.RTCPeerConnection = class extends Connection {
    constructor(...a) { super(...a); window.pc = this; }
    addTrack(track, ...streams) {
      if (track.kind !== 'video' || !window.layers) return super.addTrack(track, ...streams);
      return this.addTransceiver(track, { streams }).sender;
    }
    addTransceiver(track, o) {
      return super.addTransceiver(track, track.kind === 'video' && window.layers ? { ...o, sendEncodings: layers } : o);
    }
    async createOffer(o) {
      const d = await super.createOffer(o);
      return { type: d.type, sdp: rewrite.made(d.sdp) };
    }
    get localDescription() {
      const d = super.localDescription;
      return d && { type: d.type, sdp: rewrite.ours(d.sdp) };
    }
    setRemoteDescription(d) { return super.setRemoteDescription({ type: d.type, sdp: rewrite.theirs(d.sdp) }); }
  };
  window.sender = () => pc.getSenders().find((s) => s.track && s.track.kind === 'video') || pc.getTransceivers().find((t) => t.receiver.track.kind === 'video').sender;
  window.painted = (width, height) => {
    const canvas = Object.assign(document.createElement('canvas'), { width, height });
    const pen = canvas.getContext('2d'), track = new MediaStreamTrackGenerator({ kind: 'video' }), writer = track.writable.getWriter();
    let n = 0;
    const clock = setInterval(() => {
      if (track.readyState === 'ended') return clearInterval(clock);
      pen.fillStyle = 'hsl(' + ((n++ * 7) % 360) + ' 80% 50%)';
      pen.fillRect(0, 0, width, height);
      writer.write(new VideoFrame(canvas, { timestamp: performance.now() * 1000 })).catch(() => {});
    }, 50);
    return track;
  };
})()`

// rewriting changes descriptions on the way by some of keep, which leaves out candidates,
// and swap, which gives the formats of video other numbers.
const rewriting = `(() => {
  const keep = (what) => (sdp) => sdp.split('\r\n').filter((l) => !l.startsWith('a=candidate') || what.test(l)).join('\r\n');
  const swap = (sdp) => {
    const other = { 96: '120', 97: '119', 98: '118', 99: '117', 120: '96', 119: '97', 118: '98', 117: '99' };
    let video = false;
    return sdp.split('\r\n').map((l) => {
      if (l.startsWith('m=')) video = l.startsWith('m=video');
      if (!video) return l;
      if (l.startsWith('m=video')) return l.split(' ').map((w, i) => i > 2 && other[w] || w).join(' ');
      return l.replace(/^(a=(?:rtpmap|fmtp|rtcp-fb):)(\d+)/, (_, a, pt) => a + (other[pt] || pt)).replace(/apt=(\d+)/, (_, pt) => 'apt=' + (other[pt] || pt));
    }).join('\r\n');
  };
  const as = (sdp) => sdp;
  window.rewrite = { made: as, ours: as, theirs: as, ...(%s) };
})()`

// inHand are the pages of 1001 and 1002 of a gateway, with a handle each.
func inHand(t *testing.T) (ann, bob *peers.WebPeer) {
	t.Helper()
	h := open(t, "")
	ann, bob = h.web(t, "1001", peers.WebPeerConfig{}), h.web(t, "1002", peers.WebPeerConfig{})
	ann.Do(handle)
	bob.Do(handle)
	return ann, bob
}

// TestPicturesThatChangeInMidCall has a camera that is offered as simulcast, of which
// one picture is taken, replaced by another one and by none, and shares a screen.
func TestPicturesThatChangeInMidCall(t *testing.T) {
	t.Parallel()
	ann, bob := inHand(t)
	ann.Do("window.layers = [{ rid: 'lo', scaleResolutionDownBy: 2 }, { rid: 'hi' }]")
	callSeen(ann, bob, peers.Show{Width: 640, Height: 360}, peers.Show{Width: 480, Height: 270})
	sees := func(who *peers.WebPeer, width, height int) {
		t.Helper()
		var last peers.Picture
		peers.Await(t, 20*time.Second, fmt.Sprintf("a picture of %dx%d", width, height), func() bool {
			last = who.Watch(0, 1, 20*time.Second)
			return last.Width*height == last.Height*width
		})
		who.Watch(0, 10, 20*time.Second)
	}
	sees(bob, 16, 9)
	ann.Do("window.layers = null")
	t.Run("another camera", func(t *testing.T) {
		ann.Do("sender().replaceTrack(painted(320, 240))")
		sees(bob, 4, 3)
	})
	t.Run("one that is pulled out", func(t *testing.T) {
		ann.Do("sender().track.stop()")
		bob.Watch(0, 0, time.Second)
		peers.Listen(t, "bob", bob, sound.High(), bob.Recorded(), talk)
		ann.Watch(0, 10, 20*time.Second) // who shows nothing sees on
		ann.Do("sender().replaceTrack(painted(320, 180))")
		sees(bob, 16, 9)
	})
	t.Run("and a screen beside it", func(t *testing.T) {
		ann.Add(peers.Show{Width: 640, Height: 480})
		if screen := bob.Watch(1, 10, 20*time.Second); screen.Width*3 != screen.Height*4 {
			t.Errorf("the screen is %+v", screen)
		}
		sees(bob, 16, 9) // the camera is what it was
	})
	ann.Hangup()
	bob.Event("ended", 20*time.Second)
}

// TestPicturesOfManyEncodingsBesideACamera adds a screen as simulcast to a call with a
// camera that was none, of which one picture is taken.
func TestPicturesOfManyEncodingsBesideACamera(t *testing.T) {
	t.Parallel()
	ann, bob := inHand(t)
	for name, p := range map[string][2]*peers.WebPeer{"who calls": {ann, bob}, "who is called": {bob, ann}} {
		t.Run(name, func(t *testing.T) {
			ann.Forget()
			bob.Forget()
			callSeen(ann, bob, peers.Show{Width: 640, Height: 360}, peers.Show{Width: 480, Height: 270})
			adds, sees := p[0], p[1]
			sees.Watch(0, 5, 20*time.Second)
			adds.Do("window.layers = [{ rid: 'lo', scaleResolutionDownBy: 2 }, { rid: 'hi' }]")
			adds.Add(peers.Show{Width: 640, Height: 480})
			if screen := sees.Watch(1, 10, 20*time.Second); screen.Width*3 != screen.Height*4 {
				t.Errorf("the screen is %+v", screen)
			}
			sees.Watch(0, 10, 20*time.Second)
			adds.Do("window.layers = null")
			ann.Hangup()
			bob.Event("ended", 20*time.Second)
		})
	}
}

// TestBrowsersOfManyKinds calls with descriptions and candidates as browsers elsewhere
// write them.
func TestBrowsersOfManyKinds(t *testing.T) {
	t.Parallel()
	ann, bob := inHand(t)
	for name, rewrite := range map[string]string{
		"IPv6 only":                  `{ ours: keep(/ (::1|fd00::\w+) /), theirs: keep(/ udp .*::1 /) }`,
		"candidates of TCP only":     `{ ours: keep(/ tcp /), theirs: keep(/ tcp /) }`,
		"names instead of addresses": `{ ours: (s) => s.replace(/^(a=candidate:\S+ \d udp \d+ )\S+(.*)$/gm, '$110e412c7-d66b-4dd8-b59f-32a9091edb9b.local$2 ufrag XYZ1 network-cost 999 x-future 1') }`,
		"none":                       `{ ours: keep(/ nothing /) }`,
		"other payload numbers":      `{ made: swap }`,
	} {
		t.Run(name, func(t *testing.T) {
			ann.Forget()
			bob.Forget()
			ann.Do(fmt.Sprintf(rewriting, rewrite))
			began := time.Now()
			callSeen(ann, bob, peers.Show{Width: 320, Height: 180}, peers.Show{Width: 320, Height: 180})
			for _, p := range []*peers.WebPeer{ann, bob} {
				p.Watch(0, 3, 20*time.Second)
			}
			t.Logf("after %v they see each other; %s", time.Since(began), peers.Eval[string](ann.Tab, `(async () => {
				const all = {}; (await pc.getStats()).forEach((r) => (all[r.id] = r));
				const t = Object.values(all).find((r) => r.type === 'transport'), p = all[t.selectedCandidatePairId];
				return [all[p.localCandidateId], all[p.remoteCandidateId]].map((c) => c.protocol + ' ' + c.address + ' ' + c.candidateType).join(' to ');
			})()`))
			ann.Hangup()
			bob.Event("ended", 20*time.Second)
		})
	}
}
