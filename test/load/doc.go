// Package load measures what the gateway costs as a process on one core. Signaling: SIPp
// at both ends over UDP, and no media, which `make bench-sip` runs. Media: calls of two
// telephones through the gateway and through rtpengine in turn, which `make bench-phones`
// runs; the telephones are this package's test again, in a process of their own. It has
// benchmarks only; docs/performance.md has their figures.
//
// On a machine that others use too, a rate or a delay tells as much about them as
// about the gateway. The processor time of the gateway's process does not: it is
// reported for each call and each registration, beside what a stopwatch says.
package load
