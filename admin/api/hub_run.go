package api

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/tandemgw/tandem"
	"github.com/tandemgw/tandem/admin"
	"github.com/tandemgw/tandem/admin/metrics"
)

// hubState is what Run knows of the gateway, as the events up to now have told it.
type hubState struct {
	views  hubViews
	rows   map[string]row
	trunks map[string]string // by name, in JSON
	calls  map[string]string // those that are followed one by one, in JSON
	ticks  int
	idle   int // ticks without a reader
}

// hubViews are what events are made of.
type hubViews struct {
	calls         func() []admin.Call
	call          func(id string) (admin.Call, bool)
	chips         func() map[string][]string
	registrations func() []admin.Registration
	trunks        func() []admin.Trunk
	overview      func() metrics.Overview
}

// row is a call in the list.
type row struct {
	data json.RawMessage
	// key changes when it is worth telling: not with every packet.
	key   string
	since time.Time
}

// keyOf is what of a call a list shows.
func keyOf(c *admin.Call) string {
	var b strings.Builder
	fmt.Fprint(&b, c.State, c.From, c.To, c.With, c.Talked.Unix(), c.Trunk, c.Row, c.Recording, c.Chips)
	for _, l := range c.Legs {
		fmt.Fprintf(&b, "|%s %s %s %s %s %.1f %.1f", l.ID, l.Party, l.Chain, l.Says.Codec, l.Hears.Codec, l.Says.MOS, l.Hears.MOS)
	}
	return b.String()
}

// attach says what the Hub reads; before Run.
func (h *Hub) attach(v hubViews) {
	h.state = hubState{views: v, rows: map[string]row{}, trunks: map[string]string{}, calls: map[string]string{}}
}

// Run makes events until ctx ends. It owns the state.
func (h *Hub) Run(ctx context.Context) error {
	t := time.NewTicker(hubTick)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-t.C:
			h.tick()
		case a := <-h.asks:
			a.answer <- h.answer(a.topics)
		}
	}
}

// wanted are the topics that somebody reads now.
func (h *Hub) wanted() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Collect(maps.Keys(h.interest))
}

// tick tells what has changed since the last one.
func (h *Hub) tick() {
	if !h.active.Load() {
		return
	}
	wanted := h.wanted()
	if len(wanted) == 0 {
		if h.state.idle++; h.state.idle > hubRest {
			h.active.Store(false)
		}
	} else {
		h.state.idle = 0
	}
	h.state.ticks++
	h.tellCalls(h.state.ticks%hubLook == 0)
	h.tellRegistrations()
	for _, topic := range wanted {
		id, ofCall := strings.CutPrefix(topic, "call:")
		switch {
		case ofCall:
			h.tellCall(topic, id)
		case topic == "trunks":
			h.tellTrunks()
		case topic == "overview" && h.state.views.overview != nil:
			h.publish(topic, map[string]any{"overview": h.overview()})
		}
	}
	maps.DeleteFunc(h.state.calls, func(topic, _ string) bool { return !slices.Contains(wanted, topic) })
}

// overview is with the newest of the seconds only: a reader has those before it.
func (h *Hub) overview() metrics.Overview {
	o := h.state.views.overview()
	s := &o.Seconds
	for _, all := range []*[]float64{&s.Calls, &s.CPS, &s.Failures, &s.Loss, &s.JitterP95} {
		*all = (*all)[max(0, len(*all)-1):]
	}
	return o
}

// takeDirty gives the calls that have changed.
func (h *Hub) takeDirty() map[tandem.CallID]bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	dirty := h.dirty
	h.dirty = map[tandem.CallID]bool{}
	return dirty
}

// callsEvent is what an event of the topic calls says.
type callsEvent struct {
	Changed []json.RawMessage `json:"changed,omitempty"`
	Gone    []string          `json:"gone,omitempty"`
}

// tellCalls tells which calls have changed: those of which an event came, or with all,
// also those that sound otherwise now.
func (h *Hub) tellCalls(all bool) {
	s, dirty := &h.state, h.takeDirty()
	var e callsEvent
	chips := map[string][]string{}
	if s.views.chips != nil && (all || len(dirty) > 0) {
		chips = s.views.chips()
	}
	there := map[string]bool{}
	take := func(c admin.Call) {
		there[c.ID] = true
		c.Chips = chips[c.ID]
		if r, changed := s.takeRow(&c); changed {
			e.Changed = append(e.Changed, r.data)
		}
	}
	if all {
		tandem.InTurns(s.views.calls(), take)
		for id := range s.rows {
			if !there[id] {
				e.Gone = append(e.Gone, id)
			}
		}
	} else {
		for id := range dirty {
			if c, ok := s.views.call(string(id)); ok {
				take(c)
			} else if _, had := s.rows[string(id)]; had {
				e.Gone = append(e.Gone, string(id))
			}
		}
	}
	for _, id := range e.Gone {
		delete(s.rows, id)
	}
	if len(e.Changed)+len(e.Gone) > 0 {
		slices.Sort(e.Gone)
		h.publish("calls", e)
	}
}

// takeRow notes how a call stands now, and says whether that is worth telling.
func (s *hubState) takeRow(c *admin.Call) (row, bool) {
	key := keyOf(c)
	if old, had := s.rows[c.ID]; had && old.key == key {
		return old, false
	}
	data, err := encode(c)
	if err != nil {
		return row{}, false // of our own shapes: it has none
	}
	r := row{data, key, c.Since}
	s.rows[c.ID] = r
	return r, true
}

// tellCall tells how one call stands, with its media.
func (h *Hub) tellCall(topic, id string) {
	c, ok := h.state.views.call(id)
	if !ok {
		if _, had := h.state.calls[topic]; had {
			h.publish(topic, map[string]any{"gone": true})
		}
		delete(h.state.calls, topic)
		return
	}
	data, err := encode(&c)
	if err == nil && h.state.calls[topic] != string(data) {
		h.state.calls[topic] = string(data)
		h.publish(topic, map[string]any{"call": json.RawMessage(data)})
	}
}

// tellTrunks tells which trunks stand otherwise; all of them when there are others.
func (h *Hub) tellTrunks() {
	all := h.state.views.trunks()
	var changed []json.RawMessage
	names := make(map[string]string, len(all))
	for i := range all {
		data, err := encode(&all[i])
		if err != nil {
			continue // of our own shapes: it has none
		}
		names[all[i].Name] = string(data)
		if h.state.trunks[all[i].Name] != string(data) {
			changed = append(changed, data)
		}
	}
	others := len(names) != len(h.state.trunks)
	for name := range names {
		if _, had := h.state.trunks[name]; !had {
			others = true
		}
	}
	h.state.trunks = names
	switch {
	case others:
		h.publish("trunks", Trunks{notNil(all)})
	case len(changed) > 0:
		h.publish("trunks", map[string]any{"changed": changed})
	}
}

// tellRegistrations tells whose registrations have changed, every few seconds.
func (h *Hub) tellRegistrations() {
	if h.state.ticks%2 != 0 {
		return
	}
	h.mu.Lock()
	users := slices.Sorted(maps.Keys(h.users))
	clear(h.users)
	h.mu.Unlock()
	if len(users) > 0 {
		h.publish("registrations", map[string]any{"changed": users})
	}
}

// answer makes a snapshot: how everything that the topics are about stands after the
// last event.
func (h *Hub) answer(topics []string) frame {
	s := &h.state
	if !h.active.Swap(true) { // nothing was kept up
		s.idle = 0
		clear(s.rows)
		h.tellCalls(true)
	}
	out := map[string]any{}
	for _, topic := range topics {
		id, ofCall := strings.CutPrefix(topic, "call:")
		switch {
		case ofCall:
			if c, ok := s.views.call(id); ok {
				out["call"] = c
			}
		case topic == "calls":
			out["calls"] = s.list()
		case topic == "registrations":
			out["registrations"] = page(s.views.registrations(), 0, maxPage)
		case topic == "trunks":
			out["trunks"] = notNil(s.views.trunks())
		case topic == "overview" && s.views.overview != nil:
			out["overview"] = h.overview()
		}
	}
	data, err := encode(out)
	if err != nil {
		data = []byte("{}") // of our own shapes: it has none
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	return frame{h.next - 1, "snapshot", data}
}

// list are the calls, the oldest first.
func (s *hubState) list() []json.RawMessage {
	all := slices.SortedFunc(maps.Keys(s.rows), func(x, y string) int {
		return cmp.Or(s.rows[x].since.Compare(s.rows[y].since), cmp.Compare(x, y))
	})
	out := make([]json.RawMessage, len(all))
	for i, id := range all {
		out[i] = s.rows[id].data
	}
	return out
}
