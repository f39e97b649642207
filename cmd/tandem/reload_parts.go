package main

import (
	"context"
	"crypto/x509"
	"slices"

	"github.com/tandemgw/tandem/media/transport"
	"github.com/tandemgw/tandem/signaling/flow"
)

func (g *gateway) prepareCertificate(r *reload) error {
	source, ca, err := g.certificateOf(r.next)
	if err != nil {
		return err
	}
	r.ca = ca
	r.abandon(func() { // it ends what it has begun
		over, cancel := context.WithCancel(context.Background())
		cancel()
		_ = source.Run(over)
	})
	r.commit(func() {
		g.source.Set(source)
		g.ca = ca
	})
	return nil
}

// prepareAddresses changes what far ends are told, and by which names we are asked.
func (g *gateway) prepareAddresses(r *reload) error {
	hosts := servedHosts(r.next)
	moved := !slices.Equal(r.was.PublicIP.Addrs, r.next.PublicIP.Addrs)
	r.commit(func() {
		g.hosts.Store(&hosts)
		if moved { // what registrars know of us is out of date
			g.mux.SetAnnounce(r.next.PublicIP.Addrs)
			g.trunks.Renew(func(*flow.Flow) bool { return true })
		}
	})
	return nil
}

func (g *gateway) preparePorts(r *reload) error {
	if r.was.Listen.RTP == r.next.Listen.RTP {
		return nil
	}
	next, err := g.newPorts(r.next)
	if err != nil {
		return err
	}
	r.commit(func() {
		was := g.setPorts(next)
		g.engine.SetPorts(next)
		g.retire("the RTP ports of before", func() bool { return was.InUse() > 0 }, func() error {
			g.forgetPorts(was)
			return was.Close()
		})
	})
	return nil
}

// setPorts makes next the ports of new calls, and returns those of before.
func (g *gateway) setPorts(next *transport.Ports) (was *transport.Ports) {
	g.portsMu.Lock()
	defer g.portsMu.Unlock()
	if n := len(g.ports); n > 0 {
		was = g.ports[n-1]
	}
	g.ports = append(g.ports[:len(g.ports):len(g.ports)], next)
	return was
}

func (g *gateway) forgetPorts(gone *transport.Ports) {
	g.portsMu.Lock()
	defer g.portsMu.Unlock()
	var left []*transport.Ports
	for _, p := range g.ports {
		if p != gone {
			left = append(left, p)
		}
	}
	g.ports = left
}

// allPorts are those of new calls, the last, and those of older ones.
func (g *gateway) allPorts() []*transport.Ports {
	g.portsMu.Lock()
	defer g.portsMu.Unlock()
	return g.ports
}

func (g *gateway) prepareRecordings(r *reload) error {
	next, err := g.newRecorder(r.next)
	if err != nil {
		return err
	}
	r.abandon(func() { _ = closeRecorder(next) }) // nothing was recorded
	r.commit(func() {
		was := g.recorder.Swap(next)
		g.retire("the recordings of before", func() bool { return was.InUse() > 0 }, func() error { return closeRecorder(was) })
	})
	return nil
}

func (g *gateway) prepareMessages(r *reload) error {
	rules, err := g.messageRules(r.next, g.options)
	if err != nil {
		return err
	}
	r.commit(func() { g.messages.SetRules(rules) })
	return nil
}

func (g *gateway) prepareRules(r *reload) error {
	r.commit(func() {
		g.guard.SetLimits(guardLimits(r.next))
		g.reg.SetRules(registrarRules(r.next))
		g.core.SetPolicy(callPolicy(r.next))
	})
	return nil
}

// prepareUsers lets registrations end of users who are gone; their calls go on.
func (g *gateway) prepareUsers(r *reload) error {
	users, err := usersOf(r.next)
	if err != nil {
		return err
	}
	r.commit(func() {
		g.people.set(users)
		var gone []string
		for _, u := range r.was.Users {
			if _, ok := g.people.known(u.Name); !ok {
				gone = append(gone, u.Name)
			}
		}
		g.reg.Drop(gone)
	})
	return nil
}

func (g *gateway) prepareTrunks(r *reload) error {
	configs, believed, err := trunkConfigs(r.next)
	if err != nil {
		return err
	}
	r.commit(func() {
		if !sameAuthorities(g.believed.Load(), believed) {
			g.believed.Store(believed)
		}
		g.trunks.Set(configs)
	})
	return nil
}

func sameAuthorities(a, b *x509.CertPool) bool {
	return (a == nil) == (b == nil) && (a == nil || a.Equal(b))
}

func (g *gateway) preparePage(r *reload) error {
	page, err := g.pageOf(r.next, r.ca)
	if err != nil {
		return err
	}
	r.commit(func() { g.page.Store(&page) })
	return nil
}

func (g *gateway) prepareRooms(r *reload) error {
	rules := roomRules(r.next.Rooms)
	r.commit(func() { g.bridge.SetRooms(rules) })
	return nil
}

func (g *gateway) prepareVoicemail(r *reload) error {
	sender, err := mailSender(r.next)
	if err != nil {
		return err
	}
	r.commit(func() { g.setBoxes(r.next, sender) })
	return nil
}

// prepareTones is about the country whose tones are heard.
func (g *gateway) prepareTones(r *reload) error {
	r.commit(func() { g.bridge.SetTones(r.next.ToneCountry()) })
	return nil
}

// preparePlan is about new calls: those that there are keep the plan they began with.
func (g *gateway) preparePlan(r *reload) error {
	r.commit(func() {
		g.bridge.SetPlan(r.next.Plan)
		g.current.Store(r.next)
	})
	return nil
}
