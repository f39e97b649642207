package main

import (
	"github.com/tandemgw/tandem/signaling/flow"
	"github.com/tandemgw/tandem/signaling/txn"
)

// headersMemory is what the headers of the last RTP packets of all legs may take, in
// octets: those of a minute for 200 calls, of a few seconds for thousands.
const headersMemory = 64 << 20

// messageTracer sees SIP messages as they come and go.
type messageTracer func(f *flow.Flow, dir txn.Direction, raw []byte)

// tracers are several in one; those that are nil are left out.
func tracers(all ...messageTracer) messageTracer {
	var some []messageTracer
	for _, t := range all {
		if t != nil {
			some = append(some, t)
		}
	}
	return func(f *flow.Flow, dir txn.Direction, raw []byte) {
		for _, t := range some {
			t(f, dir, raw)
		}
	}
}
