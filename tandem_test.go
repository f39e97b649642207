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
		{FromStatus(486, "Busy"), "busy", `SIP;cause=486;text="Busy"|Q.850;cause=17;text="Busy"`},
		{CauseOffline, "not registered", `SIP;cause=480;text="Not registered"|Q.850;cause=20;text="Not registered"`},
		{FromStatus(488, "BLF only"), "BLF only", `SIP;cause=488;text="BLF only"|Q.850;cause=65;text="BLF only"`},
		{FromStatus(404, "\u00c9tage"), "\u00e9tage", "SIP;cause=404;text=\"\u00c9tage\"|Q.850;cause=1;text=\"\u00c9tage\""},
		{FromStatus(603, "Go away"), "go away", `SIP;cause=603;text="Go away"|Q.850;cause=21;text="Go away"`},
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

// TestCauseTableIsThatOfRFC3398 compares the table with §8.2.6.1 of the RFC, row by
// row, where the RFC names a value.
func TestCauseTableIsThatOfRFC3398(t *testing.T) {
	rfc := map[int]int{
		400: 41, 401: 21, 402: 21, 403: 21, 404: 1, 405: 63, 406: 79, 407: 21, 408: 102, 410: 22, 413: 127, 414: 127, 415: 79,
		416: 127, 420: 127, 421: 127, 423: 127, 480: 18, 481: 41, 482: 25, 483: 25, 484: 28, 485: 1, 486: 17,
		500: 41, 501: 79, 502: 38, 503: 41, 504: 102, 505: 127, 513: 127, 600: 17, 603: 21, 604: 1,
	}
	for status, q850 := range rfc {
		if got := FromStatus(status, "").Q850; got != q850 {
			t.Errorf("%d becomes Q.850 %d, want %d", status, got, q850)
		}
	}
	// Later RFCs name no value; these are what networks use.
	for status, q850 := range map[int]int{422: 127, 440: 25, 488: 65, 489: 127, 494: 127, 580: 47, 607: 21, 608: 21, 699: 127} {
		if got := FromStatus(status, "").Q850; got != q850 {
			t.Errorf("%d becomes Q.850 %d, want %d", status, got, q850)
		}
	}
	// §7.2.4.1, the other way.
	back := map[int]int{
		1: 404, 2: 404, 3: 404, 17: 486, 18: 408, 19: 480, 20: 480, 21: 403, 22: 410, 23: 410, 26: 404, 27: 502, 28: 484, 29: 501,
		31: 480, 34: 503, 38: 503, 41: 503, 42: 503, 47: 503, 55: 403, 57: 403, 58: 503, 65: 488, 70: 488, 79: 501, 87: 403,
		88: 503, 102: 504, 111: 500, 127: 500,
	}
	for q850, status := range back {
		if got := FromQ850(q850, "").Status; got != status {
			t.Errorf("Q.850 %d becomes %d, want %d", q850, got, status)
		}
	}
}
