//go:build otel

package spans

import (
	"context"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdk "go.opentelemetry.io/otel/sdk/trace"
)

// Config is what Open needs.
type Config struct {
	Version string
	Getenv  func(string) string
	Log     *slog.Logger // nil means discard
}

const (
	// patience is how long Close lets the last spans be sent.
	patience = 3 * time.Second
	// between is the least time between two complaints.
	between = time.Minute
)

// Open begins to send spans to where OTEL_EXPORTER_OTLP_ENDPOINT, or
// OTEL_EXPORTER_OTLP_TRACES_ENDPOINT, says; nil where neither does. The SDK reads the
// other variables: headers, certificates, sampler, OTEL_SERVICE_NAME (tandem),
// OTEL_RESOURCE_ATTRIBUTES. A collector that is away keeps nobody from calling.
func Open(ctx context.Context, c Config) (*Spans, error) {
	if c.Getenv("OTEL_EXPORTER_OTLP_ENDPOINT") == "" && c.Getenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT") == "" || c.Getenv("OTEL_SDK_DISABLED") == "true" {
		return nil, nil
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	exporter, err := otlptracehttp.New(ctx)
	if err != nil {
		return nil, fmt.Errorf("spans by OTLP: %w", err)
	}
	about, err := resource.New(ctx, resource.WithTelemetrySDK(), resource.WithHost(),
		resource.WithAttributes(attribute.String("service.name", "tandem"), attribute.String("service.version", c.Version)),
		resource.WithFromEnv()) // the last one counts
	if err != nil {
		return nil, fmt.Errorf("spans' resource: %w", err)
	}
	var told atomic.Int64 // when, in nanoseconds
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) {
		now, last := time.Now().UnixNano(), told.Load()
		if now-last >= int64(between) && told.CompareAndSwap(last, now) {
			c.Log.Warn("spans are lost", "err", err)
		}
	}))
	return newSpans(sdk.NewTracerProvider(sdk.WithBatcher(exporter), sdk.WithResource(about)), c.Version), nil
}

// Close sends what is left, for 3 seconds at most, and ends what sends. Calls that
// are still there are not told of.
func (s *Spans) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := s.provider.Shutdown(ctx); err != nil {
		return fmt.Errorf("send the last spans: %w", err)
	}
	return nil
}
