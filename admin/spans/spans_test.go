//go:build otel

package spans

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/otel/codes"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/tandemgw/tandem"
	"github.com/tandemgw/tandem/bridge"
	"github.com/tandemgw/tandem/dialplan"
	"github.com/tandemgw/tandem/media"
)

// seen is what a span says, its times as seconds after the call began.
type seen struct {
	Name, In   string
	From, To   float64
	Status     codes.Code
	Attributes map[string]string
	Events     []string
}

var began = time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)

func at(seconds float64, e bridge.Event) bridge.Event {
	e.At, e.Call = began.Add(time.Duration(seconds*float64(time.Second))), "k3v9x2mqa7"
	return e
}

// observed gives events to Spans and returns the spans by name and leg.
func observed(t *testing.T, events ...bridge.Event) map[string]seen {
	t.Helper()
	exporter := tracetest.NewInMemoryExporter()
	s := newSpans(sdk.NewTracerProvider(sdk.WithSyncer(exporter)), "test")
	for _, e := range events {
		s.Observe(e)
	}
	if len(s.calls) > 0 {
		t.Errorf("%d calls are still followed", len(s.calls))
	}
	names := map[string]string{}
	out := map[string]seen{}
	stubs := exporter.GetSpans()
	name := func(stub tracetest.SpanStub) string {
		for _, a := range stub.Attributes {
			if a.Key == "tandem.leg" {
				return stub.Name + " " + a.Value.AsString()
			}
		}
		return stub.Name
	}
	for _, stub := range stubs {
		names[stub.SpanContext.SpanID().String()] = name(stub)
	}
	for _, stub := range stubs {
		one := seen{
			Name: name(stub), In: names[stub.Parent.SpanID().String()], From: stub.StartTime.Sub(began).Seconds(), To: stub.EndTime.Sub(began).Seconds(),
			Status: stub.Status.Code, Attributes: map[string]string{},
		}
		for _, a := range stub.Attributes {
			one.Attributes[string(a.Key)] = a.Value.Emit()
		}
		for _, e := range stub.Events {
			one.Events = append(one.Events, e.Name)
		}
		if stub.SpanContext.TraceID() != stubs[0].SpanContext.TraceID() {
			t.Errorf("%s is of another trace", one.Name)
		}
		out[one.Name] = one
	}
	return out
}

func TestACallIsATraceOfPhasesAndLegs(t *testing.T) {
	a, b := tandem.LegID("k3v9x2mqa7-a"), tandem.LegID("k3v9x2mqa7-b")
	from := dialplan.Source{Kind: dialplan.FromUser, Name: "201"}
	got := observed(
		t,
		at(0, bridge.Event{Kind: bridge.Incoming, Leg: a, Ref: "one@far", Facts: bridge.Facts{From: from, To: "202"}}),
		at(.1, bridge.Event{Kind: bridge.Routed, Leg: a, Facts: bridge.Facts{Row: "tandem.hcl:7"}}),
		at(.2, bridge.Event{Kind: bridge.Calling, Leg: b, Ref: "two@us", Called: true}),
		at(.5, bridge.Event{Kind: bridge.Ringing, Leg: b}),
		at(3, bridge.Event{Kind: bridge.Answered, Leg: b}),
		at(5, bridge.Event{Kind: bridge.Held, Leg: a, Text: "holds"}),
		at(9, bridge.Event{Kind: bridge.Measured, Leg: b, Facts: bridge.Facts{Stats: &media.Stats{Received: media.Received{Packets: 300, Lost: 3}}}}),
		at(9, bridge.Event{Kind: bridge.Ended, Cause: tandem.CauseNormal, Facts: bridge.Facts{By: a}}),
	)
	for _, want := range []seen{
		{Name: "call", From: 0, To: 9},
		{Name: "routing", In: "call", From: 0, To: .1},
		{Name: "setup", In: "call", From: .1, To: 3},
		{Name: "talk", In: "call", From: 3, To: 9},
		{Name: "leg k3v9x2mqa7-a", In: "call", From: 0, To: 9, Events: []string{"held"}},
		{Name: "leg k3v9x2mqa7-b", In: "call", From: .2, To: 9, Events: []string{"answered"}},
		{Name: "ring", In: "leg k3v9x2mqa7-b", From: .5, To: 3},
	} {
		one := got[want.Name]
		one.Attributes = nil
		if diff := cmp.Diff(want, one); diff != "" {
			t.Errorf("%s (-want +got):\n%s", want.Name, diff)
		}
	}
	for _, want := range []struct{ span, key, value string }{
		{"call", "tandem.call", "k3v9x2mqa7"},
		{"call", "tandem.from", "user:201"},
		{"call", "tandem.row", "tandem.hcl:7"},
		{"call", "tandem.ended_by", "k3v9x2mqa7-a"},
		{"call", "q850.cause", "16"},
		{"leg k3v9x2mqa7-a", "sip.call_id", "one@far"},
		{"leg k3v9x2mqa7-b", "media.received.lost", "3"},
	} {
		if got := got[want.span].Attributes[want.key]; got != want.value {
			t.Errorf("%s has %s = %q, want %q", want.span, want.key, got, want.value)
		}
	}
}

func TestOnlyAFaultIsAnError(t *testing.T) {
	for _, c := range []struct {
		cause tandem.Cause
		want  codes.Code
	}{
		{tandem.CauseNoAnswer, codes.Unset},
		{tandem.CauseNoRow, codes.Unset},
		{tandem.CauseInternal, codes.Error},
		{tandem.Cause{Status: 488}, codes.Error},
	} {
		b := tandem.LegID("k3v9x2mqa7-b")
		got := observed(
			t,
			at(0, bridge.Event{Kind: bridge.Incoming, Leg: "k3v9x2mqa7-a"}),
			at(1, bridge.Event{Kind: bridge.Calling, Leg: b}),
			at(2, bridge.Event{Kind: bridge.Declined, Leg: b, Cause: c.cause}),
			at(3, bridge.Event{Kind: bridge.Ended, Cause: c.cause}),
		)
		if call, leg := got["call"].Status, got["leg k3v9x2mqa7-b"]; call != c.want || leg.Status != c.want || leg.To != 2 {
			t.Errorf("%v: call %v, leg %v until %v; want %v until 2", c.cause, call, leg.Status, leg.To, c.want)
		}
	}
}

func TestSpansAreSentByOTLP(t *testing.T) {
	bodies := make(chan string, 8)
	collector := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(io.LimitReader(r.Body, 1<<20))
		bodies <- r.URL.Path + " " + r.Header.Get("Content-Type") + " " + string(body)
	}))
	defer collector.Close()
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.URL)
	env := map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": collector.URL}
	s, err := Open(t.Context(), Config{Version: "1.2.3", Getenv: func(name string) string { return env[name] }})
	if err != nil {
		t.Fatal(err)
	}
	s.Observe(at(0, bridge.Event{Kind: bridge.Incoming, Leg: "k3v9x2mqa7-a"}))
	s.Observe(at(1, bridge.Event{Kind: bridge.Ended, Cause: tandem.CauseCanceled}))
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	got := <-bodies
	for _, want := range []string{"/v1/traces application/x-protobuf ", "tandem.call", "k3v9x2mqa7", "service.name", "1.2.3", "routing"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in what was sent: %q", want, got)
		}
	}
}

func TestNothingIsSentWhereNobodySaysWhereTo(t *testing.T) {
	if s, err := Open(t.Context(), Config{Getenv: func(string) string { return "" }}); s != nil || err != nil {
		t.Errorf("Open = %v, %v", s, err)
	}
}
