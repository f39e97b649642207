//go:build asterisk

package asterisk

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/tandemgw/tandem/test/peers"
	"github.com/tandemgw/tandem/test/sound"
)

// TestKeysThroughHolds: with keys in the description, Asterisk's re-INVITEs for hold leave the
// user hearing, and Asterisk able to decrypt. (This Asterisk tells the same key in each: the three that we offer and
// its own are all there are. What a new one does is a matter of media/transport.)
func TestKeysThroughHolds(t *testing.T) {
	a := peers.StartAsterisk(t)
	h := &house{t: t, a: a}
	h.Gateway = peers.StartGateway(t, users+fmt.Sprintf(`
trunk "asterisk" {
  host   = "%s;transport=tls"
  ca     = %q
  secure = "require"
}
`, a.TLS, a.CA())+rows)
	h.secureSet("media_encryption=sdes\nmoh_passthrough=yes", extension("8300", ""))
	ann := h.desk("201", peers.BaresipConfig{})
	desk := h.extension("8300", peers.BaresipConfig{Melody: sound.High()})
	h.talking(ann, desk)
	for i := range 3 {
		desk.Hold()
		h.Says(t, "held", i+1, soon)
		peers.Pause(time.Second)
		desk.Resume()
		h.Says(t, "resumed", i+1, soon)
		peers.Pause(time.Second)
		peers.Listen(t, "the user, taken back", ann, sound.High(), ann.Recorded(), talk)
	}
	keys := map[string]bool{}
	for _, m := range regexp.MustCompile(`inline:([A-Za-z0-9+/=]+)`).FindAllStringSubmatch(a.Log(), -1) {
		keys[m[1]] = true
	}
	t.Logf("%d keys were told", len(keys))
	if strings.Contains(a.Log(), "SRTP unprotect failed") {
		t.Error("Asterisk could not decrypt what it was sent")
	}
	desk.Hangup()
	ann.Event("CALL_CLOSED", soon)
	h.empty()
}
