package trace

import (
	"encoding/json"
	"io"
	"net/netip"
	"strings"
	"time"

	"github.com/tandemgw/tandem"
)

// View is a Trace as programs get it.
type View struct {
	Summary
	Columns []Leg      `json:"columns"`
	Items   []ItemView `json:"items"`
	Masked  bool       `json:"masked"`
}

// ItemView is an Item as programs get it.
type ItemView struct {
	Seq       uint64        `json:"seq"`
	At        time.Time     `json:"at"`
	Call      tandem.CallID `json:"call,omitempty"`
	Leg       tandem.LegID  `json:"leg"`
	Kind      Kind          `json:"kind"`
	In        bool          `json:"in"`
	Transport string        `json:"transport,omitempty"`
	Local     string        `json:"local,omitempty"`
	Remote    string        `json:"remote,omitempty"`
	Text      string        `json:"text,omitempty"`
	Note      string        `json:"note,omitempty"`
	First     string        `json:"first"`
	Label     string        `json:"label"`
}

// View is the item as programs get it.
func (i *Item) View() ItemView {
	return ItemView{
		Seq: i.Seq, At: i.At, Call: i.Call, Leg: i.Leg, Kind: i.Kind, In: i.In, Transport: i.Transport,
		Local: address(i.Local), Remote: address(i.Remote), Text: strings.ToValidUTF8(string(i.Text), "?"),
		Note: i.Note, First: i.First(), Label: i.Label(),
	}
}

func address(a netip.AddrPort) string {
	if !a.IsValid() {
		return ""
	}
	return a.String()
}

// View is the trace as programs get it; items up to the number since are left out.
func (t *Trace) View(since uint64) View {
	v := View{Summary: t.Summary, Columns: t.Legs, Items: []ItemView{}, Masked: t.Masked}
	if v.Columns == nil {
		v.Columns = []Leg{}
	}
	for n := range t.Items {
		if t.Items[n].Seq > since {
			v.Items = append(v.Items, t.Items[n].View())
		}
	}
	return v
}

// JSON writes the trace for programs:
//
//	{"call": "k3v9x2mqa7", ..., "columns": [Leg...], "items": [ItemView...], "masked": true}
func JSON(w io.Writer, t *Trace) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	return e.Encode(t.View(0))
}

// Trace is the trace again that a program got: with what a ladder needs.
func (v *View) Trace() *Trace {
	t := &Trace{Summary: v.Summary, Legs: v.Columns, Masked: v.Masked}
	for _, i := range v.Items {
		t.Items = append(t.Items, Item{Seq: i.Seq, At: i.At, Call: i.Call, Leg: i.Leg, Kind: i.Kind, In: i.In, Transport: i.Transport, Text: []byte(i.Text), Note: i.Note})
	}
	return t
}
