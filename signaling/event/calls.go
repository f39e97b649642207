package event

import (
	"cmp"
	"slices"
	"strconv"
	"sync"

	"github.com/tandemgw/tandem"
	"github.com/tandemgw/tandem/bridge"
)

// calls know how each user stands in his calls. They are as many as the bridge
// lets there be.
type calls struct {
	changed func(user string) // not called with mu held

	mu     sync.Mutex // a leaf: guards what follows
	ofCall map[tandem.CallID][]standing
	ofUser map[string][]standing
	last   int // number of the last leg
}

// standing is a leg with the name that watchers know it by: a number, since what it
// is called in our logs and on the wire is nobody's business.
type standing struct {
	bridge.Standing
	id string
}

func newCalls(changed func(string)) *calls {
	return &calls{changed: changed, ofCall: make(map[tandem.CallID][]standing), ofUser: make(map[string][]standing)}
}

// watch takes how a call stands now.
func (c *calls) watch(call tandem.CallID, legs []bridge.Standing) {
	c.mu.Lock()
	old := c.ofCall[call]
	now := make([]standing, len(legs))
	for i, l := range legs {
		j := slices.IndexFunc(old, func(o standing) bool { return o.Leg == l.Leg })
		if j >= 0 {
			now[i] = standing{l, old[j].id}
			continue
		}
		c.last++
		now[i] = standing{l, "d" + strconv.Itoa(c.last)}
	}
	var touched []string
	if !slices.Equal(old, now) {
		touched = c.replaceLocked(call, old, now)
	}
	c.mu.Unlock()
	for _, user := range touched {
		c.changed(user)
	}
}

// replaceLocked puts the legs of a call in the place of its old ones, and returns
// the users to whom that makes a difference.
func (c *calls) replaceLocked(call tandem.CallID, old, now []standing) (touched []string) {
	if c.ofCall[call] = now; len(now) == 0 {
		delete(c.ofCall, call)
	}
	for _, l := range old {
		c.ofUser[l.User] = slices.DeleteFunc(c.ofUser[l.User], func(o standing) bool { return o.id == l.id })
		if !slices.Contains(now, l) {
			touched = append(touched, l.User)
		}
	}
	for _, l := range now {
		c.ofUser[l.User] = append(c.ofUser[l.User], l)
		if !slices.Contains(old, l) {
			touched = append(touched, l.User)
		}
	}
	for _, l := range old {
		if len(c.ofUser[l.User]) == 0 {
			delete(c.ofUser, l.User)
		}
	}
	slices.Sort(touched)
	return slices.Compact(touched)
}

// of returns the legs of a user, oldest first.
func (c *calls) of(user string) []standing {
	c.mu.Lock()
	defer c.mu.Unlock()
	out := slices.Clone(c.ofUser[user])
	slices.SortFunc(out, func(a, b standing) int {
		return cmp.Or(cmp.Compare(len(a.id), len(b.id)), cmp.Compare(a.id, b.id))
	})
	return out
}

// talking says that a user has answered, or was.
func (c *calls) talking(user string) bool {
	return slices.ContainsFunc(c.of(user), func(l standing) bool { return l.Stage == bridge.Confirmed })
}
