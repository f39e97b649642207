package api

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
	"github.com/gorilla/websocket"
)

const (
	// streamWrite is how long a reader may take to read what was sent to it.
	streamWrite = 30 * time.Second
	// streamBeat is how often something is sent though nothing happens, and whether the
	// reader may still read is looked at.
	streamBeat = 15 * time.Second
	// maxStreams bounds the readers of events at one time.
	maxStreams = 256
)

// EventsQuery says what is to be told.
type EventsQuery struct {
	Topics string `query:"topics" required:"true" minLength:"1" maxLength:"512" doc:"calls, registrations, trunks, overview, call:ID; several with commas between"`
	Last   string `header:"Last-Event-ID" maxLength:"32" doc:"the last event that was read; what came after it comes again"`
	After  string `query:"lastEventId" maxLength:"32" doc:"the same, for those who cannot send the header field"`
}

func (q *EventsQuery) last() uint64 {
	for _, s := range []string{q.Last, q.After} {
		if id, err := strconv.ParseUint(s, 10, 64); err == nil {
			return id
		}
	}
	return 0
}

func (a *API) eventRoutes() {
	h := a.config.Hub
	if h == nil {
		return
	}
	c := a.config.Control
	v := hubViews{calls: c.Calls, call: c.Find, registrations: c.Registrations, trunks: c.Trunks, overview: a.config.Sources.Overview}
	if j := a.config.Sources.Judge; j != nil {
		v.chips = j.Chips
	}
	h.attach(v)
	a.streams = make(chan struct{}, maxStreams)
	add(a, route{
		method: http.MethodGet, path: "/events", id: "events", tag: "events", summary: "What changes, as server-sent events", role: Viewer, errors: []int{400, 503},
		more: "First a snapshot, then what changes: of a call at most once a second. Each event has an id, its topic as its name, and JSON. " +
			"After a lost connection it goes on from the last id, or with a new snapshot where too much has happened since.",
	},
		func(_ context.Context, in *EventsQuery) (*huma.StreamResponse, error) {
			topics, no := parseTopics(in.Topics)
			if no != nil {
				return nil, no
			}
			return a.streaming(func(ctx huma.Context) { a.serveEvents(ctx, topics, in.last()) })
		})
	add(a, route{
		method: http.MethodGet, path: "/events/ws", id: "events-socket", tag: "events", summary: "The same over a WebSocket", role: Viewer, errors: []int{400, 503},
		more: `Each message is {"id", "topic", "data"}. What is sent to the gateway is not read.`,
	},
		func(_ context.Context, in *EventsQuery) (*huma.StreamResponse, error) {
			topics, no := parseTopics(in.Topics)
			if no != nil {
				return nil, no
			}
			return a.streaming(func(ctx huma.Context) { a.serveSocket(ctx, topics, in.last()) })
		})
}

// streaming runs f while there is room for one more reader.
func (a *API) streaming(f func(huma.Context)) (*huma.StreamResponse, error) {
	select {
	case a.streams <- struct{}{}:
	default:
		return nil, refuse(http.StatusServiceUnavailable, "unavailable", "%d others read events already", maxStreams)
	}
	return &huma.StreamResponse{Body: func(ctx huma.Context) {
		defer func() { <-a.streams }()
		f(ctx)
	}}, nil
}

// stream sends events to one reader with send, until that errs, or ctx or the Hub ends. beat is
// called when nothing has happened for a while.
func (h *Hub) stream(ctx context.Context, topics []string, last uint64, send func([]frame) error, beat func() error) {
	defer h.follow(topics)()
	t := time.NewTicker(streamBeat)
	defer t.Stop()
	for {
		all, now, news, ok := h.since(last, topics)
		if !ok || !h.active.Load() {
			f, ok := h.snapshot(ctx, topics)
			if !ok || send([]frame{f}) != nil {
				return
			}
			last = f.id
			continue
		}
		if len(all) > 0 && send(all) != nil {
			return
		}
		last = now
		select {
		case <-news:
		case <-t.C:
			if beat() != nil {
				return
			}
		case <-ctx.Done():
			return
		case <-h.over:
			return
		}
	}
}

// stillMay says whether a reader may still read: who has signed out meanwhile, or lost
// his token, may not.
func (a *API) stillMay(r *http.Request) error {
	if p := PrincipalOf(r.Context()); p.Via != "cookie" && p.Via != "token" {
		return nil
	}
	if p, no := a.identify(time.Now(), r); no != nil || p.Role < Viewer {
		return refuse(http.StatusUnauthorized, "signed_out", "signed out")
	}
	return nil
}

// serveEvents writes events as HTML §9.2 has them.
func (a *API) serveEvents(ctx huma.Context, topics []string, last uint64) {
	r, w := humago.Unwrap(ctx)
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("X-Accel-Buffering", "no") // of proxies
	c := http.NewResponseController(w)
	_ = c.SetReadDeadline(time.Time{}) // that of a request would end the stream
	write := func(text []byte) error {
		// A server that cannot do that has no limit, as in tests.
		_ = c.SetWriteDeadline(time.Now().Add(streamWrite))
		if _, err := w.Write(text); err != nil {
			return err
		}
		return c.Flush()
	}
	send := func(all []frame) error {
		var b []byte
		for _, f := range all {
			b = fmt.Appendf(b, "id: %d\nevent: %s\ndata: %s\n\n", f.id, f.topic, f.data)
		}
		return write(b)
	}
	a.config.Hub.stream(r.Context(), topics, last, send, func() error {
		if err := a.stillMay(r); err != nil {
			return err
		}
		return write([]byte(": still here\n\n"))
	})
}

// serveSocket writes events to a WebSocket.
func (a *API) serveSocket(ctx huma.Context, topics []string, last uint64) {
	r, w := humago.Unwrap(ctx)
	up := websocket.Upgrader{HandshakeTimeout: streamWrite} // it wants Origin to be our own
	conn, err := up.Upgrade(w, r, nil)
	if err != nil {
		return // it has been answered
	}
	defer func() { _ = conn.Close() }()
	gone, leave := context.WithCancel(r.Context())
	defer leave()
	conn.SetReadLimit(1 << 10)
	go func() {
		defer leave()
		for {
			if _, _, err := conn.NextReader(); err != nil {
				return
			}
		}
	}()
	send := func(all []frame) error {
		for _, f := range all {
			_ = conn.SetWriteDeadline(time.Now().Add(streamWrite)) // it errs never
			if err := conn.WriteMessage(websocket.TextMessage, fmt.Appendf(nil, `{"id":%d,"topic":%q,"data":%s}`, f.id, f.topic, f.data)); err != nil {
				return err
			}
		}
		return nil
	}
	a.config.Hub.stream(gone, topics, last, send, func() error {
		if err := a.stillMay(r); err != nil {
			return err
		}
		return conn.WriteControl(websocket.PingMessage, nil, time.Now().Add(streamWrite))
	})
}
