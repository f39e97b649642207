package config

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestRoomsAreRead(t *testing.T) {
	const text = `
domain = "pbx.example.com"
room "sales" {
  pin           = "4711"
  moderator_pin = "0815"
  max           = 20
  rate          = 16000
  announce      = false
  lock          = true
}
room "608" {
}
from "users" {
  calls = {
    "300" = [room("sales", { muted = true })]
    "301" = [dial(["user:201", "room:608"])]
  }
}
user "201" {
  password = "x"
}
test "the room" {
  call    = { from = "user:201", to = "301" }
  answers = { "user:201" = "busy" }
  expect  = ["ring user:201", "busy"]
}`
	f, found := Check(".", []Source{{"t.hcl", []byte(text)}}, Options{})
	if f == nil || len(found) > 0 {
		t.Fatalf("found %s", found)
	}
	want := []Room{
		{Name: "sales", PIN: "4711", ModeratorPIN: "0815", Max: 20, Rate: 16000, Lock: true},
		{Name: "608", Announce: true},
	}
	if diff := cmp.Diff(want, f.Rooms); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	g := *f
	g.Rooms = nil
	if diff := cmp.Diff([]string{"rooms"}, f.Changed(&g)); diff != "" {
		t.Errorf("Changed: -want +got:\n%s", diff)
	}
}

func TestRoomsThatAreNotThereAreWarnedOf(t *testing.T) {
	const text = `
domain = "pbx.example.com"
from "users" {
  calls = {
    "300" = [room("sale")]
    "301" = [dial("room:other")]
    "302" = [room("r${to}")]
  }
}
room "sales" {
  lock = true
}`
	f, found := Check(".", []Source{{"t.hcl", []byte(text)}}, Options{})
	if f == nil || found.HasErrors() || len(found) != 3 {
		t.Fatalf("found %s, want three warnings", found)
	}
	if found[0].Hint != `Did you mean "sales"?` {
		t.Errorf("hint %q", found[0].Hint)
	}
}
