package gateway

import (
	"slices"
	"sync"

	"github.com/tandemgw/tandem/admin/metrics"
	"github.com/tandemgw/tandem/media/transport"
	"github.com/tandemgw/tandem/media/turn"
)

// portDrops are what came to the browsers' port and was of no use, by why. The labels are
// these and no others, whatever comes.
func portDrops(c transport.MuxCounters) map[string]uint64 {
	return map[string]uint64{
		"stun_malformed":     c.STUNMalformed,
		"stun_unknown":       c.STUNUnknown,
		"stun_unasked":       c.STUNUnasked,
		"stun_unproven":      c.STUNUnproven,
		"stun_queue_full":    c.STUNQueueFull,
		"dtls_stranger":      c.DTLSStranger,
		"dtls_queue_full":    c.DTLSQueueFull,
		"dtls_refused":       c.DTLSRefused,
		"media_stranger":     c.MediaStranger,
		"unclassified":       c.Unclassified,
		"too_long":           c.TooLong,
		"read_error":         c.ReadErrors,
		"address_taken":      c.AddressTaken,
		"candidate_refused":  c.CandidatesRefused,
		"check_held_back":    c.ChecksHeldBack,
		"consent_lost":       c.ConsentLost,
		"connection_refused": c.TCPRefused,
		"connection_idle":    c.TCPUnproven,
		"connection_full":    c.TCPFull,
	}
}

// relayDrops are what a relay refused or dropped, by why.
func relayDrops(c turn.Counters) map[string]uint64 {
	return map[string]uint64{
		"full":               c.Full,
		"unauthorized":       c.Unauthorized,
		"forbidden":          c.Forbidden,
		"ignored":            c.Ignored,
		"withheld":           c.Withheld,
		"dropped":            c.Dropped,
		"connection_refused": c.Refused,
	}
}

// relayCounts add up the relays, those that a reload took away too: what is counted never
// becomes less.
type relayCounts struct {
	mu   sync.Mutex // guards what follows; a server is asked under it
	open []*turn.Server
	gone metrics.Relay
}

func (r *relayCounts) opened(s *turn.Server) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.open = append(r.open, s)
}

// closed keeps what a relay had counted; it may be called more than once.
func (r *relayCounts) closed(s *turn.Server) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if i := slices.Index(r.open, s); i >= 0 {
		r.open = slices.Delete(r.open, i, i+1)
		r.gone = plus(r.gone, s.Counters())
		r.gone.Allocations = 0
	}
}

// sum is what all have counted.
func (r *relayCounts) sum() metrics.Relay {
	r.mu.Lock()
	defer r.mu.Unlock()
	all := plus(r.gone, turn.Counters{})
	for _, s := range r.open {
		all = plus(all, s.Counters())
	}
	return all
}

// plus adds what one relay has counted, and leaves what there was alone.
func plus(all metrics.Relay, c turn.Counters) metrics.Relay {
	next := metrics.Relay{Allocations: all.Allocations + c.Allocations, Made: all.Made + c.Made, Dropped: relayDrops(c)}
	for why, n := range all.Dropped {
		next.Dropped[why] += n
	}
	return next
}
