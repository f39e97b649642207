package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"fmt"
	"time"

	"github.com/tandemgw/tandem/admin"
	"github.com/tandemgw/tandem/media/turn"
)

// openTURN opens the relay, where the file has one. Its secret follows from that
// of the cookies, so that credentials survive a restart as sessions do.
func (g *gateway) openTURN(o gatewayOptions) error {
	if len(g.file().Listen.TURN) == 0 {
		return nil
	}
	key, err := cookieKey(o.state)
	if err != nil {
		return err
	}
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte("credentials of the relay"))
	c := turn.Config{Mux: g.mux, Realm: g.file().Domain, Secret: mac.Sum(nil), Log: o.log}
	for _, l := range g.file().Listen.TURN {
		one := turn.Listen{Addr: addrPort(l), Network: l.Transport}
		if l.Transport == "tls" {
			one.Network, one.TLS = "tcp", g.source.TLSConfig()
		}
		c.Listen = append(c.Listen, one)
	}
	if g.turn, err = turn.New(c); err != nil {
		for _, l := range c.Listen {
			if !isFree(l.Network, l.Addr) {
				return cannotListen(err, l.Network, l.Addr)
			}
		}
		return err
	}
	g.closer(g.turn.Close)
	return nil
}

// relays are what the phone of a user is told of the relay.
func (g *gateway) relays(host, user string) []admin.Relay {
	if g.turn == nil {
		return nil
	}
	var urls []string
	for _, l := range g.turn.Listening() {
		switch l.Network {
		case "tls":
			urls = append(urls, fmt.Sprintf("turns:%s:%d?transport=tcp", host, l.Port))
		default:
			urls = append(urls, fmt.Sprintf("turn:%s:%d?transport=%s", host, l.Port, l.Network))
		}
	}
	username, credential := g.turn.Credentials(user, time.Now())
	return []admin.Relay{{URLs: urls, Username: username, Credential: credential}}
}
