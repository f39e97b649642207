package dialplan

import (
	"slices"
	"testing"
)

func TestRoomStepsAreReadAndWalked(t *testing.T) {
	p := mustParse(t, `
from "users" {
  calls = {
    "1" = [room("sales")]
    "2" = [dial(["user:202", "room:sales"])]
    "3" = [play("closed.wav"), room("x${to}", { moderator = true, muted = true })]
    "4" = [dial("user:202"), room("sales", {}), hangup()]
  }
}`)
	for _, c := range []struct {
		to      string
		answers map[string]int
		want    []string
	}{
		{"1", nil, []string{"room sales"}},
		{"2", nil, []string{"ring user:202", "answered"}},
		{"2", map[string]int{"user:202": NoAnswer}, []string{"ring user:202", "dial room:sales", "answered"}},
		{"3", nil, []string{"play closed.wav", "room x3"}},
		{"4", map[string]int{"user:202": Busy}, []string{"ring user:202", "room sales"}},
	} {
		got := p.Simulate(Request{From: Source{Kind: FromUser, Name: "201"}, To: c.to}, c.answers)
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", c.to, got, c.want)
		}
	}
	d := p.Route(Request{From: Source{Kind: FromUser, Name: "201"}, To: "3"})
	if got := d.Steps[1].String(); got != "room x3 (moderator, muted)" {
		t.Errorf("the step is %q", got)
	}
}

func TestRoomNames(t *testing.T) {
	for name, want := range map[string]bool{"sales": true, "608": true, "*12": true, "": false, "a b": false, "a@b": false, "a/b": false, "é": false} {
		if IsRoomName(name) != want {
			t.Errorf("IsRoomName(%q) = %v", name, !want)
		}
	}
}
