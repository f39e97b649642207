package rules

import (
	"github.com/tandemgw/tandem/config"
	"github.com/tandemgw/tandem/signaling/trace"
)

func Traces(f *config.File) trace.Rules {
	return trace.Rules{Keep: trace.Keep(f.Trace.Keep), For: f.Trace.For, Disk: int64(f.Trace.Disk) << 20}
}

// TraceMemory is the bound in octets; below 0 for none.
func TraceMemory(f *config.File) int64 {
	if f.Trace.Memory == 0 {
		return -1
	}
	return int64(f.Trace.Memory) << 20
}
