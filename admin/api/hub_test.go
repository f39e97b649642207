package api

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorilla/websocket"

	"github.com/tandemgw/tandem"
	"github.com/tandemgw/tandem/admin"
	"github.com/tandemgw/tandem/admin/metrics"
	"github.com/tandemgw/tandem/bridge"
)

// stage is a gateway whose calls the test changes.
type stage struct {
	mu    sync.Mutex
	all   map[string]admin.Call // guarded by mu
	looks int                   // guarded by mu: how often one call was asked for
}

func (s *stage) set(id, state string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if state == "" {
		delete(s.all, id)
		return
	}
	s.all[id] = admin.Call{ID: id, State: state, Since: aDay()}
}

func (s *stage) calls() (all []admin.Call) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.all {
		all = append(all, c)
	}
	return all
}

func (s *stage) call(id string) (admin.Call, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.looks++
	c, ok := s.all[id]
	return c, ok
}

func (s *stage) views() hubViews {
	return hubViews{
		calls: s.calls, call: s.call, registrations: func() []admin.Registration { return nil },
		trunks: func() []admin.Trunk { return []admin.Trunk{{Name: "alpha"}} }, overview: func() metrics.Overview { return metrics.Overview{Calls: len(s.calls())} },
	}
}

// reader keeps what it was sent.
type reader struct {
	mu  sync.Mutex
	got []frame // guarded by mu
}

func (r *reader) send(all []frame) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.got = append(r.got, all...)
	return nil
}

func (r *reader) take() []frame {
	r.mu.Lock()
	defer r.mu.Unlock()
	got := r.got
	r.got = nil
	return got
}

func words(all []frame) string {
	var b strings.Builder
	for _, f := range all {
		fmt.Fprintf(&b, "%s %s\n", f.topic, f.data)
	}
	return b.String()
}

func noBeat() error { return nil }

// inHub runs a test with a Hub that works, in virtual time.
func inHub(t *testing.T, test func(ctx context.Context, h *Hub, s *stage)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		h, s := NewHub(), &stage{all: map[string]admin.Call{}}
		h.attach(s.views())
		ctx, cancel := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		wg.Go(func() { _ = h.Run(ctx) })
		test(ctx, h, s)
		cancel()
		wg.Wait()
	})
}

func tick() {
	time.Sleep(hubTick)
	synctest.Wait()
}

func TestReadersGetASnapshotAndThenWhatChanges(t *testing.T) {
	inHub(t, func(ctx context.Context, h *Hub, s *stage) {
		s.set("one", "talking")
		var r reader
		ctx, leave := context.WithCancel(ctx)
		defer leave()
		go h.stream(ctx, []string{"calls"}, 0, r.send, noBeat)
		synctest.Wait()
		first := r.take()
		if got := words(first); !strings.HasPrefix(got, `snapshot {"calls":[{"id":"one"`) {
			t.Fatalf("first: %s", got)
		}
		s.set("two", "ringing")
		for range 100 {
			h.Observe(bridge.Event{Call: "two"})
			h.Watch("two", nil)
		}
		h.Observe(bridge.Event{Call: "one"}) // which is as it was
		tick()
		second := r.take()
		if got := words(second); !strings.HasPrefix(got, `calls {"changed":[{"id":"two"`) || len(second) != 1 || strings.Contains(got, "one") {
			t.Errorf("a new call: %s", got)
		}
		if second[0].id <= first[0].id {
			t.Errorf("IDs %d, %d", first[0].id, second[0].id)
		}
		s.set("two", "")
		h.Observe(bridge.Event{Call: "two", Kind: bridge.Ended})
		tick()
		if got := words(r.take()); got != "calls {\"gone\":[\"two\"]}\n" {
			t.Errorf("a call that is over: %s", got)
		}
		s.set("one", "held") // no event came: it is seen all the same
		time.Sleep(hubLook * hubTick)
		synctest.Wait()
		if got := words(r.take()); !strings.Contains(got, `"state":"held"`) {
			t.Errorf("what no event told: %q", got)
		}
	})
}

func TestReaderGoesOnFromItsLastEvent(t *testing.T) {
	inHub(t, func(ctx context.Context, h *Hub, s *stage) {
		var r reader
		ctx1, leave := context.WithCancel(ctx)
		go h.stream(ctx1, []string{"calls"}, 0, r.send, noBeat)
		synctest.Wait()
		last := r.take()[0].id
		leave()
		synctest.Wait()
		s.set("one", "talking")
		h.Observe(bridge.Event{Call: "one"})
		tick()
		ctx2, leave2 := context.WithCancel(ctx)
		defer leave2()
		go h.stream(ctx2, []string{"calls"}, last, r.send, noBeat)
		synctest.Wait()
		if got := words(r.take()); !strings.HasPrefix(got, `calls {"changed":[{"id":"one"`) {
			t.Errorf("after a lost connection: %s", got)
		}
		for _, odd := range []uint64{1, last + 1<<40} { // of a gateway that ran before, or of none
			ctx3, leave3 := context.WithCancel(ctx)
			go h.stream(ctx3, []string{"calls"}, odd, r.send, noBeat)
			synctest.Wait()
			if got := words(r.take()); !strings.HasPrefix(got, "snapshot ") {
				t.Errorf("from %d: %s", odd, got)
			}
			leave3()
		}
	})
}

func TestReaderThatStopsHoldsUpNobody(t *testing.T) {
	inHub(t, func(ctx context.Context, h *Hub, s *stage) {
		var good, bad reader
		stuck, first := make(chan struct{}), true
		ctx, leave := context.WithCancel(ctx)
		defer leave()
		go h.stream(ctx, []string{"calls"}, 0, good.send, noBeat)
		go h.stream(ctx, []string{"calls"}, 0, func(all []frame) error {
			if !first {
				<-stuck
			}
			first = false
			return bad.send(all)
		}, noBeat)
		synctest.Wait()
		good.take()
		bad.take()
		for i := range 2 * maxBehind {
			s.set("one", fmt.Sprint(i))
			h.Observe(bridge.Event{Call: "one"})
			tick()
		}
		if n := len(good.take()); n != 2*maxBehind {
			t.Errorf("the other got %d events, want %d", n, 2*maxBehind)
		}
		close(stuck)
		synctest.Wait()
		if got := words(bad.take()); strings.Count(got, "\n") > 3 || !strings.Contains(got, "snapshot ") || !strings.Contains(got, fmt.Sprint(2*maxBehind-1)) {
			t.Errorf("it goes on with %.300s", got)
		}
		if len(h.ring) > hubRing {
			t.Errorf("%d events are kept", len(h.ring))
		}
	})
}

func TestNothingIsKeptUpForNobody(t *testing.T) {
	inHub(t, func(ctx context.Context, h *Hub, s *stage) {
		h.Observe(bridge.Event{Call: "one"})
		h.Registered("201")
		if len(h.dirty)+len(h.users) > 0 {
			t.Error("changes are noted though nobody reads")
		}
		var r reader
		ctx, leave := context.WithCancel(ctx)
		go h.stream(ctx, []string{"calls", "call:one", "trunks", "overview", "registrations"}, 0, r.send, noBeat)
		synctest.Wait()
		s.set("one", "talking")
		h.Registered("201")
		tick()
		tick()
		got := words(r.take())
		for _, want := range []string{`registrations {"changed":["201"]}`, `call:one {"call":{"id":"one"`, `overview {"overview":{"calls":1`, `trunks {"trunks":[{"name":"alpha"`} {
			if !strings.Contains(got, want) {
				t.Errorf("%s lacks %s", got, want)
			}
		}
		leave()
		synctest.Wait()
		time.Sleep((hubRest + 2) * hubTick)
		synctest.Wait()
		if h.active.Load() || len(h.interest) > 0 {
			t.Error("it is kept up though nobody reads any more")
		}
	})
}

func TestEventsComeOverHTTPAndWebSocket(t *testing.T) {
	a, _ := newAPI(t)
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	wg.Go(func() { _ = a.config.Hub.Run(ctx) })
	server := httptest.NewServer(Local(a))
	t.Cleanup(func() {
		cancel()
		server.CloseClientConnections()
		server.Close()
		wg.Wait()
	})
	res, err := http.Get(server.URL + "/api/v1/events?topics=calls,trunks")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	lines := bufio.NewScanner(res.Body)
	lines.Buffer(nil, 1<<20)
	var got []string
	for len(got) < 3 && lines.Scan() {
		got = append(got, lines.Text())
	}
	if res.Header.Get("Content-Type") != "text/event-stream" || len(got) < 3 || !strings.HasPrefix(got[0], "id: ") || got[1] != "event: snapshot" || !strings.HasPrefix(got[2], `data: {"calls":[{"id":"one"`) {
		t.Errorf("%s %.400q", res.Header, got)
	}
	conn, answer, err := websocket.DefaultDialer.Dial("ws"+strings.TrimPrefix(server.URL, "http")+"/api/v1/events/ws?topics=trunks", nil)
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	defer conn.Close()
	var m struct {
		ID    uint64
		Topic string
		Data  struct{ Trunks []admin.Trunk }
	}
	if _, text, err := conn.ReadMessage(); err != nil || json.Unmarshal(text, &m) != nil || m.Topic != "snapshot" || m.ID == 0 || len(m.Data.Trunks) != 1 {
		t.Errorf("%+v, %v", m, err)
	}
	if _, _, err := websocket.DefaultDialer.Dial("ws"+strings.TrimPrefix(server.URL, "http")+"/api/v1/events/ws?topics=trunks", http.Header{"Origin": {"https://evil.example"}}); err == nil {
		t.Error("another site's page reads events")
	}
}

func TestEventsAreForThoseWhoMayRead(t *testing.T) {
	a, _ := newAPI(t)
	for path, want := range map[string]int{
		"/api/v1/events?topics=calls": 401, "/api/v1/events/ws?topics=calls": 401,
	} {
		if w := as(Nobody, a, "GET", path, ""); w.Code != want {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
	for _, topics := range []string{"", "secrets", "call:", "call:a%0Adata", strings.Repeat("calls,trunks,call:1,call:2,call:3,", 8) + "call:4,call:5,call:6,call:7,call:8,call:9,call:10,call:11,call:12,call:13,call:14,call:15"} {
		if w := as(Viewer, a, "GET", "/api/v1/events?topics="+topics, ""); w.Code != 400 {
			t.Errorf("%q: %d", topics, w.Code)
		}
	}
}

func FuzzTopics(f *testing.F) {
	f.Add("calls,trunks,call:k3v9x2mqa7")
	f.Add("call:\n,")
	f.Fuzz(func(t *testing.T, text string) {
		topics, no := parseTopics(text)
		if no != nil {
			return
		}
		for _, topic := range topics {
			if strings.ContainsAny(topic, "\r\n ,") || len(topic) > 70 {
				t.Errorf("%q is a topic", topic)
			}
		}
		if len(topics) > maxTopics {
			t.Errorf("%d topics", len(topics))
		}
	})
}

// BenchmarkFiftyConsolesAtAThousandCalls is one second of the life of a busy gateway:
// 20 calls begin and 20 end, all are looked at every fifth time, 50 readers get it.
func BenchmarkFiftyConsolesAtAThousandCalls(b *testing.B) {
	h, s := NewHub(), &stage{all: map[string]admin.Call{}}
	for i := range 1000 {
		id := fmt.Sprint("call", i)
		s.all[id] = admin.Call{ID: id, From: "Ann <201>", To: "+442079460123", State: "talking", Since: aDay(), Legs: make([]admin.Leg, 2)}
	}
	h.attach(s.views())
	h.answer([]string{"calls"})
	topics := []string{"calls", "overview", "trunks"}
	defer h.follow(topics)()
	_, last, _, _ := h.since(0, topics)
	n := 0
	b.ReportAllocs()
	for b.Loop() {
		for range 20 {
			n++
			old, id := fmt.Sprint("call", n%1000), fmt.Sprint("more", n)
			s.set(old, "")
			s.set(id, "ringing")
			h.Observe(bridge.Event{Call: tandem.CallID(old)})
			h.Observe(bridge.Event{Call: tandem.CallID(id)})
		}
		h.tick()
		for range 50 {
			all, _, _, ok := h.since(last, topics)
			if !ok {
				b.Fatal("a reader is behind")
			}
			var text []byte
			for _, f := range all {
				text = fmt.Appendf(text, "id: %d\nevent: %s\ndata: %s\n\n", f.id, f.topic, f.data)
			}
		}
		_, last, _, _ = h.since(last, topics)
	}
}

// Whoever follows is let go when the Hub has ended, however long he would have gone on, and
// whether he waits for events or for how everything stands.
func TestReadersAreLetGoAtTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, s := NewHub(), &stage{all: map[string]admin.Call{}}
		h.attach(s.views())
		ctx, cancel := context.WithCancel(t.Context())
		go func() { _ = h.Run(ctx) }()
		var r, late reader
		var all sync.WaitGroup
		all.Go(func() { h.stream(t.Context(), []string{"calls"}, 0, r.send, noBeat) })
		synctest.Wait()
		h.Close()
		all.Go(func() { h.stream(t.Context(), []string{"calls"}, 0, late.send, noBeat) })
		all.Wait()
		cancel()
		if len(r.take()) != 1 {
			t.Error("the first got no snapshot")
		}
	})
}
