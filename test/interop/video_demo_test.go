package interop

import (
	"testing"
	"time"

	"github.com/tandemgw/tandem/test/peers"
)

// TestWebPhonesSeeEachOther works two of our own web phones: a call with a picture,
// that the other side answers with sound and then shows its camera, too. A screen comes
// in the camera's place; screen and camera are gone one after the other.
func TestWebPhonesSeeEachOther(t *testing.T) {
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
		peers.Await(t, 20*time.Second, "a picture moves at "+who, func() bool {
			return peers.Eval[int](p.Tab, `document.querySelector('[data-testid=their-picture]')?.getVideoPlaybackQuality().totalVideoFrames ?? 0`) > 10
		})
	}
	moves("bob", bob)
	bob.Click("camera")
	moves("ann", ann)
	shows := func(what string) {
		t.Helper()
		peers.Await(t, 15*time.Second, "ann shows "+what, func() bool {
			return peers.Eval[bool](ann.Tab, `!!document.querySelector('[data-testid=`+what+`][aria-pressed=true]:not(:disabled)')`)
		})
	}
	// The page shows a new track of hers a moment after its buttons say so.
	const mine = `document.querySelector('[data-testid=my-picture]')?.srcObject?.getVideoTracks()[0]`
	another := func() {
		t.Helper()
		peers.Await(t, 15*time.Second, "ann sees what she shows", func() bool {
			return peers.Eval[bool](ann.Tab, `!!`+mine+` && `+mine+` !== window.was`)
		})
	}
	shows("camera")
	another()
	ann.Do(`(() => { window.was = ` + mine + `; })()`)
	ann.Click("screen") // in its place
	shows("screen")
	moves("bob", bob)
	for _, what := range []string{"screen", "camera"} {
		shows(what)
		another()
		// The browser's bar that ends the share, the camera that is pulled out.
		ann.Do(`(() => {
			const track = window.was = ` + mine + `;
			track.stop();
			track.dispatchEvent(new Event('ended'));
		})()`)
		peers.Await(t, 15*time.Second, "bob sees nobody any more", func() bool {
			return peers.Eval[bool](bob.Tab, `!document.querySelector('[data-testid=their-picture]')`)
		})
		moves("ann", ann)
		if what == "screen" {
			peers.Await(t, 15*time.Second, "the camera may be switched on", func() bool {
				return peers.Eval[bool](ann.Tab, `!!document.querySelector('[data-testid=camera][aria-pressed=false]:not(:disabled)')`)
			})
			ann.Click("camera")
			moves("bob", bob)
		}
	}
	moves("ann", ann)
	ann.Click("hangup")
	bob.Shows("call-card", "ended")
}
