package certs

import (
	"context"
	"crypto/tls"
	"net"
	"testing"
)

func cancelable(t *testing.T) (context.Context, context.CancelFunc) {
	t.Helper()
	return context.WithCancel(context.Background())
}

// handshake runs a client against the source's configuration over a pipe.
func handshake(t *testing.T, server, client *tls.Config) (tls.ConnectionState, error) {
	t.Helper()
	a, b := net.Pipe()
	srv, cli := tls.Server(a, server), tls.Client(b, client)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if srv.Handshake() != nil {
			_ = a.Close()
		}
	}()
	err := cli.Handshake()
	state := cli.ConnectionState()
	_ = b.Close()
	<-ended
	_ = a.Close()
	return state, err
}

func TestHandshakeVersions(t *testing.T) {
	l := mustLocal(t, config(""))
	pool := roots(t, l.ExportCA())
	for _, tt := range []struct {
		name    string
		version uint16
		ok      bool
	}{
		{"TLS 1.1", tls.VersionTLS11, false},
		{"TLS 1.2", tls.VersionTLS12, true},
		{"TLS 1.3", tls.VersionTLS13, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			state, err := handshake(t, l.TLSConfig(), &tls.Config{
				RootCAs: pool, ServerName: "gate7.local", MinVersion: tt.version, MaxVersion: tt.version,
			})
			if (err == nil) != tt.ok {
				t.Fatalf("handshake = %v, want success %v", err, tt.ok)
			}
			if tt.ok && state.Version != tt.version {
				t.Errorf("version = %x, want %x", state.Version, tt.version)
			}
		})
	}
}

func TestRenewedLeafIsServedByTheSameConfig(t *testing.T) {
	l := mustLocal(t, config(""))
	server := l.TLSConfig()
	client := &tls.Config{RootCAs: roots(t, l.ExportCA()), ServerName: "192.168.1.77"}
	if _, err := handshake(t, server, client); err == nil {
		t.Fatalf("a certificate without the address was accepted")
	}
	l.cfg.Addresses = addresses("192.168.1.77")
	l.refresh(l.leaf.Load().Leaf.NotBefore.Add(2 * backdate))
	if _, err := handshake(t, server, client); err != nil {
		t.Errorf("after renewal: %v", err)
	}
}

func TestConfigsAreTheCallersOwn(t *testing.T) {
	l := mustLocal(t, config(""))
	l.TLSConfig().NextProtos = []string{"h2"}
	if p := l.TLSConfig().NextProtos; len(p) > 0 {
		t.Errorf("NextProtos = %v in another caller's configuration", p)
	}
}
