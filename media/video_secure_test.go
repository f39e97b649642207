package media

import (
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/tandemgw/tandem/media/rtcpmsg"
	"github.com/tandemgw/tandem/media/sdp"
	"github.com/tandemgw/tandem/media/transport"
)

// gallery is one of two gateways: a trunk leg between them, and whoever is seen there.
type gallery struct {
	ep   *Endpoint
	seen *testLeg
	line sdp.LocalLine
}

func newGallery(t *testing.T) *gallery {
	t.Helper()
	e := newNetwork(t)
	ep, err := e.NewPlain(Options{Toward: netip.MustParseAddr("127.0.0.1")})
	if err != nil {
		t.Fatal(err)
	}
	g := &gallery{ep: ep, seen: newVideoLeg(t, e, Options{}, videoStream(testVP8, allFeedback, 0))}
	g.line = ep.LocalLines([]LineOffer{{Kind: sdp.KindVideo, Codecs: []sdp.Codec{{Name: sdp.NameVP8, Clock: 90000}}}})[0]
	Join(ep, g.seen.Endpoint)
	return g
}

// meet tells a gallery what was agreed with the other.
func (g *gallery) meet(t *testing.T, o *gallery, s sdp.Security, setup sdp.Setup) {
	t.Helper()
	local := o.ep.Local([]sdp.Codec{sdp.PCMU()}, sdp.SendRecv)
	at := netip.MustParseAddr("127.0.0.1")
	stream := testStream(formatPCMU)
	stream.Remote.RTP = netip.AddrPortFrom(at, local.Port)
	line := videoStream(testVP8, sdp.NACK|sdp.PLI, 0).Lines[0]
	line.Remote.RTP, line.Remote.RTCP = netip.AddrPortFrom(at, o.line.Port), netip.AddrPortFrom(at, o.line.RTCPPort)
	line.Remote.SSRCs, line.Remote.RTXSSRCs = nil, nil
	line.Security, line.Setup = s, setup
	if setup != sdp.SetupNone {
		line.Remote.Fingerprints = []string{local.Fingerprint}
	}
	stream.Lines = []sdp.StreamLine{line}
	if err := g.ep.Apply(stream); err != nil {
		t.Fatal(err)
	}
}

func (g *gallery) way() (sdp.Keying, string) { return g.ep.video[0].plain.Secured() }

func TestVideoOfPlainLegsIsEncryptedInEitherWay(t *testing.T) {
	for name, keying := range map[string]sdp.Keying{"SDES": sdp.SDES, "DTLS": sdp.DTLS} {
		t.Run(name, func(t *testing.T) {
			a, b := newGallery(t), newGallery(t)
			forA, forB := sdp.Security{Keying: keying}, sdp.Security{Keying: keying}
			setups := [2]sdp.Setup{sdp.Active, sdp.Passive}
			if keying == sdp.SDES {
				forA.Ours, forA.Theirs = a.line.Crypto[0], b.line.Crypto[0]
				forB.Ours, forB.Theirs = forA.Theirs, forA.Ours
				setups = [2]sdp.Setup{}
			}
			b.meet(t, a, forB, setups[1])
			a.meet(t, b, forA, setups[0])
			eventually(t, "both have keys", func() bool {
				k, p := a.way()
				l, q := b.way()
				return k == keying && l == keying && p != "" && p == q
			})
			seq := uint16(500)
			ssrc := b.seen.videoSSRC()
			eventually(t, "the picture arrives", func() bool {
				seq++
				a.seen.film(testVP8, seq, uint32(seq)*3000, transport.Now())
				return len(ofSource(b.seen.wire.packets(), ssrc)) > 0
			})
			got := ofSource(b.seen.wire.packets(), ssrc)[0]
			if len(got.payload) != 3 || got.payload[0] != 0x10 {
				t.Errorf("what came is % x", got.payload)
			}
			// What is asked for goes back, encrypted as well.
			b.seen.say(rtcpmsg.Feedback{Kind: rtcpmsg.PSFB, Format: rtcpmsg.FormatPLI, Media: b.seen.videoSSRC()}, transport.Now())
			eventually(t, "a whole picture is asked for", func() bool {
				b.ep.video[0].ask(transport.Now() + 1e12)
				return len(feedbackOf(a.seen.wire, rtcpmsg.PSFB, rtcpmsg.FormatPLI)) > 0
			})
		})
	}
}

func TestOtherPortsOfAVideoHaveOtherKeys(t *testing.T) {
	g := newGallery(t)
	before := g.line.Crypto
	offers := []LineOffer{{Kind: sdp.KindVideo, Codecs: []sdp.Codec{{Name: sdp.NameVP8, Clock: 90000}}}}
	if again := g.ep.LocalLines(offers)[0].Crypto; !slices.Equal(again, before) {
		t.Error("a key has changed that is in use")
	}
	audio := g.ep.Local([]sdp.Codec{sdp.PCMU()}, sdp.SendRecv).Crypto
	if slices.ContainsFunc(audio, func(c sdp.Crypto) bool { return slices.Contains(before, c) }) {
		t.Error("sound and picture have one key")
	}
	if err := g.ep.Apply(testStream(formatPCMU)); err != nil { // the line is over
		t.Fatal(err)
	}
	if again := g.ep.LocalLines(offers)[0].Crypto; again[0].Key == before[0].Key {
		t.Error("new ports, whose counters begin anew, have the key of the old ones")
	}
}

// eventually fails the test unless ok becomes true within patience.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(patience); time.Now().Before(end); <-tick.C {
		if ok() {
			return
		}
	}
	t.Fatalf("%s: still not after %s", what, patience)
}
