package gateway

import (
	"net/netip"
	"path/filepath"
	"slices"
	"time"

	"github.com/tandemgw/tandem"
	"github.com/tandemgw/tandem/config"
	"github.com/tandemgw/tandem/dialplan"
	"github.com/tandemgw/tandem/signaling/event"
	"github.com/tandemgw/tandem/signaling/flow"
	"github.com/tandemgw/tandem/signaling/leg"
	"github.com/tandemgw/tandem/signaling/message"
	"github.com/tandemgw/tandem/signaling/registrar"
	"github.com/tandemgw/tandem/signaling/trunk"
	"github.com/tandemgw/tandem/store"
)

// openMessages makes what takes messages, and what tells how users stand.
func (g *Gateway) openMessages(o Options) error {
	c := message.Config{
		Domain: g.file().Domain, Served: g.serves, Users: g.people, Registrar: g.reg,
		Log:   o.Log,
		Trunk: func(name string) *trunk.Trunk { return g.core.Trunks.Find(name) }, Route: g.routeMessage, Texts: g.takesMessages,
		Changed: func(user string) { g.events.MailboxChanged(user) },
	}
	var err error
	if c.Rules, err = g.messageRules(g.file(), o); err != nil {
		return err
	}
	g.events = event.New(event.Config{
		Domain: g.file().Domain, Served: g.serves, Announce: func(f *flow.Flow) netip.AddrPort { return f.Local() },
		Users: g.people, Registrar: g.reg, Mailbox: g.waiting, Log: o.Log,
		Room: g.room, RoomOf: g.roomOf,
	})
	g.lamps = &event.Boxes{Changed: g.events.MailboxChanged}
	g.closer(func() error { g.events.Close(); return nil })
	g.messages = message.New(c)
	g.closer(func() error { g.messages.Close(); return nil })
	return nil
}

// messageRules say which messages are taken, and where those are kept whose users
// are off. The store is opened once, when it is first wanted.
func (g *Gateway) messageRules(f *config.File, o Options) (message.Rules, error) {
	r := message.Rules{KeepFor: f.Messages.Keep, Max: f.Messages.Max}
	if !f.Messages.Store {
		return r, nil
	}
	kept := g.kept.Load()
	if kept == nil {
		var err error
		if kept, err = store.OpenMessages(store.MessagesConfig{Dir: filepath.Join(o.State, "messages"), Log: o.Log}); err != nil {
			return r, err
		}
		g.kept.Store(kept)
	}
	r.Keeper = kept
	return r, nil
}

// routeMessage decides where a message goes: to a user who is named; else where a
// call to that number would go first, if that is a user, or a trunk that takes
// messages.
func (g *Gateway) routeMessage(from dialplan.Source, to string) (message.Target, tandem.Cause) {
	if from.Kind == dialplan.FromTrunk && !g.takesMessages(from.Name) {
		return message.Target{}, noMessage(403, "trunk "+from.Name+" has no `messages = true`")
	}
	if _, ok := g.people.Find(to); ok && from.Kind == dialplan.FromUser {
		return message.Target{User: to}, tandem.Cause{}
	}
	decision := g.file().Plan.Route(dialplan.Request{From: from, To: to, At: time.Now()})
	if decision.Status != 0 {
		return message.Target{}, noMessage(decision.Status, decision.Reason)
	}
	for _, step := range decision.Steps {
		for _, t := range dialplan.StepTargets(step) {
			switch {
			case t.Kind == dialplan.TargetUser:
				return message.Target{User: t.Name}, tandem.Cause{}
			case t.Kind == dialplan.TargetTrunk && g.takesMessages(t.Name):
				return message.Target{Trunk: t.Name, Number: t.Number}, tandem.Cause{}
			}
		}
	}
	return message.Target{}, noMessage(403, "calls to "+to+" go nowhere where messages may go")
}

// takesMessages says whether messages go to a trunk and come from it.
func (g *Gateway) takesMessages(name string) bool {
	return slices.ContainsFunc(g.file().Trunks, func(t config.Trunk) bool { return t.Name == name && t.Messages })
}

func noMessage(status int, why string) tandem.Cause {
	c := tandem.FromStatus(status, "")
	c.Detail = why
	return c
}

// attachOthers gives those who take other methods than calls what they need of the
// rest.
func (g *Gateway) attachOthers(server *leg.Server) {
	g.messages.Attach(server, g.client)
	g.events.Attach(server, g.layer)
	g.lamps.Attach(g.trunks.Extension)
}

// registered hears of each change of a binding.
func (g *Gateway) registered(c registrar.Change) {
	g.world.changed(c)
	g.messages.Registered(c)
	g.events.Registered(c)
	if c.Kind != registrar.Refreshed {
		g.hub.Registered(c.Binding.User)
	}
}
