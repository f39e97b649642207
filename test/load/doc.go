// Package load measures what signaling costs: the real gateway on one core, SIPp
// at both ends over UDP, and no media. It has benchmarks only, which `make
// bench-sip` runs; docs/performance.md has their figures.
//
// On a machine that others use too, a rate or a delay tells as much about them as
// about the gateway. The processor time of the gateway's process does not: it is
// reported for each call and each registration, beside what a stopwatch says.
package load
