package gateway

import (
	"crypto/hmac"
	"crypto/sha256"
	"fmt"
	"time"

	"github.com/tandemgw/tandem/admin"
	"github.com/tandemgw/tandem/cmd/tandem/machine"
	"github.com/tandemgw/tandem/config"
	"github.com/tandemgw/tandem/media/turn"
)

// relaySecret makes the credentials of the relay. It follows from that of the cookies,
// so that they survive a restart as sessions do.
func relaySecret(state string) ([]byte, error) {
	key, err := cookieKey(state)
	if err != nil {
		return nil, err
	}
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte("credentials of the relay"))
	return mac.Sum(nil), nil
}

// openRelay opens a relay at one place. All have one secret, so that credentials are
// good at each.
func (g *Gateway) openRelay(l config.Listener) (relay, error) {
	secret, err := relaySecret(g.options.State)
	if err != nil {
		return relay{}, err
	}
	one := turn.Listen{Addr: addrPort(l), Network: l.Transport}
	if l.Transport == "tls" {
		one.Network, one.TLS = "tcp", g.source.TLSConfig()
	}
	s, err := turn.New(turn.Config{Mux: g.mux, Realm: g.file().Domain, Secret: secret, Log: g.log, Listen: []turn.Listen{one}})
	if err != nil {
		if !machine.IsFree(one.Network, one.Addr) {
			return relay{}, machine.CannotListen(err, one.Network, one.Addr)
		}
		return relay{}, err
	}
	g.relayed.opened(s)
	return relay{s, l, &g.relayed}, nil
}

// relays are what the phone of a user is told of the relay.
func (g *Gateway) relays(host, user string) []admin.Relay {
	all := g.listening().relays
	if len(all) == 0 {
		return nil
	}
	var urls []string
	for _, s := range all {
		for _, l := range s.Listening() {
			switch l.Network {
			case "tls":
				urls = append(urls, fmt.Sprintf("turns:%s:%d?transport=tcp", host, l.Port))
			default:
				urls = append(urls, fmt.Sprintf("turn:%s:%d?transport=%s", host, l.Port, l.Network))
			}
		}
	}
	username, credential := all[0].Credentials(user, time.Now())
	return []admin.Relay{{URLs: urls, Username: username, Credential: credential}}
}
