package certs

import (
	"context"
	"crypto/tls"
	"testing"
	"testing/synctest"
)

// given is a Source that serves one certificate.
type given struct {
	cert  tls.Certificate
	knock *tls.Config
	runs  int // under way
}

func (g *given) TLSConfig() *tls.Config {
	c := serverConfig(func() *tls.Certificate { return &g.cert })
	if g.knock != nil {
		c.GetConfigForClient = func(*tls.ClientHelloInfo) (*tls.Config, error) { return g.knock, nil }
	}
	return c
}

func (g *given) Run(ctx context.Context) error {
	g.runs++
	<-ctx.Done()
	g.runs--
	return nil
}

func TestLiveServesWhatTheNewestSourceDoes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		first, second := &given{}, &given{knock: &tls.Config{MinVersion: tls.VersionTLS13}}
		l := NewLive(first)
		config := l.TLSConfig()
		serves := func(want *given) {
			t.Helper()
			synctest.Wait()
			if c, err := config.GetCertificate(nil); err != nil || c != &want.cert {
				t.Errorf("another certificate is served: %v", err)
			}
			if c, err := config.GetConfigForClient(nil); err != nil || c != want.knock {
				t.Errorf("whoever knocks gets %v, %v", c, err)
			}
		}
		serves(first)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- l.Run(ctx) }()
		serves(first)
		if first.runs != 1 {
			t.Error("the first source does not run")
		}
		l.Set(second)
		serves(second)
		if first.runs != 0 || second.runs != 1 {
			t.Errorf("the first runs %d times, the second %d", first.runs, second.runs)
		}
		cancel()
		if err := <-done; err != nil || second.runs != 0 {
			t.Errorf("in the end: %v, the second runs %d times", err, second.runs)
		}
		l.Set(first)
		if serves(first); first.runs != 0 {
			t.Error("it runs after the end")
		}
	})
}
