package network

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/tandemgw/tandem/test/peers"
	"github.com/tandemgw/tandem/test/sound"
)

// name is how Firefox calls the gateway: it does not even try a relay over TLS that
// has an address for a name.
const name = "gateway.test"

// firefoxByEachWay: Firefox talks over the web port where no UDP comes through, and
// by the gateway's relay over UDP, TCP and TLS where it may use nothing else.
func (p *place) firefoxByEachWay(t *testing.T) {
	named := strings.NewReplacer(public, name)
	web := peers.StartFirefox(t, public).Phone(t, named.Replace(p.SecurePage()),
		peers.WebPeerConfig{WS: named.Replace(p.WSS()), User: "1001", Password: "pw-1001", Domain: "127.0.0.1"})
	at := strings.Join(enter(p.router), " ")
	for _, c := range []struct {
		name, relay string // as the gateway writes the address of a relay
		protocol    string
	}{
		{"no UDP", "", "tcp"},
		{"relay over UDP", fmt.Sprintf("turn:%s:%d?transport=udp", name, p.relay), "udp"},
		{"relay over TCP", fmt.Sprintf("turn:%s:%d?transport=tcp", name, p.relay), "tcp"},
		{"relay over TLS", fmt.Sprintf("turns:%s:%d?transport=tcp", name, p.secure), "tls"},
	} {
		t.Run(c.name, func(t *testing.T) {
			web.Forget()
			p.desk.Forget()
			if c.relay == "" {
				do(t, fmt.Sprintf("%s nft 'table ip closed { chain in { type filter hook prerouting priority -300; udp dport %d drop; }; }'\n", at, p.media))
				defer do(t, at+" nft delete table ip closed\n")
			}
			web.Do(fmt.Sprintf(`(async () => {
				const config = {iceServers: []}, url = %q;
				if (url) {
					const r = await fetch('/api/v1/phone/session', {method: 'POST', headers: {'Content-Type': 'application/json'},
						body: JSON.stringify({user: '1001', password: 'pw-1001'})});
					const all = (await r.json()).iceServers;
					if (!all[0].urls.includes(url)) throw new Error(JSON.stringify(all));
					Object.assign(config, {iceServers: [{...all[0], urls: [url]}], iceTransportPolicy: 'relay'});
				}
				peer.call('sip:1003@127.0.0.1', {gather: 200, options: {pcConfig: config}});
			})()`, c.relay))
			web.Event("confirmed", 20*time.Second)
			peers.Listen(t, "Firefox", web, sound.Low(), 0, 500*time.Millisecond)
			peers.Listen(t, "the phone", p.desk, sound.High(), 0, 500*time.Millisecond)
			w := peers.WayOf(web)
			relayed := w.Type == "relay" && w.RelayProtocol == c.protocol
			if direct := w.Type != "relay" && w.Protocol == c.protocol; !relayed && (c.relay != "" || !direct) {
				t.Errorf("media takes %+v", w)
			}
			web.Hangup()
			p.desk.Event("CALL_CLOSED", 20*time.Second)
		})
	}
	p.picturesWithFirefox(t, web)
}

// picturesWithFirefox: Chromium and Firefox see each other in each format that both
// have. Firefox's H.264 is a plugin that it fetches from the net, and is not here.
func (p *place) picturesWithFirefox(t *testing.T, fox *peers.WebPeer) {
	web := p.chrome.Phone(t, p.SecurePage(), peers.WebPeerConfig{WS: p.WSS(), User: "1002", Password: "pw-1002", Domain: "127.0.0.1"})
	for _, codec := range []string{"vp8", "vp9"} {
		t.Run(codec, func(t *testing.T) {
			web.Forget()
			fox.Forget()
			web.Seen("sip:1001@127.0.0.1", peers.Show{Width: 320, Height: 180, Codec: codec})
			fox.Event("incoming", 20*time.Second)
			fox.Show(peers.Show{})
			web.Event("confirmed", 20*time.Second)
			for _, one := range []*peers.WebPeer{web, fox} {
				if seen := one.Watch(0, 10, 20*time.Second); seen.Codec != "video/"+codec {
					t.Errorf("what is seen is %+v", seen)
				}
			}
			web.Hangup()
			fox.Event("ended", 20*time.Second)
		})
	}
}
