package interop

import (
	"testing"

	"github.com/tandemgw/tandem/test/peers"
)

// TestMessages: texts between browsers and phones, and to somebody who is off.
func TestMessages(t *testing.T) {
	t.Parallel()
	h := open(t, "messages {\n  store = true\n}\n")
	ann := h.web(t, "1001", peers.WebPeerConfig{})
	h.desk(t, "1003", peers.BaresipConfig{})
	t.Run("to a phone", func(t *testing.T) {
		ann.Message(uri("1003"), "grüße, phone")
		if e := ann.Event("message-sent", soon); e.Status != 200 {
			t.Errorf("it was answered %d", e.Status) // by the phone: nobody else knows whether it has it
		}
	})
	t.Run("to nobody", func(t *testing.T) {
		ann.Message(uri("5555"), "hello?")
		if e := ann.Event("message-failed", soon); e.Status != 404 {
			t.Errorf("it was answered %d, want 404", e.Status)
		}
	})
	t.Run("to a browser that is off", func(t *testing.T) {
		ann.Forget()
		for _, text := range []string{"one", "two"} {
			ann.Forget()
			ann.Message(uri("1002"), text)
			if e := ann.Event("message-sent", soon); e.Status != 202 {
				t.Errorf("it was answered %d, want 202", e.Status)
			}
		}
		bob := h.web(t, "1002", peers.WebPeerConfig{})
		var got []peers.WebEvent
		peers.Await(t, soon, "both texts have come", func() bool {
			got = nil
			for _, e := range bob.Events() {
				if e.Type == "message" {
					got = append(got, e)
				}
			}
			return len(got) == 2
		})
		if got[0].Text != "one" || got[1].Text != "two" || got[0].From != "1001" || got[0].Date == "" {
			t.Errorf("got %+v", got)
		}
		bob.Message(uri("1001"), "thanks")
		if e := ann.Event("message", soon); e.Text != "thanks" || e.From != "1002" {
			t.Errorf("the answer came as %+v", e)
		}
	})
}
