package certs

import (
	"context"
	"crypto/tls"
	"log/slog"
)

// Source is where a TLS listener's certificate comes from.
type Source interface {
	// TLSConfig returns a configuration of the caller's own: TLS 1.2 and up, with
	// a GetCertificate that always serves the present certificate, so that a
	// renewal needs no restart. Application protocols are the caller's to set.
	TLSConfig() *tls.Config

	// Run renews or reloads the certificate until ctx ends, and then returns nil.
	// What goes wrong on the way is logged and tried again; the certificate
	// served meanwhile is the last good one. Call it once.
	Run(ctx context.Context) error
}

var (
	_ Source = (*LocalCA)(nil)
	_ Source = (*FilesSource)(nil)
)

func serverConfig(get func() *tls.Certificate) *tls.Config {
	return &tls.Config{
		MinVersion: tls.VersionTLS12,
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
			return get(), nil
		},
	}
}

func loggerOr(l *slog.Logger) *slog.Logger {
	if l == nil {
		return slog.New(slog.DiscardHandler)
	}
	return l
}
