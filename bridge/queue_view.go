package bridge

import (
	"cmp"
	"slices"
	"time"

	"github.com/tandemgw/tandem"
	"github.com/tandemgw/tandem/dialplan"
)

// QueueView is a queue as it is at one moment.
type QueueView struct {
	Name     string
	Strategy string
	Max      int // callers that may wait
	QueueCounts
	Waiting []WaitingView // the one that is served next first
	Members []AgentView   // in the order of the file
}

// WaitingView is a caller who waits.
type WaitingView struct {
	Call     tandem.CallID
	Leg      tandem.LegID
	Party    tandem.Address
	Priority int
	Ringing  bool // members are rung for it
	Since    time.Time
}

// AgentView is a member of a queue.
type AgentView struct {
	Target string        // as the file names it: "user:201"
	State  string        // MemberIdle and the others
	Call   tandem.CallID // ringing and talking
	Since  time.Time     // in this state; zero for idle, busy and away
	Until  time.Time     // resting
}

// Queues returns all queues of the dialplan, by name.
func (b *Bridge) Queues() []QueueView {
	all := []QueueView{}
	for _, rules := range b.plan.Load().Queues() {
		all = append(all, b.viewOf(rules))
	}
	slices.SortFunc(all, func(x, y QueueView) int { return cmp.Compare(x.Name, y.Name) })
	return all
}

// Queue returns one queue; false where there is none.
func (b *Bridge) Queue(name string) (QueueView, bool) {
	rules := b.plan.Load().Queues()[name]
	if rules == nil {
		return QueueView{}, false
	}
	return b.viewOf(rules), true
}

func (b *Bridge) viewOf(rules *dialplan.Queue) QueueView {
	v := QueueView{Name: rules.Name, Strategy: string(rules.Strategy), Max: rules.Callers, Waiting: []WaitingView{}, Members: []AgentView{}}
	for _, m := range rules.Members {
		v.Members = append(v.Members, AgentView{Target: m.String(), State: b.stateOf(m)})
	}
	now := time.Now()
	t := &b.queues
	t.mu.Lock()
	defer t.mu.Unlock()
	for i := range v.Members {
		m := &v.Members[i]
		if a := t.members[m.Target]; a != nil && t.takenLocked(m.Target, now) && (m.State != MemberAway || a.state != MemberResting) {
			m.State, m.Call, m.Since, m.Until = a.state, a.call, a.since, a.until
		}
	}
	q := t.open[rules.Name]
	if q == nil {
		return v
	}
	v.QueueCounts = q.QueueCounts
	for _, p := range q.waiting {
		v.Waiting = append(v.Waiting, WaitingView{Call: p.call.id, Leg: p.leg, Party: p.party, Priority: p.rank, Ringing: p.rings, Since: p.since})
	}
	return v
}
