package gateway

import (
	"testing"

	"github.com/tandemgw/tandem/cmd/tandem/people"
	"github.com/tandemgw/tandem/config"
	"github.com/tandemgw/tandem/dialplan"
	"github.com/tandemgw/tandem/signaling/message"
)

func TestMessagesGoWhereTheConfigurationLetsThem(t *testing.T) {
	plan, err := dialplan.Parse("plan.hcl", `
from "users" {
  calls = {
    "0."  = [dial("trunk:texts/${substr(to, 1, -1)}")]
    "9."  = [dial("trunk:silent")]
    "700" = [answer(), ring(["user:Ann", "user:open"])]
    "600" = [answer(), echo()]
  }
}
from "trunks" {
  calls = { "+1555" = [dial("user:Ann")] }
}
`, dialplan.Names{Users: []string{"Ann", "open", "hash"}, Trunks: []string{"texts", "silent"}})
	if err != nil {
		t.Fatal(err)
	}
	people, err := people.New(&config.File{Domain: "example.test", Users: []config.User{{Name: "Ann"}, {Name: "hash"}, {Name: "open"}}})
	if err != nil {
		t.Fatal(err)
	}
	g := &Gateway{people: people}
	g.current.Store(&config.File{Plan: plan, Trunks: []config.Trunk{{Name: "texts", Messages: true}, {Name: "silent"}}})
	user, texts, silent := dialplan.Source{Kind: dialplan.FromUser, Name: "hash"}, dialplan.Source{Kind: dialplan.FromTrunk, Name: "texts"},
		dialplan.Source{Kind: dialplan.FromTrunk, Name: "silent"}
	for _, c := range []struct {
		from   dialplan.Source
		to     string
		want   message.Target
		status int
	}{
		{user, "ann", message.Target{User: "ann"}, 0}, // no row is needed among users
		{user, "700", message.Target{User: "Ann"}, 0},
		{user, "0123", message.Target{Trunk: "texts", Number: "123"}, 0},
		{user, "9123", message.Target{}, 403},
		{user, "600", message.Target{}, 403},
		{user, "123456", message.Target{}, 404},
		{texts, "+1555", message.Target{User: "Ann"}, 0},
		{texts, "Ann", message.Target{}, 404}, // from outside only by a row
		{silent, "+1555", message.Target{}, 403},
	} {
		got, cause := g.routeMessage(c.from, c.to)
		if got != c.want || cause.Status != c.status {
			t.Errorf("from %v to %s: %+v, %d, want %+v, %d", c.from, c.to, got, cause.Status, c.want, c.status)
		}
		if cause.Status != 0 && cause.Detail == "" {
			t.Errorf("from %v to %s: refused without a reason", c.from, c.to)
		}
	}
}
