package txn

import (
	"sync"

	"github.com/emiago/sipgo/sip"

	"github.com/tandemgw/tandem/signaling/flow"
	"github.com/tandemgw/tandem/signaling/sipmsg"
)

// amplification is the most octets that go out for each that came in, by the
// repetition of answers, over UDP.
const amplification = 3

// balance keeps the repetitions of an answer over UDP below three times what came
// in, since the request may have come with somebody else's address on it. Its
// owner guards it.
type balance struct {
	in, out int  // octets of the request and its repetitions; of the answers
	free    bool // the sender is vouched for: no limit
}

// again says whether an answer of size octets may be repeated on f.
func (b *balance) again(f *flow.Flow, size int) bool {
	if f.Kind() == flow.UDP && !b.free && b.out+size > amplification*b.in {
		return false
	}
	b.out += size
	return true
}

// spent is what is left of a server transaction whose user has no more to say:
// enough to answer or swallow repetitions (states Completed, Confirmed and
// Accepted of RFC 3261 §17.2 and RFC 6026).
type spent struct {
	l      *Layer
	f      *flow.Flow
	scope  scope
	key    string
	merge  string
	call   string // see callOf; "" but for INVITE
	tag    string
	up     bool // an ACK with this branch is for a 2xx, and the handler's
	mu     sync.Mutex
	answer []byte  // guarded by mu; nil where repetitions are swallowed
	oct    balance // guarded by mu
}

// again takes a repetition of the request.
func (s *spent) again(size int) {
	s.mu.Lock()
	s.oct.in += size
	raw := s.answer
	ok := raw != nil && s.oct.again(s.f, len(raw))
	s.mu.Unlock()
	switch {
	case ok:
		_ = s.l.write(s.f, raw) // it will be asked for again
	case raw != nil:
		s.l.counts.withheld.Add(1)
	}
}

func (s *spent) expire() { s.l.tables.removeSpent(s) }

// callOf says which call an INVITE or its CANCEL is of.
func callOf(req *sip.Request) string {
	tag, _ := sipmsg.Param(req.From().Params, "tag")
	return tag + " " + string(*req.CallID()) + " " + utoa(req.CSeq().SeqNo)
}

// tail is what is left of a client INVITE that has been refused, or whose user
// has no more interest in its answers.
type tail struct {
	l     *Layer
	f     *flow.Flow
	scope scope
	key   string
	ack   []byte // what a refusal gets; nil where answers are swallowed
}

// receive takes a repetition of an answer.
func (t *tail) receive(res *sip.Response) {
	if t.ack != nil && res.StatusCode >= 300 {
		_ = t.l.write(t.f, t.ack) // it will be asked for again
	}
}

func (t *tail) expire() { t.l.tables.removeTail(t) }
