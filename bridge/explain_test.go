package bridge

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tandemgw/tandem"
	"github.com/tandemgw/tandem/dialplan"
)

// TestALiveCallIsExplainedAsTheDialplanExplainsIt asks why a call is as it is, while it rings and after its end, and compares
// with what the dialplan says of the same request.
func TestALiveCallIsExplainedAsTheDialplanExplainsIt(t *testing.T) {
	onStage(t, func(s *stage) {
		at := time.Now()
		caller := s.call("1")
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if len(s.bridge.told.calls) != 1 {
			t.Fatalf("%d calls are told of, want 1", len(s.bridge.told.calls))
		}
		var id tandem.CallID
		for id = range s.bridge.told.calls {
		}
		want := mustPlan(t).Route(dialplan.Request{From: dialplan.Source{Kind: dialplan.FromUser, Name: "201"}, To: "1", Caller: "201", At: at})
		for _, when := range []string{"while it rings", "after its end"} {
			all, ok := s.bridge.Explain(id)
			if !ok || len(all) != 1 {
				t.Fatalf("%s: %d explanations", when, len(all))
			}
			if got := all[0].String(); got != want.Explain() {
				t.Errorf("%s it is explained as\n%swant\n%s", when, got, want.Explain())
			}
			caller.hangUp()
			time.Sleep(2 * time.Minute)
			synctest.Wait()
		}
		if _, ok := s.bridge.Explain("nobody"); ok {
			t.Error("a call that there never was is explained")
		}
	})
}

// TestTheJournalKeepsTheLastCalls ends more calls than are kept.
func TestTheJournalKeepsTheLastCalls(t *testing.T) {
	var j journal
	for i := range 3 * maxToldCalls {
		id := tandem.CallID(fmt.Sprint(i))
		for range 2 * maxTold {
			j.add(id, dialplan.Decision{})
		}
		if n := len(j.calls[id]); n != maxTold {
			t.Fatalf("%d decisions of a call are kept, want %d", n, maxTold)
		}
		j.end(id)
		j.end("nobody")
	}
	if len(j.calls) != maxToldCalls || len(j.over) != maxToldCalls || !strings.HasPrefix(string(j.over[0]), "1000") {
		t.Errorf("%d calls are kept from %s on, want %d", len(j.calls), j.over[0], maxToldCalls)
	}
}
