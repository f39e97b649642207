package certs

import (
	"context"
	"crypto/tls"
	"sync"
	"sync/atomic"
)

// Live is a Source that another one can take the place of while listeners use it.
type Live struct {
	config atomic.Pointer[tls.Config] // of the source

	mu      sync.Mutex
	source  Source             // guarded by mu
	serving context.Context    // of Run, nil before; guarded by mu
	stop    context.CancelFunc // of the source's Run; guarded by mu
	running sync.WaitGroup     // of sources' Run; Add under mu
}

var _ Source = (*Live)(nil)

// NewLive returns a Live that serves what s does.
func NewLive(s Source) *Live {
	l := &Live{}
	l.Set(s)
	return l
}

// Set has s serve the certificate from now on: to connections that shake hands. It
// does not wait for the Run of the one before to end.
func (l *Live) Set(s Source) {
	config := s.TLSConfig()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.source = s
	l.config.Store(config)
	if l.stop != nil {
		l.stop()
	}
	l.startLocked()
}

// startLocked runs the source, if Run is under way.
func (l *Live) startLocked() {
	if l.serving == nil {
		return
	}
	ctx, cancel := context.WithCancel(l.serving)
	l.stop = cancel
	s := l.source
	l.running.Go(func() {
		_ = s.Run(ctx) // returns nil, as the interface says
	})
}

// TLSConfig implements Source.
func (l *Live) TLSConfig() *tls.Config {
	return &tls.Config{
		MinVersion:     tls.VersionTLS12,
		GetCertificate: func(h *tls.ClientHelloInfo) (*tls.Certificate, error) { return l.config.Load().GetCertificate(h) },
		GetConfigForClient: func(h *tls.ClientHelloInfo) (*tls.Config, error) {
			if choose := l.config.Load().GetConfigForClient; choose != nil {
				return choose(h)
			}
			return nil, nil
		},
	}
}

// Run implements Source: it runs the source that serves, and each one after it.
func (l *Live) Run(ctx context.Context) error {
	l.mu.Lock()
	l.serving = ctx
	l.startLocked()
	l.mu.Unlock()
	<-ctx.Done()
	l.mu.Lock()
	l.serving = nil
	l.mu.Unlock()
	l.running.Wait()
	return nil
}
