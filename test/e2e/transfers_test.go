package e2e

import (
	"fmt"
	"math/rand/v2"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/tandemgw/tandem/test/fakeua"
)

// TestHundredsOfTransfersLeaveNothing lets calls be transferred, blind and
// attended, while everybody hangs up, refuses, vanishes and transfers back at
// random moments. The gateway's end looks for what is left.
func TestHundredsOfTransfersLeaveNothing(t *testing.T) {
	for seed := range uint64(3) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			inTransfer(t, func(g *gateway) {
				c := &crowd{g: g, r: rand.New(rand.NewPCG(seed, 7))}
				c.all = []*fakeua.UA{g.browser("1001"), g.phone("1002", 12), g.browser("1003")}
				for range 70 {
					c.transfer()
				}
			})
		})
	}
}

// crowd are three users who transfer each other at random.
type crowd struct {
	g   *gateway
	r   *rand.Rand
	all []*fakeua.UA
}

// transfer is a call, a transfer of it, and whatever befalls it.
func (c *crowd) transfer() {
	for _, u := range c.all {
		u.Online()
	}
	order := c.r.Perm(3)
	a, b, third := c.all[order[0]], c.all[order[1]], c.all[order[2]]
	out, in := c.g.talk(a, b)
	by, far := out, in
	if c.r.IntN(2) == 0 {
		by, far = in, out
	}
	calls := []*fakeua.Call{by, far}
	to := []string{"1001", "1002", "1003", "600", "602", "77"}[c.r.IntN(6)]
	target := "<sip:" + to + "@" + domain + ">"
	if c.r.IntN(3) == 0 {
		consult, asked := c.g.talk(by.UA, third)
		calls = append(calls, consult, asked)
		target = "<sip:x@" + domain + "?Replaces=" + url.QueryEscape(replaces(consult)) + ">"
	}
	stop := make(chan struct{})
	var robots sync.WaitGroup
	for _, u := range c.all {
		robots.Add(1)
		mood := rand.New(rand.NewPCG(c.r.Uint64(), 3))
		go func() { defer robots.Done(); (&robot{u: u, r: mood}).run(stop) }()
	}
	by.Send("REFER", "", "Refer-To: "+target)
	for range 1 + c.r.IntN(4) {
		c.befall(calls[c.r.IntN(len(calls))])
		time.Sleep(time.Duration(c.r.IntN(1500)) * time.Millisecond)
	}
	time.Sleep(50 * time.Second) // longer than anybody rings or is waited for
	for _, x := range calls {
		x.Send("BYE", "")
	}
	close(stop)
	robots.Wait()
	for _, u := range c.all {
		u.Idle(35 * time.Second)
		u.Forget()
	}
}

// befall lets something happen to a call.
func (c *crowd) befall(x *fakeua.Call) {
	switch c.r.IntN(6) {
	case 0, 1:
		x.Send("BYE", "")
	case 2:
		x.Send("REFER", "", "Refer-To: <sip:1003@"+domain+">")
	case 3:
		x.Send("INVITE", x.UA.Describe(fakeua.Description{Version: 10 + x.Seq, Direction: []string{"sendonly", "sendrecv"}[c.r.IntN(2)]}))
	case 4:
		if x.UA != c.all[1] { // a browser: its socket is gone for a while
			x.UA.Close()
			time.Sleep(time.Duration(c.r.IntN(40)) * time.Second)
			x.UA.Reconnect(c.g.layer)
			x.UA.Online()
		}
	}
}

// robot answers what a user agent is sent.
type robot struct {
	u     *fakeua.UA
	r     *rand.Rand
	calls []*fakeua.Call
}

func (b *robot) run(stop chan struct{}) {
	for {
		m := b.u.Await(time.Second, func(m *fakeua.Message) bool { return m.Method() != "" || m.Status() == 200 && b.invited(m) })
		select {
		case <-stop:
			for _, c := range b.calls {
				c.Send("BYE", "")
			}
			b.settle()
			return
		default:
		}
		if m != nil {
			b.take(m)
		}
	}
}

// settle answers what still comes.
func (b *robot) settle() {
	for {
		m := b.u.Await(3*time.Second, func(m *fakeua.Message) bool { return m.Method() != "" })
		if m == nil {
			return
		}
		b.take(m)
	}
}

func (*robot) invited(m *fakeua.Message) bool {
	_, method := m.CSeq()
	return method == "INVITE"
}

func (b *robot) take(m *fakeua.Message) {
	switch m.Method() {
	case "INVITE":
		c := &fakeua.Call{
			UA: b.u, ID: m.Field("Call-ID"), Remote: m.Field("From"), Target: contactOf(m), Invite: m,
			Routes: m.Fields("Record-Route"), Tag: fmt.Sprintf("robot%d", b.r.Uint64()), Seq: 500,
		}
		if m.ToTag() != "" {
			c.Tag = m.ToTag()
			c.Respond(200, "OK", b.u.Describe(fakeua.Description{Version: 900, Setup: "active"}))
			return
		}
		c.Local = m.Field("To") + ";tag=" + c.Tag
		switch b.r.IntN(4) {
		case 0:
			c.Respond(486, "Busy Here", "")
		case 1:
			c.Ring() // and nobody comes
		default:
			c.Ring()
			c.Respond(200, "OK", b.u.Describe(fakeua.Description{Setup: "active"}))
			b.calls = append(b.calls, c)
		}
	case "CANCEL":
		b.u.Answer(m, 200, "OK")
	case "BYE", "NOTIFY", "UPDATE", "OPTIONS":
		b.u.Answer(m, 200, "OK")
	}
}

// contactOf is the URI of a Contact.
func contactOf(m *fakeua.Message) string {
	v := m.Field("Contact")
	if n := len(v); n > 2 && v[0] == '<' && v[n-1] == '>' {
		return v[1 : n-1]
	}
	return v
}
