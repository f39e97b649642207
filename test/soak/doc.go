// Package soak runs the gateway for long: thousands of calls, and rooms and clocks for
// minutes, over real sockets, to find what it leaves behind and what drifts. It has
// benchmarks only, which `make soak` runs; docs/performance.md has their figures. The
// far ends are telephones behind two trunks, made here of two sockets each.
package soak
