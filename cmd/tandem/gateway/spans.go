//go:build otel

package gateway

import (
	"context"
	"os"

	"github.com/tandemgw/tandem/admin/spans"
	"github.com/tandemgw/tandem/bridge"
)

// withSpans adds what tells OpenTelemetry of calls, where the environment says where to.
func (g *Gateway) withSpans(observers []bridge.Observer) ([]bridge.Observer, error) {
	s, err := spans.Open(context.Background(), spans.Config{Version: g.options.Version, Getenv: os.Getenv, Log: g.log})
	if err != nil || s == nil {
		return observers, err
	}
	g.closer(s.Close)
	return append(observers, s), nil
}
