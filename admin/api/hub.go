package api

import (
	"bytes"
	"context"
	"encoding/json"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tandemgw/tandem"
	"github.com/tandemgw/tandem/bridge"
)

const (
	// hubRing is how many events can be had again after a lost connection.
	hubRing = 4096
	// hubTick is how often what has changed is told: at most once for each call.
	hubTick = time.Second
	// hubLook is how many ticks pass until all calls are looked at, for what no event
	// of theirs tells: how their media goes.
	hubLook = 5
	// hubRest is how many ticks without any reader pass until nothing is kept up.
	hubRest = 60
	// maxBehind is how many events a reader may be behind until it gets a snapshot.
	maxBehind = 512
	maxTopics = 16
)

// frame is one event, as all who follow its topic get it.
type frame struct {
	id    uint64
	topic string
	data  []byte // JSON; immutable
}

// Hub tells those who look at the gateway what changes in it. It implements
// bridge.Observer and bridge.Watcher, which only note that a call has changed; Run
// makes events of that, once a second, and every reader takes them from one ring at its
// own pace, so that none can hold up a call or another reader.
type Hub struct {
	asks   chan ask
	over   chan struct{} // closed by Close
	active atomic.Bool   // somebody reads, or did so lately

	mu       sync.Mutex // a leaf: guards what follows
	dirty    map[tandem.CallID]bool
	users    map[string]bool // whose registrations have changed
	interest map[string]int  // readers by topic
	ring     []frame         // the oldest first, at most hubRing
	next     uint64          // the ID of the next event
	news     chan struct{}   // closed when there are events

	state hubState // of Run's goroutine
}

// ask is for a snapshot of topics.
type ask struct {
	topics []string
	answer chan frame // has room for it
}

// NewHub returns a Hub. Run makes it work.
func NewHub() *Hub {
	return &Hub{
		asks: make(chan ask), over: make(chan struct{}), dirty: map[tandem.CallID]bool{}, users: map[string]bool{}, interest: map[string]int{}, news: make(chan struct{}),
		next: uint64(time.Now().UnixMilli()) << 8, // later than those of the last run
	}
}

// Close lets go whoever follows events, so that a server that waits for its answers ends.
// It is called once.
func (h *Hub) Close() { close(h.over) }

// Observe implements bridge.Observer.
func (h *Hub) Observe(e bridge.Event) { h.changed(e.Call) }

// Watch implements bridge.Watcher.
func (h *Hub) Watch(call tandem.CallID, _ []bridge.Standing) { h.changed(call) }

func (h *Hub) changed(call tandem.CallID) {
	if !h.active.Load() {
		return
	}
	h.mu.Lock()
	h.dirty[call] = true // the bridge bounds the calls of a second
	h.mu.Unlock()
}

// Registered notes that a user has another device, or one less.
func (h *Hub) Registered(user string) {
	if !h.active.Load() {
		return
	}
	h.mu.Lock()
	if len(h.users) < maxPage {
		h.users[user] = true
	}
	h.mu.Unlock()
}

// follow counts a reader of topics, until done is called.
func (h *Hub) follow(topics []string) (done func()) {
	count := func(n int) {
		h.mu.Lock()
		defer h.mu.Unlock()
		for _, t := range topics {
			if h.interest[t] += n; h.interest[t] == 0 {
				delete(h.interest, t)
			}
		}
	}
	count(1)
	return func() { count(-1) }
}

// publish puts an event into the ring; nil data is none.
func (h *Hub) publish(topic string, v any) {
	data, err := encode(v)
	if err != nil {
		return // of our own shapes: it has none
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.ring) == hubRing {
		h.ring = slices.Delete(h.ring, 0, hubRing/8)
	}
	h.ring = append(h.ring, frame{h.next, topic, data})
	h.next++
	close(h.news)
	h.news = make(chan struct{})
}

func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), err
}

// since returns the events of topics after one, where the reader then is, and what is
// closed when there are more; false where it has missed some.
func (h *Hub) since(last uint64, topics []string) (all []frame, now uint64, news <-chan struct{}, ok bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	now, news = h.next-1, h.news
	oldest := h.next - uint64(len(h.ring))
	if last > now || last+1 < oldest || now-last > maxBehind {
		return nil, now, news, false
	}
	for _, f := range h.ring[last+1-oldest:] {
		if slices.Contains(topics, f.topic) {
			all = append(all, f)
		}
	}
	return all, now, news, true
}

// snapshot asks Run for how everything stands; false where ctx or the Hub ends before.
func (h *Hub) snapshot(ctx context.Context, topics []string) (frame, bool) {
	a := ask{topics, make(chan frame, 1)}
	select {
	case h.asks <- a:
	case <-ctx.Done():
		return frame{}, false
	case <-h.over:
		return frame{}, false
	}
	select {
	case f := <-a.answer:
		return f, true
	case <-ctx.Done():
		return frame{}, false
	}
}

// parseTopics reads "calls,trunks,call:k3v9x2mqa7".
func parseTopics(text string) ([]string, *Refusal) {
	var topics []string
	for t := range strings.SplitSeq(text, ",") {
		id, ofCall := strings.CutPrefix(t, "call:")
		switch {
		case len(topics) == maxTopics:
			return nil, refuse(400, "bad_request", "at most %d topics", maxTopics)
		case ofCall && plainID(id), t == "calls", t == "registrations", t == "trunks", t == "overview":
			if !slices.Contains(topics, t) {
				topics = append(topics, t)
			}
		default:
			return nil, refuse(400, "bad_request", "topics are calls, registrations, trunks, overview and call:ID, not %.40q", t)
		}
	}
	return topics, nil
}

// plainID says whether a text may be the ID of a call: nothing that could end a line of
// an event.
func plainID(id string) bool {
	return id != "" && len(id) <= 64 && strings.IndexFunc(id, func(c rune) bool {
		return (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && c != '-' && c != '_' && c != '.'
	}) < 0
}
