// Package spans tells OpenTelemetry of calls: a trace for each, with spans for what
// it went through (routing, setup, talk) and for each leg (and in it its ringing).
// Everything but this comment is behind the build tag otel, since what it needs is
// larger than all of the signaling; without the tag nothing of it is in the program.
//
// The noun is Spans, a bridge.Observer. Observe is called on the goroutines of the
// calls, holds one lock for some hundred nanoseconds and never waits: what has ended
// is queued in the SDK, at most 2048 spans of which the newest are dropped when
// nobody takes them. The SDK's goroutine sends them, by OTLP over HTTP, and ends with
// Close. Where to, with which name and how many is said by the environment variables
// of OpenTelemetry, and by no file of ours.
//
// No number of a label is bounded as with metrics: spans bear who called whom. They
// bear no secret, and no digits that were pressed.
package spans
