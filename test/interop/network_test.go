package interop

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/tandemgw/tandem/test/peers"
	"github.com/tandemgw/tandem/test/sound"
)

// TestBrowserWithoutUDP: Chromium, told to send no UDP, talks over the web port;
// nothing is set up for it, and it calls as soon as others do.
func TestBrowserWithoutUDP(t *testing.T) {
	t.Parallel()
	h := open(t, "")
	h.chrome = peers.StartChromium(t, h.SPKI, chromedp.Flag("webrtc-ip-handling-policy", "disable_non_proxied_udp"))
	desk := h.desk(t, "1003", peers.BaresipConfig{})
	web := h.web(t, "1001", peers.WebPeerConfig{})
	web.Call(uri("1003"))
	web.Event("confirmed", 20*time.Second)
	talking(t, web, desk)
	if w := peers.WayOf(web); w.Protocol != "tcp" {
		t.Errorf("media takes %+v", w)
	}
	web.Hangup()
	desk.Event("CALL_CLOSED", 20*time.Second)
}

// TestBrowserBehindTheRelay: Chromium, that may use nothing but a relay, talks by
// the gateway's own, over UDP and over TLS, with what the phone's login gives it.
func TestBrowserBehindTheRelay(t *testing.T) {
	t.Parallel()
	udp, tls := peers.FreePort(t), peers.FreePort(t)
	listen := fmt.Sprintf("  turn = [\"127.0.0.1:%d/udp\", \"127.0.0.1:%d/tls\"]", udp, tls)
	h := openWith(t, peers.GatewayConfig{Listen: listen})
	desk := h.desk(t, "1003", peers.BaresipConfig{})
	web := h.web(t, "1001", peers.WebPeerConfig{})
	for kind, port := range map[string]int{"udp": udp, "tls": tls} {
		t.Run(kind, func(t *testing.T) {
			web.Forget()
			desk.Forget()
			web.Do(fmt.Sprintf(`(async () => {
				const r = await fetch('/api/v1/phone/session', {method: 'POST', headers: {'Content-Type': 'application/json'},
					body: JSON.stringify({user: '1001', password: 'pw-1001'})});
				const all = (await r.json()).iceServers;
				const urls = all[0].urls.filter((u) => u.includes(':%d?'));
				if (urls.length !== 1) throw new Error(JSON.stringify(all));
				peer.call(%q, {options: {pcConfig: {iceServers: [{...all[0], urls}], iceTransportPolicy: 'relay'}}});
			})()`, port, uri("1003")))
			web.Event("confirmed", 20*time.Second)
			peers.Listen(t, "the browser", web, sound.Low(), 0, talk)
			peers.Listen(t, "the phone", desk, sound.High(), 0, talk)
			if w := peers.WayOf(web); w.Type != "relay" || w.RelayProtocol != kind {
				t.Errorf("media takes %+v", w)
			}
			web.Hangup()
			desk.Event("CALL_CLOSED", 20*time.Second)
		})
	}
}

// TestBrowserAndIPv6Phone: the phone has IPv6 only, the browser's page is reached
// over IPv4.
func TestBrowserAndIPv6Phone(t *testing.T) {
	t.Parallel()
	h := openWith(t, peers.GatewayConfig{Phones: "[::1]"})
	desk := h.desk(t, "1003", peers.BaresipConfig{})
	web := h.web(t, "1001", peers.WebPeerConfig{})
	desk.Dial(h.at("1001"))
	web.Event("incoming", 20*time.Second)
	web.Answer()
	desk.Event("CALL_ESTABLISHED", 20*time.Second)
	talking(t, web, desk)
	desk.Hangup()
	web.Event("ended", 20*time.Second)
}

// TestBrowserWithIPv6OnlyAndPhoneOnIPv4: Chromium reaches page, signaling and media
// over IPv6, the phone has IPv4 only.
func TestBrowserWithIPv6OnlyAndPhoneOnIPv4(t *testing.T) {
	t.Parallel()
	h := openWith(t, peers.GatewayConfig{Web: "[::1]"})
	desk := h.desk(t, "1003", peers.BaresipConfig{})
	web := h.web(t, "1001", peers.WebPeerConfig{})
	web.Do(handle)
	web.Do(`(() => {
		const keep = (sdp) => sdp.split('\r\n').filter((l) => !l.startsWith('a=candidate') || / [0-9a-f]*:[0-9a-f:]+ /.test(l)).join('\r\n');
		window.rewrite = { made: (s) => s, ours: keep, theirs: keep };
	})()`)
	web.Call(uri("1003"))
	web.Event("confirmed", 20*time.Second)
	talking(t, web, desk)
	if way := peers.Eval[string](web.Tab, `(async () => {
		const all = {}; (await pc.getStats()).forEach((r) => (all[r.id] = r));
		const t = Object.values(all).find((r) => r.type === 'transport');
		return all[all[t.selectedCandidatePairId].remoteCandidateId].address;
	})()`); !strings.Contains(way, ":") {
		t.Errorf("media goes to %q", way)
	}
	web.Hangup()
	desk.Event("CALL_CLOSED", 20*time.Second)
}
