package gateway

import (
	"context"
	"crypto/x509"
	"slices"

	"github.com/tandemgw/tandem/cmd/tandem/people"
	"github.com/tandemgw/tandem/cmd/tandem/rules"
	"github.com/tandemgw/tandem/media/transport"
	"github.com/tandemgw/tandem/signaling/flow"
)

func (g *Gateway) prepareCertificate(r *reload) error {
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
func (g *Gateway) prepareAddresses(r *reload) error {
	hosts := servedHosts(r.next)
	moved := !slices.Equal(r.was.PublicIP.Addrs, r.next.PublicIP.Addrs)
	r.commit(func() {
		g.hosts.Store(&hosts)
		if moved { // what registrars know of us is out of date
			g.mux.SetAnnounce(r.next.PublicIP.Addrs)
			g.trunks.Renew(func(*flow.Flow) bool { return true })
			select {
			case g.renamed <- struct{}{}:
			default: // it is looked at already
			}
		}
	})
	return nil
}

func (g *Gateway) preparePorts(r *reload) error {
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
func (g *Gateway) setPorts(next *transport.Ports) (was *transport.Ports) {
	g.portsMu.Lock()
	defer g.portsMu.Unlock()
	if n := len(g.ports); n > 0 {
		was = g.ports[n-1]
	}
	g.ports = append(g.ports[:len(g.ports):len(g.ports)], next)
	return was
}

func (g *Gateway) forgetPorts(gone *transport.Ports) {
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
func (g *Gateway) allPorts() []*transport.Ports {
	g.portsMu.Lock()
	defer g.portsMu.Unlock()
	return g.ports
}

func (g *Gateway) prepareRecordings(r *reload) error {
	next, err := g.newRecorder(r.next)
	if err != nil {
		return err
	}
	r.abandon(func() { _ = closeRecorder(next) }) // nothing was recorded
	r.commit(func() {
		was := g.recorder.Swap(next)
		g.mendRecordings(next)
		g.retire("the recordings of before", func() bool { return was.InUse() > 0 }, func() error { return closeRecorder(was) })
	})
	return nil
}

func (g *Gateway) prepareMessages(r *reload) error {
	rules, err := g.messageRules(r.next, g.options)
	if err != nil {
		return err
	}
	r.commit(func() { g.messages.SetRules(rules) })
	return nil
}

func (g *Gateway) prepareRules(r *reload) error {
	r.commit(func() {
		g.guard.SetLimits(rules.Guard(r.next))
		g.reg.SetRules(rules.Registrar(r.next))
		g.core.SetPolicy(rules.Calls(r.next))
	})
	return nil
}

// prepareUsers lets registrations end of users who are gone; their calls go on.
func (g *Gateway) prepareUsers(r *reload) error {
	users, err := people.OfFile(r.next)
	if err != nil {
		return err
	}
	r.commit(func() {
		g.people.Set(users)
		var gone []string
		for _, u := range r.was.Users {
			if _, ok := g.people.Known(u.Name); !ok {
				gone = append(gone, u.Name)
			}
		}
		g.reg.Drop(gone)
	})
	return nil
}

func (g *Gateway) prepareTrunks(r *reload) error {
	configs, believed, err := rules.Trunks(r.next)
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

func (g *Gateway) preparePage(r *reload) error {
	page, err := g.pageOf(r.next, r.ca)
	if err != nil {
		return err
	}
	r.commit(func() { g.page.Store(&page) })
	return nil
}

func (g *Gateway) prepareRooms(r *reload) error {
	rules := rules.Rooms(r.next.Rooms)
	r.commit(func() { g.bridge.SetRooms(rules) })
	return nil
}

func (g *Gateway) prepareVoicemail(r *reload) error {
	sender, err := rules.Mail(r.next)
	if err != nil {
		return err
	}
	r.commit(func() { g.setBoxes(r.next, sender) })
	return nil
}

// prepareTones is about the country whose tones are heard.
func (g *Gateway) prepareTones(r *reload) error {
	r.commit(func() { g.bridge.SetTones(r.next.ToneCountry()) })
	return nil
}

// preparePlan is about new calls: those that there are keep the plan they began with.
func (g *Gateway) preparePlan(r *reload) error {
	r.commit(func() {
		g.bridge.SetPlan(r.next.Plan)
		g.current.Store(r.next)
	})
	return nil
}
