package interop

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/tandemgw/tandem/test/peers"
)

// The password of vera is "of-the-test".
const phoneHouse = `
admin "vera" {
  role          = "viewer"
  password_hash = "$argon2id$v=19$m=19456,t=2,p=1$dGFuZGVtLXRlc3Qtc2FsdA$Aa8w0Yjcbv/FbtrrEJkPzmBj6wNkyZJyN5DOjwGWUQM"
}
phone {
  merge = "*3"
}
from "users" {
  calls = {
    "*3" = [room("merge-${caller}")]
  }
}
`

// person is somebody at the web phone, in a tab that is worked as a person works it.
type person struct {
	*peers.Console
	t *testing.T
}

// sit opens the web phone and signs in, where a tab has another's phone as somebody else.
func sit(t *testing.T, c *peers.Chromium, h *house, user string) *person {
	t.Helper()
	p := &person{c.OpenPage(t, h.HTTP, 1280, 900), t}
	p.Sees("how to sign in", `document.querySelector('[data-testid=login], [data-testid=elsewhere]')`)
	p.Do(`document.querySelector('[data-testid=use-another]')?.click()`)
	p.Write("login-user", user)
	p.Write("login-password", "pw-"+user)
	p.Click("login-submit")
	p.part("registration", "state=registered")
	return p
}

// part waits for the part with a test name that has all of those data attributes.
func (p *person) part(testid string, attributes ...string) {
	p.t.Helper()
	selector := fmt.Sprintf("[data-testid=%q]", testid)
	for _, a := range attributes {
		selector += "[data-" + a + "]"
	}
	quoted, _ := json.Marshal(selector)
	p.Sees(selector, fmt.Sprintf("document.querySelector(%s)", quoted))
}

// none waits until there is no part with a test name.
func (p *person) none(testid string) {
	p.t.Helper()
	p.Sees("no "+testid, fmt.Sprintf("!document.querySelector('[data-testid=%q]')", testid))
}

// push clicks a button once it can be clicked.
func (p *person) push(testid string) {
	p.t.Helper()
	p.Sees("the button "+testid, fmt.Sprintf("document.querySelector('[data-testid=%q]')?.disabled === false", testid))
	p.Click(testid)
}

// says writes a message in the thread that is open.
func (p *person) says(text string) {
	p.t.Helper()
	p.Write("chat-text", text)
	p.push("chat-send")
	p.part("sent-line", "state=delivered")
}

// reads waits for a message in the thread that is open.
func (p *person) reads(text string) {
	p.t.Helper()
	p.Sees("the message "+text, fmt.Sprintf("[...document.querySelectorAll('[data-testid=line] p')].some((l) => l.textContent === %q)", text))
}

// TestPhoneInFull has two people at web phones, and a desk telephone, do what a desk
// telephone can do: write, see who talks, hold, swap, transfer, and meet in a room.
func TestPhoneInFull(t *testing.T) {
	t.Parallel()
	h := open(t, phoneHouse)
	chrome := peers.StartChromium(t, "")
	desk := h.desk(t, "1003", peers.BaresipConfig{})
	ann := sit(t, chrome, h, "1001")
	ben := sit(t, chrome, h, "1002")
	write(ann, ben)
	talkTogether(ann, ben)
	holdAndSwap(ann, ben)
	askAndConnect(ann, ben, desk)
	sendOn(ann, ben)
	meetInARoom(ann, ben, desk)
	for _, p := range []*person{ann, ben} {
		for _, s := range p.Troubles() {
			t.Errorf("a page complains: %s", s)
		}
	}
}

func write(ann, ben *person) {
	ann.part("lamp-1002", "state=free")
	ann.Click("write-1002")
	ann.says("lunch?")
	ben.part("tab-messages", "count='1'")
	ben.Click("tab-messages")
	ben.Click("thread-1001")
	ben.reads("lunch?")
	ben.part("tab-messages", "count='0'")
	ben.says("at noon ☀")
	ann.reads("at noon ☀")
}

func talkTogether(ann, ben *person) {
	ann.Click("tab-people")
	ann.push("call-1002")
	ben.Click("answer")
	ann.part("call-card", "state=talking", "number='1002'")
	ben.part("call-card", "state=talking", "number='1001'")
	ann.part("lamp-1002", "state=busy")
	ann.looks()
	ann.reported()
}

// looks has axe look at the phone with a call and at each panel beside it.
func (p *person) looks() {
	p.t.Helper()
	for _, panel := range []string{"calls", "messages", "settings", "people"} {
		p.Click("tab-" + panel)
		p.Has("panel-" + panel)
		for _, v := range p.Violations() {
			p.t.Errorf("with a call and %s, axe finds: %s", panel, v)
		}
	}
}

// reported waits until the gateway says of a call what both phones say of it.
func (p *person) reported() {
	p.t.Helper()
	p.Do(`fetch('/api/v1/login', {method: 'POST', headers: {'Content-Type': 'application/json'}, body: JSON.stringify({name: 'vera', password: 'of-the-test'})}).then((r) => { if (!r.ok) throw new Error('signing in: ' + r.status) })`)
	var got string
	peers.Await(p.t, 20*time.Second, "the gateway has what both browsers count", func() bool {
		got = peers.Eval[string](p.Tab, `(async () => {
			await new Promise((later) => setTimeout(later, 300)); // who asks too often is refused
			const all = await (await fetch('/api/v1/calls')).json();
			if (!all.calls?.length) return 'null';
			const one = await (await fetch('/api/v1/calls/' + all.calls[0].id)).json();
			return JSON.stringify((one.quality ?? []).map((q) => q.browser ?? null));
		})()`)
		var rows []*struct{ Packets int }
		if json.Unmarshal([]byte(got), &rows) != nil || len(rows) != 4 {
			return false
		}
		for _, r := range rows {
			if r == nil || r.Packets == 0 {
				return false
			}
		}
		return true
	})
	p.t.Logf("the browsers say %s", got)
}

// soundGoes waits until the desk telephone records something that is no silence, and the
// browser of a user reports that it hears the desk: more packets than at first, and not
// silent ones.
func (p *person) soundGoes(desk *peers.Baresip, user string) {
	p.t.Helper()
	at := desk.Recorded()
	hears := func() (packets, level int) {
		var got []int
		text := peers.Eval[string](p.Tab, fmt.Sprintf(`(async () => {
			await new Promise((later) => setTimeout(later, 300)); // who asks too often is refused
			for (const c of (await (await fetch('/api/v1/calls')).json()).calls ?? []) {
				const one = await (await fetch('/api/v1/calls/' + c.id)).json();
				const row = one.quality?.find((q) => q.direction === 'out' && q.party.includes(%q) && q.browser);
				if (row) return JSON.stringify([row.browser.packets, row.browser.levelDbfs ?? 0]);
			}
			return '[0, 0]';
		})()`, user))
		if json.Unmarshal([]byte(text), &got) != nil || len(got) != 2 {
			return 0, 0
		}
		return got[0], got[1]
	}
	before, _ := hears()
	peers.Await(p.t, 30*time.Second, "the browser of "+user+" hears the desk telephone", func() bool {
		packets, level := hears()
		return packets > before+50 && level < 0 && level > -60
	})
	peers.Await(p.t, 30*time.Second, "the desk telephone hears the browser of "+user, func() bool {
		pcm, _ := desk.Heard(at)
		return slices.ContainsFunc(pcm, func(v int16) bool { return v > 1000 || v < -1000 })
	})
}

func holdAndSwap(ann, ben *person) {
	ann.push("hold")
	ann.part("call-card", "state=held")
	ann.push("add-call")
	ann.Write("number", "600")
	ann.push("call")
	ann.part("call-card", "state=talking", "number='600'")
	ann.part("other-call", "state=held", "number='1002'")
	ann.push("swap")
	ann.part("call-card", "state=talking", "number='1002'")
	ann.part("other-call", "state=held", "number='600'")
	ben.part("call-card", "state=talking")
	ann.push("hangup-other")
	ann.none("other-call")
}

func askAndConnect(ann, ben *person, desk *peers.Baresip) {
	ann.push("transfer")
	ann.Has("transferring")
	ann.push("call-1003")
	ann.part("call-card", "state=talking", "number='1003'")
	ann.part("other-call", "state=held", "number='1002'")
	ann.push("complete")
	ann.none("other-call")
	ann.part("lamp-1003", "state=busy") // with 1002
	ann.part("lamp-1002", "state=busy")
	ben.isWith("1003", "Desk")
	ann.soundGoes(desk, "1002")
	ben.push("hangup")
	ann.part("lamp-1002", "state=free")
	ann.part("lamp-1003", "state=free")
}

// isWith waits until the phone says that somebody talks with a number, and names it.
func (p *person) isWith(number, name string) {
	p.t.Helper()
	p.part("call-card", "state=talking", fmt.Sprintf("number='%s'", number))
	p.Sees("the name "+name, fmt.Sprintf("document.querySelector('[data-testid=call-card] [data-testid=party]').textContent === %q", name))
}

func sendOn(ann, ben *person) {
	ann.push("call-1002")
	ben.Click("answer")
	ann.part("call-card", "state=talking", "number='1002'")
	ann.push("transfer")
	ann.push("send-1003")
	ann.part("call-card", "state=ended")
	ann.Sees("that he was transferred", `document.querySelector('[data-testid=call-status]').textContent === 'Transferred'`)
	ann.part("lamp-1003", "state=busy")
	ben.isWith("1003", "Desk")
	ben.push("hangup")
	ann.part("lamp-1002", "state=free")
	ann.part("lamp-1003", "state=free")
}

func meetInARoom(ann, ben *person, desk *peers.Baresip) {
	ann.push("call-1002")
	ben.Click("answer")
	ann.part("call-card", "state=talking", "number='1002'")
	ann.push("add-call")
	ann.push("call-1003")
	ann.part("call-card", "state=talking", "number='1003'")
	ann.push("merge")
	ann.part("call-card", "state=talking", "number='*3'")
	ann.none("other-call")
	ann.Sees("both guests", `/With (1002, Desk|Desk, 1002)/.test(document.querySelector('[data-testid=call-card]').innerText)`)
	ben.part("call-card", "state=talking")
	peers.Await(ann.t, 20*time.Second, "the gateway has three in the room", func() bool {
		return peers.Eval[int](ann.Tab, `fetch('/api/v1/rooms').then((r) => r.json()).then((all) => all.rooms.find((r) => r.name === 'merge-1001')?.members.length ?? 0)`) == 3
	})
	ann.soundGoes(desk, "1002")
	ann.push("hangup")
	ben.push("hangup")
	ann.part("lamp-1002", "state=free")
}
