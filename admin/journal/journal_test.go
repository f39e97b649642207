package journal

import (
	"bytes"
	"fmt"
	"log/slog"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tandemgw/tandem"
)

// newLog logs through a Journal into nothing.
func newLog(j *Journal) *slog.Logger {
	return slog.New(j.Handler(slog.NewTextHandler(new(bytes.Buffer), nil)))
}

func TestLinesBelongToTheCallOrTheLegThatTheyName(t *testing.T) {
	j := New()
	var out bytes.Buffer
	log := slog.New(j.Handler(slog.NewTextHandler(&out, nil)))
	log.Info("ready", "users", 3)
	log.With("call", "one").Info("answered", "leg", "one-b", "talked", 1500*time.Millisecond, "party", "")
	log.With("leg", "one-a", "sip_call_id", "x@y").Warn("no ACK", "error", fmt.Errorf("late"))
	log.Info("another", "call", "two")
	log.WithGroup("more").Info("grouped", "call", "three", slog.Group("in", "a", 1))
	log.Debug("not wanted", "call", "one")
	lines, ok := j.Lines("one")
	if !ok || len(lines) != 2 {
		t.Fatalf("of it are kept %+v", lines)
	}
	if l := lines[0]; l.Text != "answered" || l.Level != slog.LevelInfo || l.Attrs["leg"] != "one-b" || l.Attrs["talked"] != "1.5s" || len(l.Attrs) != 2 || l.At.IsZero() {
		t.Errorf("the first is %+v", l)
	}
	if l := lines[1]; l.Level != slog.LevelWarn || l.Attrs["error"] != "late" || l.Attrs["sip_call_id"] != "x@y" {
		t.Errorf("the second is %+v", l)
	}
	if lines, ok := j.Lines("two"); !ok || len(lines) != 1 {
		t.Errorf("of the other are kept %+v", lines)
	}
	if _, ok := j.Lines("three"); ok {
		t.Error("what another group calls a call is one")
	}
	if n := strings.Count(out.String(), "\n"); n != 5 {
		t.Errorf("%d lines went on, want 5: %s", n, &out)
	}
}

func TestSecretsAreLeftOut(t *testing.T) {
	j := New()
	newLog(j).With("call", "one").Info("to sip:ann:hush@pbx.example.com and sips:bob@x", "password", "hush", "pbx_password", "hush", "digits", "1234", "pin", "hush",
		"uri", "<sip:ann:hush@pbx.example.com:5060>", "sip_message", "hush", "stack", "hush", "contact", "sip:a@[::1]:5060", "n", strings.Repeat("x", 2*maxText), "esc", "a\x1b[2Jb")
	lines, _ := j.Lines("one")
	all := fmt.Sprint(lines)
	if strings.Contains(all, "hush") || strings.Contains(all, "1234") || strings.Contains(all, "\x1b") {
		t.Errorf("kept is %s", all)
	}
	if l := lines[0]; l.Attrs["contact"] != "sip:a@[::1]:5060" || !strings.Contains(l.Attrs["uri"], "ann:redacted@pbx.example.com:5060") || !strings.HasPrefix(l.Text, "to sip:ann:redacted@pbx") || len(l.Attrs["n"]) > maxText+3 {
		t.Errorf("kept is %+v", l)
	}
}

func TestTheJournalIsBounded(t *testing.T) {
	j := New()
	log := newLog(j)
	for i := range 3 * maxLines {
		log.Info(fmt.Sprint(i), "call", "long")
	}
	lines, _ := j.Lines("long")
	if len(lines) != maxLines || lines[maxLines-1].Text != fmt.Sprint(3*maxLines-1) {
		t.Errorf("%d lines are kept, the last is %q", len(lines), lines[len(lines)-1].Text)
	}
	text := strings.Repeat("x", maxText)
	l := kept{words: strings.Repeat(text, 128)}
	for i := range 2 * maxOctets / l.size() {
		j.add(tandem.CallID(fmt.Sprint(i)), l)
	}
	sum := 0
	for _, at := range j.calls {
		sum += at.Value.(*entry).octets
	}
	if j.octets > maxOctets || sum != j.octets || j.order.Len() != len(j.calls) {
		t.Errorf("%d octets of %d calls are kept, counted as %d", sum, len(j.calls), j.octets)
	}
	if _, ok := j.Lines("long"); ok {
		t.Error("the call that was spoken of first is still there")
	}
}

// What is counted is what is taken: the bound would else be none.
func TestTheJournalTakesNoMoreThanItCounts(t *testing.T) {
	j := New()
	log := newLog(j)
	held := func() uint64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before := held()
	for call := range 3000 {
		for leg := range 4 {
			log.Info("ringing", "call", fmt.Sprint("c", call), "leg", fmt.Sprint("c", call, "-", leg), "sip_call_id", fmt.Sprint("x", call, "@192.0.2.7"), "party", "sip:bob@example.com")
		}
	}
	taken := held() - before
	if counted := uint64(j.octets); taken > counted+counted/4 {
		t.Errorf("%d octets are taken, %d counted", taken, counted)
	}
	runtime.KeepAlive(j)
}

func TestManyMayLogAtOnce(t *testing.T) {
	j := New()
	log := newLog(j)
	var wg sync.WaitGroup
	for i := range 8 {
		own := log.With("call", fmt.Sprint(i%2))
		wg.Go(func() {
			for range 100 {
				own.Info("line", "i", i)
				j.Lines("0")
			}
		})
	}
	wg.Wait()
	for _, call := range []tandem.CallID{"0", "1"} {
		if lines, _ := j.Lines(call); len(lines) != maxLines {
			t.Errorf("of call %s are kept %d lines", call, len(lines))
		}
	}
}
