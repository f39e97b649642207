package gateway

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"
	"strings"

	"github.com/tandemgw/tandem"
	"github.com/tandemgw/tandem/admin/metrics"
	"github.com/tandemgw/tandem/config"
	"github.com/tandemgw/tandem/media"
	"github.com/tandemgw/tandem/signaling/flow"
	"github.com/tandemgw/tandem/signaling/hep"
	"github.com/tandemgw/tandem/signaling/txn"
)

// openHomer makes what sends to Homer, where the file names one.
func (g *Gateway) openHomer() (err error) {
	if g.homerCalls, err = hep.NewCalls(); err != nil {
		return err
	}
	sender, err := g.newHomer(g.file())
	if err != nil {
		return err
	}
	g.setHomer(sender)
	g.closer(func() error { return closeHomer(g.homer.Load()) })
	return nil
}

// newHomer makes what sends to the Homer of a file; nil where it names none.
func (g *Gateway) newHomer(file *config.File) (*hep.Sender, error) {
	h := file.Homer
	if h.Address == "" {
		return nil, nil
	}
	c := hep.Config{
		Address: h.Address, Transport: h.Transport, Agent: uint32(h.ID), Name: h.Name, Password: string(h.Password), RTCP: h.RTCP,
		Calls: g.homerCalls, Log: g.log,
	}
	if !h.Secrets {
		c.Mask = forHomer
	}
	if h.CA != "" {
		pem, err := os.ReadFile(h.CA)
		if err != nil {
			return nil, fmt.Errorf("authorities of Homer: %w", err)
		}
		pool := x509.NewCertPool()
		if !pool.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("authorities of Homer: %s has no certificate", h.CA)
		}
		c.TLS = &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}
	}
	return hep.New(c)
}

// forHomer is a message without its secrets, and with the line ends of SIP.
func forHomer(raw []byte) []byte {
	return []byte(strings.ReplaceAll(withoutSecrets(string(raw)), "\n", "\r\n"))
}

// setHomer has next sent to from now on, and returns what was before; either may be nil.
func (g *Gateway) setHomer(next *hep.Sender) (was *hep.Sender) {
	was = g.homer.Swap(next)
	g.homerCalls.Tell(next != nil)
	switch {
	case next == nil:
		g.engine.SetReports(nil)
	default:
		g.engine.SetReports(func(r media.SeenReport) {
			next.Report(hep.Report{Leg: tandem.LegID(r.Leg), In: r.In, Local: r.Local, Remote: r.Remote, Raw: r.Raw})
		})
		g.tasks.run(next.Run) // before the start: Run begins it
	}
	return was
}

func closeHomer(s *hep.Sender) error {
	if s == nil {
		return nil
	}
	return s.Close()
}

// toHomer has the form of txn.Config.Trace.
func (g *Gateway) toHomer(f *flow.Flow, dir txn.Direction, raw []byte) {
	if s := g.homer.Load(); s != nil {
		s.Message(f, dir, raw)
	}
}

// homerState is for the metrics.
func (g *Gateway) homerState() (metrics.Homer, bool) {
	s := g.homer.Load()
	if s == nil {
		return metrics.Homer{}, false
	}
	c := s.Counters()
	return metrics.Homer{Up: c.Up, Sent: c.Sent, Dropped: c.Dropped}, true
}

func (g *Gateway) homerFault() string {
	if s := g.homer.Load(); s != nil {
		return s.Trouble()
	}
	return ""
}

func (g *Gateway) prepareHomer(r *reload) error {
	next, err := g.newHomer(r.next)
	if err != nil {
		return err
	}
	r.commit(func() {
		if was := g.setHomer(next); was != nil {
			g.retire("the Homer of before", func() bool { return false }, was.Close)
		}
	})
	return nil
}
