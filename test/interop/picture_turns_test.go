package interop

import (
	"testing"
	"time"

	"github.com/tandemgw/tandem/test/peers"
)

// TestPicturesOfAHurriedPerson has a screen share end, and the camera wanted as soon as its
// button can be pressed: while the other side is still being told that the screen is gone. Then both sides want
// their cameras at once.
func TestPicturesOfAHurriedPerson(t *testing.T) {
	t.Parallel()
	demo := peers.StartDemo(t)
	chrome := peers.StartChromium(t, "")
	ann, bob := chrome.WebPhone(t, demo.Links()[0]), chrome.WebPhone(t, demo.Links()[1])
	ann.Do(`(() => {
		const n = document.querySelector('[data-testid=number]');
		n.value = '1002';
		n.dispatchEvent(new Event('input', { bubbles: true }));
	})()`)
	ann.Click("call-video")
	bob.Click("answer")
	ann.Shows("call-card", "talking")
	moves := func(who string, p *peers.WebPhone) {
		t.Helper()
		frames := func() int {
			return peers.Eval[int](p.Tab, `document.querySelector('[data-testid=their-picture]')?.getVideoPlaybackQuality().totalVideoFrames ?? 0`)
		}
		before := frames()
		peers.Await(t, 20*time.Second, "a picture moves at "+who, func() bool { return frames() > before+20 })
	}
	pressed := func(what string) {
		t.Helper()
		peers.Await(t, 15*time.Second, "ann shows "+what, func() bool {
			return peers.Eval[bool](ann.Tab, `!!document.querySelector('[data-testid=`+what+`][aria-pressed=true]:not(:disabled)')`)
		})
	}
	pressed("camera")
	moves("bob", bob)
	for range 3 {
		ann.Click("screen")
		pressed("screen")
		ann.Do(`(() => {
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
		pressed("camera")
		moves("bob", bob)
	}
	// Offers of both sides cross (RFC 3261 section 14.1).
	for range 3 {
		ann.Click("camera") // off
		peers.Await(t, 15*time.Second, "ann's camera may be switched on", func() bool {
			return peers.Eval[bool](ann.Tab, `!!document.querySelector('[data-testid=camera][aria-pressed=false]:not(:disabled)')`)
		})
		ann.Click("camera")
		bob.Click("camera")
		pressed("camera")
		moves("bob", bob)
		moves("ann", ann)
		bob.Click("camera") // off
		peers.Await(t, 15*time.Second, "ann sees nobody any more", func() bool {
			return peers.Eval[bool](ann.Tab, `!document.querySelector('[data-testid=their-picture]')`)
		})
	}
}
