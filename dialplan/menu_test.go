package dialplan

import (
	"slices"
	"strings"
	"testing"
	"time"
)

const menus = `
let { sales = [ring(["user:201", "user:202"], "25s"), reject(486)] }
from "trunks" {
  calls = {
    "100" = [menu("main"), dial("user:203")]
    "101" = [menu("direct")]
    "102" = [menu("early")]
    "103" = [menu("odd"), hangup()]
  }
}
menu "main" {
  play    = ["welcome.wav", "tone:dial"]
  wait    = "4s"
  between = "2s"
  retries = 1
  invalid = "wrong.wav"
  keys = {
    "1"       = sales
    "2"       = startswith(caller, "+44") ? [dial("user:201")] : [menu("early")]
    "2X"      = [dial("user:2${digits}")]
    "3XX#"    = [play("star.wav"), menu("main")]
    "*"       = [menu("main")]
    "timeout" = [dial("user:202", "5s")]
  }
}
menu "direct" {
  direct = true
  keys = {
    "20"   = [reject(403)]
    "else" = [dial("user:201")]
  }
}
menu "early" {
  answer = false
  keys   = { "9" = [menu("main")] }
}
menu "odd" {
  keys = { "9." = [dial("trunk:alpha/${trimprefix(digits, "9")}")] }
}
`

func menuPlan(t *testing.T) *Plan {
	t.Helper()
	p, err := Parse("menu.hcl", menus, Names{Users: []string{"201", "202", "203", "2031", "ann"}, Trunks: []string{"alpha"}})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestMenuTakesWhatItSays(t *testing.T) {
	m := menuPlan(t).Menu("main")
	if m.Wait != 4*time.Second || m.Between != 2*time.Second || m.Retries != 1 || m.Digits != 4 || !m.Answer || m.Invalid != "wrong.wav" {
		t.Errorf("%+v", m)
	}
	if want := []Prompt{{File: "welcome.wav"}, {Tone: "dial"}}; !slices.Equal(m.Prompt, want) {
		t.Errorf("the prompt is %v", m.Prompt)
	}
	m = menuPlan(t).Menu("early")
	if m.Wait != MenuWait || m.Between != MenuBetween || m.Retries != MenuRetries || m.Digits != 1 || m.Answer {
		t.Errorf("%+v", m)
	}
	if m = menuPlan(t).Menu("direct"); m.Retries != 0 || m.Digits != 4 {
		t.Errorf("%+v", m)
	}
}

func TestDigitsAreTakenAsSoonAsTheyAreUnique(t *testing.T) {
	for _, c := range []struct {
		menu, digits string
		want         Taking
	}{
		{"main", "", TakesMore},
		{"main", "1", TakesNow},
		{"main", "2", TakesThis},
		{"main", "25", TakesNow},
		{"main", "3", TakesMore},
		{"main", "31", TakesMore},
		{"main", "315", TakesMore},
		{"main", "315#", TakesNow},
		{"main", "4", TakesNone},
		{"main", "3a", TakesNone},
		{"main", "*", TakesNow},
		{"main", "#", TakesNone},
		{"direct", "2", TakesMore},
		{"direct", "20", TakesThis},
		{"direct", "203", TakesThis},
		{"direct", "2031", TakesNow},
		{"direct", "201", TakesNow},
		{"direct", "209", TakesNone},
		{"direct", "20311", TakesNone},
		{"odd", "9", TakesMore},
		{"odd", "90", TakesThis},
		{"odd", "9" + strings.Repeat("1", 31), TakesNow},
		{"odd", "9" + strings.Repeat("1", 32), TakesNone},
	} {
		if got := menuPlan(t).Menu(c.menu).Takes(c.digits); got != c.want {
			t.Errorf("menu %s takes %q: %v, want %v", c.menu, c.digits, got, c.want)
		}
	}
}

func TestHashEndsTheEntryWhereNothingHasIt(t *testing.T) {
	p := menuPlan(t)
	for _, c := range []struct {
		menu, digits string
		key          byte
		want         string
		over         bool
	}{
		{"main", "2", '#', "2", true},
		{"main", "315", '#', "315#", true},
		{"main", "3", '#', "3", true},
		{"main", "", '#', "#", true},
		{"main", "", '3', "3", false},
		{"odd", "90", '#', "90#", false},
	} {
		if got, over := p.Menu(c.menu).Press(c.digits, c.key); got != c.want || over != c.over {
			t.Errorf("menu %s, %q and %c: %q, %v", c.menu, c.digits, c.key, got, over)
		}
	}
}

func TestPressDecidesByTheFirstKeyThatTakesTheDigits(t *testing.T) {
	p := menuPlan(t)
	call := p.Route(Request{From: Source{FromTrunk, "alpha"}, To: "100", Caller: "+441"})
	for _, c := range []struct{ menu, digits, want string }{
		{"main", "1", `key "1" of menu "main" (menu.hcl:18): ring user:201 and user:202 (25s); reject 486`},
		{"main", "2", `key "2" of menu "main" (menu.hcl:19): dial user:201 (30s)`},
		{"main", "27", `key "2X" of menu "main" (menu.hcl:20): dial user:227 (30s)`},
		{"main", "", `key "timeout" of menu "main" (menu.hcl:23): dial user:202 (5s)`},
		{"main", "7", `no key of menu "main" takes "7": reject 404`},
		{"direct", "20", `key "20" of menu "direct" (menu.hcl:29): reject 403`},
		{"direct", "203", `key "a user's number" of menu "direct" (menu.hcl:26): dial user:203 (30s)`},
		{"direct", "7", `key "else" of menu "direct" (menu.hcl:30): dial user:201 (30s)`},
		{"direct", "", `key "else" of menu "direct" (menu.hcl:30): dial user:201 (30s)`},
		{"early", "", `menu "early" says nothing of callers who press no key: reject 404`},
		{"odd", "9123", `key "9." of menu "odd" (menu.hcl:38): dial trunk:alpha 123 (30s)`},
		{"none", "1", `there is no menu "none": reject 404`},
	} {
		if got := call.Press(c.menu, c.digits, time.Time{}, nil).String(); got != c.want {
			t.Errorf("%s %q:\n got %s\nwant %s", c.menu, c.digits, got, c.want)
		}
	}
	if got := p.Route(Request{From: Source{FromTrunk, "alpha"}, To: "100", Caller: "+331"}).Press("main", "2", time.Time{}, nil).Steps; len(got) != 1 || got[0] != (MenuStep{"early"}) {
		t.Errorf("the condition gives %v", got)
	}
	if got := (Decision{}).Press("main", "1", time.Time{}, nil); got.Status != 404 {
		t.Errorf("no plan at all: %v", got)
	}
}

func TestPressExplainsTheKeysThatWereTried(t *testing.T) {
	call := menuPlan(t).Route(Request{From: Source{FromTrunk, "alpha"}, To: "100"})
	got := call.Press("main", "27", time.Time{}, nil).Explain()
	want := `trunk:alpha calls "100" and presses "27" in menu "main"
  not key "1" of menu "main" (menu.hcl:18): the pattern wants "1" where "27" has "2"
  not key "2" of menu "main" (menu.hcl:19): "27" goes on after "2", where the pattern ends
  fires: key "2X" of menu "main" (menu.hcl:20)
  1. dial user:227 (30s); there is no user "227": 404
`
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestSimulatePressesKeys(t *testing.T) {
	p := menuPlan(t)
	for _, c := range []struct {
		to      string
		presses []string
		answers map[string]int
		want    string
	}{
		{"100", nil, nil, "menu main"},
		{"100", []string{"1"}, nil, "menu main > press 1 > ring user:201 > ring user:202 > answered"},
		{"100", []string{"1"}, map[string]int{"user:201": 486, "user:202": 408}, "menu main > press 1 > ring user:201 > ring user:202 > reject 486"},
		{"100", []string{"9", "21"}, nil, "menu main > press 9 > press 21 > reject 404"},
		{"100", []string{"9", "8"}, nil, "menu main > press 9 > press 8 > ring user:203 > answered"},
		{"100", []string{"timeout", "timeout"}, map[string]int{"user:202": 408, "user:203": 408}, "menu main > press timeout > press timeout > ring user:202 > ring user:203 > hangup"},
		{"100", []string{"*", "315#", "1"}, nil, "menu main > press * > menu main > press 315# > play star.wav > menu main > press 1 > ring user:201 > ring user:202 > answered"},
		{"101", []string{"203#"}, nil, "menu direct > press 203# > ring user:203 > answered"},
		{"102", []string{"1", "1", "1"}, nil, "menu early > press 1 > press 1 > press 1 > reject 480"},
	} {
		got := strings.Join(p.Simulate(Request{From: Source{FromTrunk, "alpha"}, To: c.to}, c.answers, c.presses...), " > ")
		if c.to == "100" && slices.Equal(c.presses, []string{"9", "21"}) {
			c.want = "menu main > press 9 > press 21 > ring user:203 > answered" // there is no user 221: the row goes on
		}
		if got != c.want {
			t.Errorf("%s pressing %v:\n got %s\nwant %s", c.to, c.presses, got, c.want)
		}
	}
}

func TestTestsPressKeys(t *testing.T) {
	p, err := Parse("t.hcl", menus+`
test "direct" {
  call   = { from = "trunk:alpha", to = "101" }
  press  = ["202"]
  expect = ["menu direct", "press 202", "ring user:202", "answered"]
}`, Names{Users: []string{"201", "202", "203"}, Trunks: []string{"alpha"}})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range p.RunTests() {
		if !r.Passed() {
			t.Error(r)
		}
	}
}

// FuzzMenuTakes asks that an entry which is over is found exactly when it is taken, and that nothing comes of what
// nothing takes.
func FuzzMenuTakes(f *testing.F) {
	for _, s := range []string{"", "1", "2031", "315#", "9*#", "99999999999999999999999999999999999", "2\x000"} {
		f.Add(s)
	}
	p, err := Parse("menu.hcl", menus, Names{Users: []string{"201", "202", "203", "2031"}, Trunks: []string{"alpha"}})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, digits string) {
		for _, name := range []string{"main", "direct", "early", "odd"} {
			m := p.Menu(name)
			taken := m.Takes(digits)
			if found := m.find(digits) != nil; found != (taken == TakesThis || taken == TakesNow) {
				t.Fatalf("menu %s, %q: %v, and found is %v", name, digits, taken, found)
			}
			if len(digits) > 0 && taken != TakesNone {
				if before := m.Takes(digits[:len(digits)-1]); before == TakesNone || before == TakesNow {
					t.Fatalf("menu %s: %q is %v, and %q %v", name, digits[:len(digits)-1], before, digits, taken)
				}
			}
			entry := ""
			for i := range len(digits) {
				var over bool
				if entry, over = m.Press(entry, digits[i]); over {
					break
				}
			}
			if len(entry) > m.Digits+1 {
				t.Fatalf("menu %s: an entry of %d digits", name, len(entry))
			}
		}
	})
}

func TestMenuFindings(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"unknown":      {`from "users" { calls = { "1" = [menu("mian")] } }` + "\n" + `menu "main" { keys = { "1" = [hangup()] } }`, `there is no menu "mian" | Did you mean "main"?`},
		"loop":         {`from "users" { calls = { "1" = [menu("a")] } }` + "\n" + `menu "a" { keys = { "timeout" = [play("x.wav"), menu("b")] } }` + "\n" + `menu "b" { keys = { "else" = [menu("a")] } }`, `who presses no key goes round for ever: menu a > menu b > menu a | Let "timeout" lead elsewhere`},
		"loop itself":  {`from "users" { calls = { "1" = [menu("a")] } }` + "\n" + `menu "a" { keys = { "else" = [menu("a")] } }`, `goes round for ever: menu a > menu a | Let`},
		"shadowed":     {`from "users" { calls = { "1" = [menu("a")] } }` + "\n" + "menu \"a\" {\nkeys = {\n\"X\" = [hangup()]\n\"1\" = [hangup()]\n}\n}", `this row can never match: "X" at`},
		"never led to": {`menu "a" { keys = { "1" = [hangup()] } }`, `no step leads to menu "a"`},
	} {
		t.Run(name, func(t *testing.T) {
			got := findings(t, c.text)
			if !slices.ContainsFunc(got, func(f string) bool { return strings.Contains(f, c.want) }) {
				t.Errorf("not told: %s\n%v", c.want, got)
			}
		})
	}
}

const queueTests = `
from "trunks" {
  calls = {
    "1" = [queue("support", { priority = 5, timeout = "2m" }), dial("user:201")]
    "2" = [queue("support")]
    "3" = [menu("main"), hangup()]
  }
}
menu "main" { keys = { "1" = [queue("early"), reject(480)] } }
queue "support" {
  members  = ["user:201", "trunk:alpha/0301234"]
  strategy = "least calls"
  exit_key = "*"
  wrap_up  = "1m"
}
queue "early" {
  members = ["user:201"]
  answer  = false
}
test "answered" {
  call   = { from = "trunk:alpha", to = "1" }
  expect = ["queue support", "answered"]
}
test "nobody answers in time" {
  call    = { from = "trunk:alpha", to = "1" }
  answers = { "queue:support" = "no-answer", "user:201" = "busy" }
  expect  = ["queue support", "ring user:201", "hangup"]
}
test "left by the key" {
  call   = { from = "trunk:alpha", to = "1" }
  press  = ["*"]
  expect = ["queue support", "press *", "ring user:201", "answered"]
}
test "full" {
  call    = { from = "trunk:alpha", to = "2" }
  answers = { "queue:support" = "busy" }
  expect  = ["queue support", "busy"]
}
test "from a menu" {
  call    = { from = "trunk:alpha", to = "3" }
  press   = ["1"]
  answers = { "queue:early" = "no-answer" }
  expect  = ["menu main", "press 1", "queue early", "reject 480"]
}
`

func TestQueuesInTests(t *testing.T) {
	p, err := Parse("t.hcl", queueTests, Names{Users: []string{"201"}, Trunks: []string{"alpha"}})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range p.RunTests() {
		if !r.Passed() {
			t.Error(r)
		}
	}
	d := p.Route(Request{From: Source{FromTrunk, "alpha"}, To: "1"})
	if got := d.Steps[0].String(); got != "queue support (priority 5, 2m)" {
		t.Errorf("the step is %q", got)
	}
	q, ok := d.Queue(d.Steps[0].(QueueStep))
	if !ok || q.Priority != 5 || q.Timeout != 2*time.Minute || q.Strategy != RingLeastCalls || q.Exit != '*' || q.WrapUp != time.Minute || len(q.Members) != 2 {
		t.Errorf("%+v", q)
	}
	if _, ok := d.Queue(QueueStep{Name: "none"}); ok {
		t.Error("there is a queue that there is not")
	}
	if _, ok := (Decision{}).Queue(QueueStep{Name: "support"}); ok || (Decision{}).Deliver(q.Members[0]) != q.Members[0] {
		t.Error("the zero decision knows a queue")
	}
}
