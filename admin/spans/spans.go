//go:build otel

package spans

import (
	"context"
	"sync"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/tandemgw/tandem"
	"github.com/tandemgw/tandem/bridge"
)

const (
	// maxCalls bounds the calls that are followed at a time, maxLegs the legs of one.
	maxCalls = 50_000
	maxLegs  = 100
)

// Spans makes spans of calls. It implements bridge.Observer.
type Spans struct {
	provider *sdk.TracerProvider
	tracer   trace.Tracer

	mu    sync.Mutex
	calls map[tandem.CallID]*call // guarded by mu; at most maxCalls
}

// call is a call that there is; guarded by Spans.mu.
type call struct {
	span     trace.Span
	phase    trace.Span // routing, then setup, then talk
	answered bool
	legs     map[tandem.LegID]*leg
}

// leg is one of its legs; ring is nil while it does not ring.
type leg struct{ span, ring trace.Span }

// newSpans makes spans that a provider takes.
func newSpans(provider *sdk.TracerProvider, version string) *Spans {
	return &Spans{
		provider: provider, tracer: provider.Tracer("github.com/tandemgw/tandem", trace.WithInstrumentationVersion(version)),
		calls: map[tandem.CallID]*call{},
	}
}

// Observe implements bridge.Observer.
func (s *Spans) Observe(e bridge.Event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.calls[e.Call]
	if c == nil {
		if e.Kind == bridge.Ended || len(s.calls) >= maxCalls {
			return
		}
		c = s.begin(&e)
	}
	switch e.Kind {
	case bridge.Incoming:
		s.leg(c, &e, trace.SpanKindServer)
	case bridge.Routed:
		c.span.SetAttributes(attribute.String("tandem.number", e.Number), attribute.String("tandem.row", e.Row))
		s.enter(c, "setup", &e)
	case bridge.Calling:
		if l := s.leg(c, &e, trace.SpanKindClient); l != nil {
			l.span.SetAttributes(attribute.String("tandem.target", e.Target.String()))
		}
	case bridge.Ringing:
		if l := c.legs[e.Leg]; l != nil && l.ring == nil {
			l.ring = s.child(l.span, "ring", &e)
		}
	case bridge.Answered:
		if l := c.legs[e.Leg]; l != nil {
			l.stopRinging(&e)
		}
		c.tell(&e)
		if !c.answered {
			c.answered = true
			s.enter(c, "talk", &e)
		}
	case bridge.Declined:
		if l := c.legs[e.Leg]; l != nil {
			l.end(&e, e.Cause)
			delete(c.legs, e.Leg)
		}
	case bridge.Measured:
		if l := c.legs[e.Leg]; l != nil && e.Stats != nil {
			l.span.SetAttributes(mediaOf(e.Stats)...)
		}
	case bridge.Ended:
		delete(s.calls, e.Call)
		c.end(&e)
	default:
		c.tell(&e)
	}
}

// begin begins a call and the first of its phases.
func (s *Spans) begin(e *bridge.Event) *call {
	_, span := s.tracer.Start(context.Background(), "call", trace.WithTimestamp(e.At), trace.WithSpanKind(trace.SpanKindServer), trace.WithAttributes(
		attribute.String("tandem.call", string(e.Call)), attribute.String("tandem.from", e.From.String()), attribute.String("tandem.to", e.To)))
	c := &call{span: span, legs: map[tandem.LegID]*leg{}}
	c.phase = s.child(span, "routing", e)
	s.calls[e.Call] = c
	return c
}

// child begins a span within another one.
func (s *Spans) child(in trace.Span, name string, e *bridge.Event, options ...trace.SpanStartOption) trace.Span {
	_, span := s.tracer.Start(trace.ContextWithSpan(context.Background(), in), name, append(options, trace.WithTimestamp(e.At))...)
	return span
}

// enter ends a phase and begins the next.
func (s *Spans) enter(c *call, phase string, e *bridge.Event) {
	c.phase.End(trace.WithTimestamp(e.At))
	c.phase = s.child(c.span, phase, e)
}

// leg begins a leg; nil where there are too many.
func (s *Spans) leg(c *call, e *bridge.Event, kind trace.SpanKind) *leg {
	if l := c.legs[e.Leg]; l != nil || e.Leg == "" || len(c.legs) >= maxLegs {
		return l
	}
	l := &leg{span: s.child(c.span, "leg", e, trace.WithSpanKind(kind), trace.WithAttributes(
		attribute.String("tandem.leg", string(e.Leg)), attribute.String("sip.call_id", e.Ref), attribute.String("tandem.party", e.Party.String()),
		attribute.String("tandem.path", e.Path), attribute.String("tandem.user", e.User)))}
	c.legs[e.Leg] = l
	return l
}

// tell notes what happened at the leg that it happened to, or at the call.
func (c *call) tell(e *bridge.Event) {
	span := c.span
	if l := c.legs[e.Leg]; l != nil {
		span = l.span
	}
	span.AddEvent(string(e.Kind), trace.WithTimestamp(e.At), trace.WithAttributes(attribute.String("text", e.Text)))
}

// end ends all of a call.
func (c *call) end(e *bridge.Event) {
	for _, l := range c.legs {
		l.end(e, tandem.Cause{})
	}
	c.phase.End(trace.WithTimestamp(e.At))
	c.span.SetAttributes(causeOf(e.Cause)...)
	if e.By != "" {
		c.span.SetAttributes(attribute.String("tandem.ended_by", string(e.By)))
	}
	if !c.answered && isFault(e.Cause) {
		c.span.SetStatus(codes.Error, e.Cause.Words())
	}
	c.span.End(trace.WithTimestamp(e.At))
}

func (l *leg) stopRinging(e *bridge.Event) {
	if l.ring != nil {
		l.ring.End(trace.WithTimestamp(e.At))
		l.ring = nil
	}
}

// end ends a leg, for a cause that is its own; the zero one is that of the call.
func (l *leg) end(e *bridge.Event, cause tandem.Cause) {
	l.stopRinging(e)
	if cause != (tandem.Cause{}) {
		l.span.SetAttributes(causeOf(cause)...)
		if isFault(cause) {
			l.span.SetStatus(codes.Error, cause.Words())
		}
	}
	l.span.End(trace.WithTimestamp(e.At))
}
