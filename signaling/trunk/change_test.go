package trunk_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/tandemgw/tandem/signaling/sipmsg"
	"github.com/tandemgw/tandem/signaling/trunk"
)

func TestATrunkThatIsTheSameIsNotTouched(t *testing.T) {
	inBubble(t, func(b *bench) {
		b.is("at first", "registered", "")
		was := b.trunks.Find("acme")
		b.pbx.Forget()
		b.trunks.Set([]trunk.Config{quiet(nil), {Name: "other", Host: "192.0.2.77", Options: -1}})
		time.Sleep(time.Second)
		if b.trunks.Find("acme") != was || len(b.pbx.Requests("REGISTER")) != 0 {
			t.Error("it was made anew, or has registered again")
		}
		if b.trunks.Find("other") == nil || len(b.trunks.All()) != 2 {
			t.Error("the new one is not there")
		}
	}, quiet(nil))
}

func TestAChangedTrunkGoesOnWithItsBinding(t *testing.T) {
	inBubble(t, func(b *bench) {
		b.is("at first", "registered", "")
		first, binding := b.pbx.Last("REGISTER"), b.pbx.Binding("acme")
		if err := b.trunks.Find("acme").Take(); err != nil {
			t.Fatal(err)
		}
		b.pbx.Forget()
		b.trunks.Set([]trunk.Config{quiet(func(c *trunk.Config) { c.MaxCalls = 1 })})
		b.is("at once", "registered", "")
		again := b.pbx.Requests("REGISTER")
		for _, r := range again {
			if c := r.Contact(); c != nil && sipmsg.Value(r, "Expires") == "0" {
				t.Errorf("the binding was taken away:\n%s", r)
			}
			if r.CallID().Value() != first.CallID().Value() || r.CSeq().SeqNo <= first.CSeq().SeqNo {
				t.Error("another Call-ID, or a lower CSeq")
			}
		}
		if len(again) == 0 || b.pbx.Binding("acme") != binding {
			t.Errorf("%d REGISTERs, bound to %q, want %q", len(again), b.pbx.Binding("acme"), binding)
		}
		one := b.trunks.Find("acme")
		if one.Calls() != 1 || one.Take() == nil {
			t.Error("the call that there is does not count")
		}
		if one.Release(); one.Take() != nil {
			t.Error("the call that has ended still counts")
		}
	}, quiet(nil))
}

func TestATrunkThatMovesSaysGoodbyeFirst(t *testing.T) {
	inBubble(t, func(b *bench) {
		b.is("at first", "registered", "")
		b.pbx.User("acme2", "secret")
		b.trunks.Set([]trunk.Config{quiet(func(c *trunk.Config) { c.Register.User = "acme2" })})
		time.Sleep(2 * time.Second)
		b.is("then", "registered", "")
		if b.pbx.Binding("acme") != "" || b.pbx.Binding("acme2") == "" {
			t.Errorf("bound: acme to %q, acme2 to %q", b.pbx.Binding("acme"), b.pbx.Binding("acme2"))
		}
	}, quiet(nil))
}

func TestATrunkThatIsGoneUnregistersAndServesItsCalls(t *testing.T) {
	inBubble(t, func(b *bench) {
		b.is("at first", "registered", "")
		old := b.trunks.Find("acme")
		if err := old.Take(); err != nil {
			t.Fatal(err)
		}
		b.trunks.Set(nil)
		synctest.Wait()
		if n := b.pbx.Bindings(); n != 0 {
			t.Errorf("%d bindings are left", n)
		}
		if b.trunks.Find("acme") != nil || b.trunks.At(b.pbx.Flow(), nil) != nil {
			t.Error("it still takes calls")
		}
		if b.trunks.Serving("acme") != old {
			t.Error("its call has lost it")
		}
		b.trunks.Set([]trunk.Config{quiet(nil)})
		if b.is("back", "registered", ""); b.trunks.Find("acme").Calls() != 1 {
			t.Error("the call of before does not count")
		}
		old.Release()
	}, quiet(nil))
}

func TestTrunksMayBeSetBeforeAndAfterTheyRun(t *testing.T) {
	inBubble(t, func(b *bench) {
		early := trunk.New(nil, b.deps())
		early.Set([]trunk.Config{quiet(nil)})
		if early.Find("acme") == nil {
			t.Error("not there before Run")
		}
		_ = early.Close()
		early.Set(nil)
		if early.Find("acme") == nil {
			t.Error("changed after Close")
		}
	})
}
