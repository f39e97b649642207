package interop

import (
	"testing"
	"time"

	"github.com/tandemgw/tandem/test/peers"
)

// videoCall is a call with a picture between two of our own web phones: ann has called bob,
// who has answered with sound.
type videoCall struct {
	t        *testing.T
	ann, bob *peers.WebPhone
}

func startVideoCall(t *testing.T) videoCall {
	t.Helper()
	demo := peers.StartDemo(t)
	chrome := peers.StartChromium(t, "")
	c := videoCall{t: t, ann: chrome.WebPhone(t, demo.Links()[0]), bob: chrome.WebPhone(t, demo.Links()[1])}
	c.ann.Do(`(() => {
		const n = document.querySelector('[data-testid=number]');
		n.value = '1002';
		n.dispatchEvent(new Event('input', { bubbles: true }));
	})()`)
	c.ann.Click("call-video")
	c.bob.Click("answer")
	c.ann.Shows("call-card", "talking")
	return c
}

// seesMore waits until more of the other's picture has come than there is now.
func (c videoCall) seesMore(p *peers.WebPhone) {
	c.t.Helper()
	frames := func() int {
		return peers.Eval[int](p.Tab, `document.querySelector('[data-testid=their-picture]')?.getVideoPlaybackQuality().totalVideoFrames ?? 0`)
	}
	seen := frames()
	peers.Await(c.t, 20*time.Second, "a picture moves at "+c.name(p), func() bool {
		now := frames()
		seen = min(seen, now) // another picture begins with none
		return now > seen+10
	})
}

func (c videoCall) seesNobody(p *peers.WebPhone) {
	c.t.Helper()
	peers.Await(c.t, 15*time.Second, c.name(p)+" sees nobody any more", func() bool {
		return peers.Eval[bool](p.Tab, `!document.querySelector('[data-testid=their-picture]')`)
	})
}

// shows waits until ann's phone says that she shows something, camera or screen, or does not.
func (c videoCall) shows(what string, on bool) {
	c.t.Helper()
	pressed := "false"
	if on {
		pressed = "true"
	}
	peers.Await(c.t, 15*time.Second, "of ann's "+what+" it is said that it is shown: "+pressed, func() bool {
		return peers.Eval[bool](c.ann.Tab, `!!document.querySelector('[data-testid=`+what+`][aria-pressed=`+pressed+`]:not(:disabled)')`)
	})
}

func (c videoCall) name(p *peers.WebPhone) string {
	if p == c.ann {
		return "ann"
	}
	return "bob"
}

// overlapping are the words and discs of the buttons of a call that lie on those of the button before.
const overlapping = `(() => {
	const boxes = [...document.querySelectorAll('.toggle')].map((e) => {
		const words = document.createRange();
		words.selectNodeContents(e);
		const all = [...e.children, words].map((p) => p.getBoundingClientRect());
		return { name: e.innerText, top: e.getBoundingClientRect().top, left: Math.min(...all.map((b) => b.left)), right: Math.max(...all.map((b) => b.right)) };
	});
	return boxes.filter((b, i) => i > 0 && b.top === boxes[i - 1].top && b.left < boxes[i - 1].right).map((b) => b.name);
})()`

// TestWebPhonesSeeEachOther works two of our own web phones: a call with a picture,
// that the other side answers with sound and then shows its camera, too. A screen comes
// in the camera's place; screen and camera are gone one after the other.
func TestWebPhonesSeeEachOther(t *testing.T) {
	t.Parallel()
	c := startVideoCall(t)
	c.seesMore(c.bob)
	c.bob.Click("camera")
	c.seesMore(c.ann)
	for _, width := range []int64{360, 600, 780, 900, 1060, 1280} {
		c.ann.Size(width, 800)
		if over := peers.Eval[[]string](c.ann.Tab, overlapping); len(over) > 0 {
			t.Errorf("at %d px these lie on what is left of them: %q", width, over)
		}
	}
	// The page shows a new track of hers a moment after its buttons say so.
	const mine = `document.querySelector('[data-testid=my-picture]')?.srcObject?.getVideoTracks()[0]`
	another := func() {
		t.Helper()
		peers.Await(t, 15*time.Second, "ann sees what she shows", func() bool {
			return peers.Eval[bool](c.ann.Tab, `!!`+mine+` && `+mine+` !== window.was`)
		})
	}
	c.shows("camera", true)
	another()
	c.ann.Do(`(() => { window.was = ` + mine + `; })()`)
	c.ann.Click("screen") // in its place
	c.shows("screen", true)
	c.seesMore(c.bob)
	for _, what := range []string{"screen", "camera"} {
		c.shows(what, true)
		another()
		// The browser's bar that ends the share, the camera that is pulled out.
		c.ann.Do(`(() => {
			const track = window.was = ` + mine + `;
			track.stop();
			track.dispatchEvent(new Event('ended'));
		})()`)
		c.seesNobody(c.bob)
		c.seesMore(c.ann)
		if what == "screen" {
			c.shows("camera", false)
			c.ann.Click("camera")
			c.seesMore(c.bob)
		}
	}
	c.seesMore(c.ann)
	c.ann.Click("hangup")
	c.bob.Shows("call-card", "ended")
}

// TestPicturesOfAHurriedPerson has a screen share end, and the camera wanted as soon as its
// button can be pressed: while the other side is still being told that the screen is gone. Then
// both sides want their cameras at once, and their offers may cross (RFC 3261 section 14.1).
func TestPicturesOfAHurriedPerson(t *testing.T) {
	t.Parallel()
	c := startVideoCall(t)
	c.shows("camera", true)
	c.seesMore(c.bob)
	for range 3 {
		c.ann.Click("screen")
		c.shows("screen", true)
		c.ann.Do(`(() => {
			const track = document.querySelector('[data-testid=my-picture]').srcObject.getVideoTracks()[0];
			track.stop();
			track.dispatchEvent(new Event('ended'));
			const timer = setInterval(() => {
				const camera = document.querySelector('[data-testid=camera][aria-pressed=false]:not(:disabled)');
				if (!camera) return;
				clearInterval(timer);
				camera.click();
			}, 1);
		})()`)
		c.shows("camera", true)
		c.seesMore(c.bob)
	}
	for range 3 {
		c.ann.Click("camera") // off
		c.shows("camera", false)
		c.ann.Click("camera")
		c.bob.Click("camera")
		c.shows("camera", true)
		c.seesMore(c.bob)
		c.seesMore(c.ann)
		c.bob.Click("camera") // off
		c.seesNobody(c.ann)
	}
}
