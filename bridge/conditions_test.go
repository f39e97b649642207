package bridge

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/tandemgw/tandem"
	"github.com/tandemgw/tandem/dialplan"
)

const conditionsPlan = `
hours "office" {
  open = ["mon-fri 09:00-17:30"]
}
from "users" {
  calls = {
    "1" = open("office") ? [dial("user:202", "20s")] : [reject(480)]
    "2" = busy("202") || asleep("202") ? [dial("user:203", "20s")] : [dial("user:202", "20s")]
    "3" = caller == "201" && !busy(substr("x202", 1, 3)) ? [ring(["user:202", "user:203"], "20s")] : [hangup()]
    "{n:4}" = n == "4" ? [answer(), hangup()] : [reject(500)]
  }
}
`

// TestConditionsDoInCallsWhatTheyDoInTests runs rows with conditions through a test's engine and through a real call, in
// different worlds.
func TestConditionsDoInCallsWhatTheyDoInTests(t *testing.T) {
	plan, err := dialplan.Parse("x.hcl", conditionsPlan, dialplan.Names{Users: []string{"201", "202", "203"}})
	if err != nil {
		t.Fatal(err)
	}
	for _, facts := range []dialplan.Facts{
		{}, {BusyUsers: []string{"202"}}, {AsleepUsers: []string{"202"}}, {OpenHours: []string{"office"}}, {ClosedHours: []string{"office"}},
	} {
		for _, to := range []string{"1", "2", "3", "4"} {
			for _, status := range []int{dialplan.Answered, dialplan.Busy, dialplan.NoAnswer} {
				if len(facts.AsleepUsers) > 0 && to == "3" {
					continue // who cannot be reached is not called, which these legs do not know
				}
				chosen := map[string]int{"user:202": status, "user:203": dialplan.Busy}
				onStage(t, func(s *stage) {
					s.bridge.SetPlan(plan)
					s.bridge.cfg.State = facts
					want := simulated(plan.Simulate(dialplan.Request{
						From: dialplan.Source{Kind: dialplan.FromUser, Name: "201"}, To: to, Caller: "201", At: time.Now(), State: facts,
					}, chosen))
					for target, status := range chosen {
						s.does[target] = []func(*fakeLeg) tandem.Cause{device(status)}
					}
					caller := s.call(to)
					time.Sleep(10 * time.Minute)
					synctest.Wait()
					ended := caller.over
					caller.hangUp()
					synctest.Wait()
					if got := s.lived(ended); got != want {
						t.Errorf("%s with %+v and %v: the call went\n  %s\nthe simulator says\n  %s", to, facts, chosen, got, want)
					}
				})
			}
		}
	}
}
