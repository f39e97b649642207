package tandem

import (
	"strings"
	"testing"
)

func TestCauseSpeaksThreeTongues(t *testing.T) {
	for _, c := range []struct {
		cause  Cause
		words  string
		reason string
	}{
		{FromStatus(486, "Busy Here"), "busy", `SIP;cause=486;text="busy"|Q.850;cause=17;text="busy"`},
		{FromStatus(603, "Go away"), "Go away", `SIP;cause=603;text="Go away"|Q.850;cause=21;text="Go away"`},
		{FromQ850(16, ""), "ended normally", `Q.850;cause=16;text="ended normally"`},
		{FromQ850(17, ""), "busy", `SIP;cause=486;text="busy"|Q.850;cause=17;text="busy"`},
		{FromStatus(499, ""), "Request Failure", `SIP;cause=499;text="Request Failure"|Q.850;cause=127;text="Request Failure"`},
		{FromStatus(486, "a\"\r\nEvil: 1"), "a\"\r\nEvil: 1", `SIP;cause=486;text="aEvil: 1"|Q.850;cause=17;text="aEvil: 1"`},
	} {
		if got := c.cause.Words(); got != c.words {
			t.Errorf("%+v.Words() = %q, want %q", c.cause, got, c.words)
		}
		if got := strings.Join(c.cause.ReasonHeader(), "|"); got != c.reason {
			t.Errorf("%+v.ReasonHeader() = %s, want %s", c.cause, got, c.reason)
		}
	}
}

func TestCauseTableIsSoundBothWays(t *testing.T) {
	for q, status := range q850Table {
		if _, ok := rowOf(status); !ok {
			t.Errorf("Q.850 %d maps to %d, which the status table lacks", q, status)
		}
	}
	seen := map[int]bool{}
	for _, r := range causeTable {
		if seen[r.status] {
			t.Errorf("status %d stands twice", r.status)
		}
		seen[r.status] = true
	}
}

func TestCleanKeepsOneLineAndWholeRunes(t *testing.T) {
	if got := Clean("Ann\r\nVia: x\x00", 100); got != "AnnVia: x" {
		t.Errorf("Clean = %q", got)
	}
	if got := Clean("ééé", 5); got != "éé" {
		t.Errorf("Clean cut to %q, want whole runes", got)
	}
}

func TestCallIDsDifferAndLegsAreLettered(t *testing.T) {
	a, b := NewCallID(), NewCallID()
	if a == b || len(a) != 10 {
		t.Errorf("NewCallID gave %q and %q", a, b)
	}
	if got := CallID("x").Leg(1); got != "x-b" {
		t.Errorf("Leg(1) = %q, want x-b", got)
	}
	if CallID("x").Leg(27) == CallID("x").Leg(1) {
		t.Error("Leg(27) and Leg(1) are the same")
	}
}
