package main

import (
	"net/netip"
	"path/filepath"

	"github.com/tandemgw/tandem/signaling/event"
	"github.com/tandemgw/tandem/signaling/flow"
	"github.com/tandemgw/tandem/signaling/leg"
	"github.com/tandemgw/tandem/signaling/message"
	"github.com/tandemgw/tandem/signaling/registrar"
	"github.com/tandemgw/tandem/store"
)

// openMessages makes what takes messages, and what tells how users stand.
func (g *gateway) openMessages(o gatewayOptions, hosts served) error {
	c := message.Config{
		Domain: g.file.Domain, Served: hosts.has, Users: g.people, Registrar: g.reg,
		KeepFor: g.file.Messages.Keep, Max: g.file.Messages.Max, Log: o.log,
		Changed: func(user string) { g.events.MailboxChanged(user) },
	}
	waiting := func(string) []event.Waiting { return nil }
	if g.file.Messages.Store {
		kept, err := store.OpenMessages(store.MessagesConfig{Dir: filepath.Join(o.state, "messages"), Log: o.log})
		if err != nil {
			return err
		}
		c.Keeper = kept
		waiting = func(user string) []event.Waiting {
			return []event.Waiting{{Class: "Text-Message", New: kept.Count(user)}}
		}
	}
	g.events = event.New(event.Config{
		Domain: g.file.Domain, Served: hosts.has, Announce: func(f *flow.Flow) netip.AddrPort { return f.Local() },
		Users: g.people, Registrar: g.reg, Mailbox: waiting, Log: o.log,
	})
	g.closer(func() error { g.events.Close(); return nil })
	g.messages = message.New(c)
	g.closer(func() error { g.messages.Close(); return nil })
	return nil
}

// attachOthers gives those who take other methods than calls what they need of the
// rest.
func (g *gateway) attachOthers(server *leg.Server) {
	g.messages.Attach(server, g.layer)
	g.events.Attach(server, g.layer)
}

// registered hears of each change of a binding.
func (g *gateway) registered(c registrar.Change) {
	g.messages.Registered(c)
	g.events.Registered(c)
}
