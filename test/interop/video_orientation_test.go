package interop

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/tandemgw/tandem/test/peers"
)

// held is a camera that a page holds upright: its pictures lie, the left half red, and a
// quarter turn clockwise makes the red half the upper one.
const held = `(window.held = (rotation) => {
	const canvas = Object.assign(document.createElement('canvas'), { width: 320, height: 240 });
	const pen = canvas.getContext('2d'), track = new MediaStreamTrackGenerator({ kind: 'video' }), writer = track.writable.getWriter();
	let n = 0;
	setInterval(() => {
		pen.fillStyle = 'rgb(0 0 ' + (200 + (n++ % 50)) + ')';
		pen.fillRect(0, 0, 320, 240);
		pen.fillStyle = 'rgb(220 0 0)';
		pen.fillRect(0, 0, 160, 240);
		writer.write(new VideoFrame(canvas, { timestamp: performance.now() * 1000, rotation })).catch(() => {});
	}, 50);
	return track;
}, 0)`

// shown is how the page shows what it sees: the size, and the color of its upper left and
// its lower right.
const shown = `(async () => {
	const track = pc.getReceivers().find((r) => r.track.kind === 'video').track;
	const v = window.screen1 ??= Object.assign(document.createElement('video'), { muted: true, srcObject: new MediaStream([track]) });
	await Promise.race([v.play(), new Promise((r) => setTimeout(r, 2000))]);
	if (!v.videoWidth) return 'nothing';
	const c = Object.assign(document.createElement('canvas'), { width: v.videoWidth, height: v.videoHeight });
	const pen = c.getContext('2d');
	pen.drawImage(v, 0, 0);
	const color = (x, y) => { const [r, , b] = pen.getImageData(x, y, 1, 1).data; return r > 120 && b < 100 ? 'red' : b > 120 && r < 100 ? 'blue' : 'gray'; };
	const [w, h] = [c.width, c.height];
	return (w > h ? 'lying ' : 'upright ') + color(w * 0.9, h * 0.1) + ' over ' + color(w * 0.1, h * 0.9);
})()`

// without leaves a header extension out of what a browser says.
const without = `(sdp) => sdp.split('\r\n').filter((l) => !/^a=extmap:.*urn:3gpp:video-orientation/.test(l)).join('\r\n')`

// TestACameraThatIsHeldUprightIsSeenUpright: whoever sees turns the picture.
func TestACameraThatIsHeldUprightIsSeenUpright(t *testing.T) {
	t.Parallel()
	h := open(t, "")
	ann, bob := h.web(t, "1001", peers.WebPeerConfig{}), h.web(t, "1002", peers.WebPeerConfig{})
	for _, p := range []*peers.WebPeer{ann, bob} {
		p.Do(handle)
		p.Do(held)
	}
	shows := func(who *peers.WebPeer, want string) {
		t.Helper()
		last := ""
		defer func() { t.Logf("it shows %s", last) }()
		peers.Await(t, 20*time.Second, "a picture "+want, func() bool {
			last = peers.Eval[string](who.Tab, shown)
			return last == want
		})
	}
	call := func(rewrite string) {
		ann.Forget()
		bob.Forget()
		ann.Do("window.screen1 = undefined")
		bob.Do("window.screen1 = undefined")
		bob.Do("window.rewrite = { made: (s) => s, ours: " + rewrite + ", theirs: " + rewrite + " }")
		ann.Seen(uri("1002"), peers.Show{Width: 320, Height: 240})
		bob.Event("incoming", 20*time.Second)
		bob.Show(peers.Show{Width: 320, Height: 240})
		ann.Event("confirmed", 20*time.Second)
		bob.Watch(0, 3, 20*time.Second)
		ann.Watch(0, 3, 20*time.Second)
	}
	call("(s) => s")
	for rotation, want := range map[int]string{90: "upright red over blue", 270: "upright blue over red"} {
		for name, pair := range map[string][2]*peers.WebPeer{"who called": {ann, bob}, "who was called": {bob, ann}} {
			t.Run(fmt.Sprintf("%d degrees, %s", rotation, name), func(t *testing.T) {
				pair[0].Do(fmt.Sprintf("sender().replaceTrack(held(%d))", rotation))
				shows(pair[1], want)
			})
		}
	}
	ann.Hangup()
	bob.Event("ended", 20*time.Second)
	// Chromium turns what its camera gives before it encodes it, but no frame of a page's own:
	// those it throws away where nobody turns them. So what it has agreed to is looked at.
	t.Run("one who does not know it", func(t *testing.T) {
		call(without)
		for _, p := range []*peers.WebPeer{ann, bob} {
			if known := peers.Eval[string](p.Tab, "sender().getParameters().headerExtensions.map((x) => x.uri).join(' ')"); strings.Contains(known, "orientation") {
				t.Errorf("one browser leaves its pictures to be turned: %s", known)
			}
		}
		ann.Do("sender().replaceTrack(held(0))")
		shows(bob, "lying blue over red")
	})
}
