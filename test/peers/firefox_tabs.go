package peers

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"sync"
	"testing"
	"time"
)

// Firefox is a running Firefox ESR. It finds an address of its own only where there
// is a way out: in a network namespace it takes an interface with a default route,
// or its candidates never come and JsSIP never sends an INVITE.
type Firefox struct {
	mu      sync.Mutex
	in      io.WriteCloser
	serial  int
	tabs    int
	waiting map[int]chan firefoxAnswer
}

type firefoxWish struct {
	ID       int    `json:"id"`
	Tab      int    `json:"tab"`
	Open     string `json:"open,omitempty"`
	Evaluate string `json:"evaluate,omitempty"`
}

type firefoxAnswer struct {
	ID    int
	Value json.RawMessage
	Error string
}

// StartFirefox runs a headless Firefox until the test ends. It believes every
// certificate. Names resolve to an address where one is given.
func StartFirefox(t testing.TB, resolve string) *Firefox {
	t.Helper()
	firefox, node := program(t, "firefox-esr", "firefox-esr"), program(t, "node", "nodejs")
	cmd := exec.Command(node, "firefox_tabs.mjs", firefox, resolve)
	cmd.Dir = pageDir()
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	r, w := io.Pipe()
	cmd.Stdout = w
	f := &Firefox{in: in, waiting: map[int]chan firefoxAnswer{}}
	ready := f.expect()
	start(t, cmd)
	go f.listen(r)
	t.Cleanup(func() { _ = w.Close() })
	select {
	case <-ready:
	case <-time.After(60 * time.Second):
		t.Fatal("Firefox does not start")
	}
	return f
}

// expect makes room for the answer to the next wish; the first one is to none.
func (f *Firefox) expect() chan firefoxAnswer {
	c := make(chan firefoxAnswer, 1)
	f.waiting[f.serial] = c
	f.serial++
	return c
}

func (f *Firefox) listen(r io.Reader) {
	lines := bufio.NewReader(r)
	for {
		line, err := lines.ReadBytes('\n')
		if err != nil {
			return
		}
		var a firefoxAnswer
		if json.Unmarshal(line, &a) != nil {
			continue
		}
		f.mu.Lock()
		if c := f.waiting[a.ID]; c != nil {
			delete(f.waiting, a.ID)
			c <- a
		}
		f.mu.Unlock()
	}
}

func (f *Firefox) ask(ctx context.Context, wish firefoxWish) ([]byte, error) {
	f.mu.Lock()
	wish.ID = f.serial
	answer := f.expect()
	line, _ := json.Marshal(wish)
	_, err := f.in.Write(append(line, '\n'))
	f.mu.Unlock()
	if err != nil {
		return nil, fmt.Errorf("ask Firefox: %w", err)
	}
	select {
	case a := <-answer:
		if a.Error != "" {
			return nil, errors.New(a.Error)
		}
		return a.Value, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Open opens a tab at an address.
func (f *Firefox) Open(t testing.TB, url string) *Tab {
	t.Helper()
	f.mu.Lock()
	f.tabs++
	number := f.tabs
	f.mu.Unlock()
	ctx, cancel := context.WithCancel(context.Background())
	t.Cleanup(cancel)
	opening, done := context.WithTimeout(ctx, 30*time.Second)
	defer done()
	if _, err := f.ask(opening, firefoxWish{Tab: number, Open: url}); err != nil {
		t.Fatalf("Firefox opens %s: %v", url, err)
	}
	return &Tab{t: t, ctx: ctx, cancel: cancel, evaluate: func(ctx context.Context, expression string) ([]byte, error) {
		return f.ask(ctx, firefoxWish{Tab: number, Evaluate: expression})
	}}
}

// Phone opens a page of the gateway's own origin, puts JsSIP into it, and registers.
func (f *Firefox) Phone(t testing.TB, url string, w WebPeerConfig) *WebPeer {
	t.Helper()
	return phoneIn(t, f.Open(t, url), w)
}
