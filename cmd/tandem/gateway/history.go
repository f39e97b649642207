package gateway

import (
	"context"
	"strings"
	"time"

	"github.com/tandemgw/tandem/admin"
	"github.com/tandemgw/tandem/store/cdr"
)

// historyTime bounds how long a phone waits for its history.
const historyTime = 3 * time.Second

// phoneHistory are the last calls of a user as his phone lists them, from the records.
// Calls of a group that somebody else has answered are not his.
func (g *Gateway) phoneHistory(ctx context.Context, user string, limit int) ([]admin.PastCall, error) {
	ctx, cancel := context.WithTimeout(ctx, historyTime)
	defer cancel()
	var calls []admin.PastCall
	for q := (cdr.Query{User: user, Limit: 2 * limit}); ; {
		records, next, err := g.records.db.CDRs(ctx, q)
		if err != nil {
			return nil, err
		}
		for i := range records {
			if past, his := pastCall(&records[i], user); his && len(calls) < limit {
				if past.Name == "" {
					past.Name = g.nameOf(past.Number)
				}
				calls = append(calls, past)
			}
		}
		if next == "" || len(calls) == limit || q.After != "" { // two pages will do
			return calls, nil
		}
		q.After = next
	}
}

// nameOf is how the user with a number is shown; empty where there is none.
func (g *Gateway) nameOf(number string) string {
	u, _ := g.people.Known(number)
	return u.DisplayName
}

// pastCall is a record as one of its parties sees it; false where the call did not
// become his. A call of the gateway's own is made by whom it rings first, unless it is to
// him: then it is a call back.
func pastCall(r *cdr.Record, user string) (admin.PastCall, bool) {
	p := admin.PastCall{At: r.Start.UTC(), Direction: "out", Number: r.Dialed, Answered: !r.Answer.IsZero(), Seconds: r.BillSec}
	rung := r.Direction == cdr.Own && len(r.Attempts) > 0 && isUser(r.Attempts[0].Target, user) && !strings.EqualFold(r.Dialed, user)
	if strings.EqualFold(r.FromUser, user) || rung {
		if !p.Answered {
			p.Status = r.SIPCode
		}
		return p, true
	}
	p.Direction, p.Number, p.Name = "in", r.FromNumber, r.FromName
	his, others := false, false
	for i := range r.Attempts {
		if a := &r.Attempts[i]; a.Answered {
			his, others = his || isUser(a.Target, user), others || !isUser(a.Target, user)
		}
	}
	for i := range r.Legs { // also who was given the call by another
		his = his || strings.EqualFold(r.Legs[i].User, user)
	}
	if !his {
		p.Answered, p.Seconds = false, 0
	}
	return p, his || !others
}

func isUser(target, user string) bool {
	name, is := strings.CutPrefix(target, "user:")
	return is && strings.EqualFold(name, user)
}
