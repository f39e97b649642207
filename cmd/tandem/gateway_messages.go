package main

import (
	"path/filepath"

	"github.com/tandemgw/tandem/signaling/message"
	"github.com/tandemgw/tandem/signaling/registrar"
	"github.com/tandemgw/tandem/store"
)

// openMessages makes what takes messages, and keeps those for users who are off.
func (g *gateway) openMessages(o gatewayOptions, hosts served) error {
	kept, err := store.OpenMessages(store.MessagesConfig{Dir: filepath.Join(o.state, "messages"), Log: o.log})
	if err != nil {
		return err
	}
	g.messages = message.New(message.Config{
		Domain: g.file.Domain, Served: hosts.has, Users: g.people, Registrar: g.reg, Keeper: kept, Log: o.log,
	})
	g.closer(func() error { g.messages.Close(); return nil })
	return nil
}

// registered hears of each change of a binding.
func (g *gateway) registered(c registrar.Change) { g.messages.Registered(c) }
