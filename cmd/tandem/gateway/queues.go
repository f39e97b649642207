package gateway

import "github.com/tandemgw/tandem/admin"

// queueViews are all queues, with who waits and how the members stand.
func (g *Gateway) queueViews() []admin.Queue {
	views := []admin.Queue{}
	for _, q := range g.bridge.Queues() {
		v := admin.Queue{
			Name: q.Name, Strategy: q.Strategy, Max: q.Max, Answered: q.Answered, Abandoned: q.Abandoned, Left: q.Left,
			Waiting: []admin.Waiting{}, Members: []admin.QueueMember{},
		}
		for _, w := range q.Waiting {
			v.Waiting = append(v.Waiting, admin.Waiting{
				Call: string(w.Call), Party: w.Party.String(), Priority: w.Priority, Ringing: w.Ringing, Since: w.Since,
			})
		}
		for _, m := range q.Members {
			v.Members = append(v.Members, admin.QueueMember{Target: m.Target, State: m.State, Call: string(m.Call), Since: m.Since, Until: m.Until})
		}
		views = append(views, v)
	}
	return views
}
