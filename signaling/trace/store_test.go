package trace

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tandemgw/tandem"
	"github.com/tandemgw/tandem/bridge"
	"github.com/tandemgw/tandem/media"
	"github.com/tandemgw/tandem/signaling/flow"
	"github.com/tandemgw/tandem/signaling/txn"
)

// began is the event with which a leg becomes known.
func began(call tandem.CallID, leg int, ref string) bridge.Event {
	kind := bridge.Calling
	if leg == 0 {
		kind = bridge.Incoming
	}
	return bridge.Event{At: time.Now(), Kind: kind, Call: call, Leg: call.Leg(leg), Ref: ref, Party: tandem.Address{User: "1001"}, Text: "to 1002"}
}

func over(call tandem.CallID, status int) bridge.Event {
	return bridge.Event{At: time.Now(), Kind: bridge.Ended, Call: call, Cause: tandem.Cause{Status: status}, Text: "it is over"}
}

func firsts(items []Item) string {
	var all []string
	for i := range items {
		all = append(all, items[i].Label())
	}
	return strings.Join(all, " | ")
}

func TestMessagesThatCameBeforeTheCallBelongToIt(t *testing.T) {
	s, f := New(Config{}), udpFlow()
	s.Message(f, txn.In, []byte(sampleInvite(0)))
	s.Message(f, txn.Out, []byte(sampleMessage(0, "SIP/2.0 407 Proxy Authentication Required", "1 INVITE", "", "")))
	s.Observe(began("one", 0, "ref-0"))
	s.Message(f, txn.In, []byte(sampleBye(0)))
	s.Message(f, txn.In, []byte(sampleBye(7))) // of no call
	const want = "INVITE (SDP) | 407 Proxy Authentication Required | incoming: to 1002 | BYE"
	if got := firsts(s.Items("one")); got != want {
		t.Errorf("items: %s, want %s", got, want)
	}
	if got := s.Correlate("ref-0"); got != "one" {
		t.Errorf("Correlate = %q, want one", got)
	}
	if c := s.Counters(); c.Waiting != 0 || c.Messages != 4 {
		t.Errorf("%+v, want nothing that waits of 4 messages", c)
	}
}

func TestScannersLeaveNothingButInASmallRing(t *testing.T) {
	s, f := New(Config{}), udpFlow()
	for n := range 5 * maxWaiting {
		s.Message(f, txn.In, []byte(sampleInvite(n)))
		s.Message(f, txn.In, []byte(sampleMessage(n, "OPTIONS sip:example.test SIP/2.0", "1 OPTIONS", "", "")))
		s.Message(f, txn.In, fmt.Appendf(nil, "REGISTER sip:example.test SIP/2.0\r\nCall-ID: r%d\r\n\r\n", n))
	}
	if c := s.Counters(); c.Waiting > maxWaiting || c.Calls != 0 || c.Octets != 0 || s.waiting.octets > maxWaitingOctets {
		t.Errorf("%+v with %d octets that wait, want at most %d dialogs and no call", c, s.waiting.octets, maxWaiting)
	}
}

func TestTheMiddleOfALongCallIsLeftOut(t *testing.T) {
	s, f := New(Config{MaxItems: 20}), udpFlow()
	s.Message(f, txn.In, []byte(sampleInvite(0)))
	s.Observe(began("one", 0, "ref-0"))
	for range 100 {
		s.Message(f, txn.In, []byte(sampleAck(0)))
	}
	s.Message(f, txn.In, []byte(sampleBye(0)))
	items := s.Items("one")
	if n := len(items); n != 20 || items[0].Label() != "INVITE (SDP)" || items[n-1].Label() != "BYE" {
		t.Errorf("%d items: %s", len(items), firsts(items))
	}
	if c := s.Calls(Filter{}); c[0].Omitted != 83 || c[0].Messages != 102 {
		t.Errorf("%+v, want 83 of 103 items left out", c[0])
	}
}

func TestCallsThatEndedFirstGoFirst(t *testing.T) {
	s, f := New(Config{Memory: 100 << 10}), udpFlow()
	for n := range 100 {
		id := tandem.CallID(fmt.Sprintf("call%d", n))
		s.Observe(began(id, 0, fmt.Sprintf("ref-%d", n)))
		for range 4 {
			s.Message(f, txn.In, []byte(sampleInvite(n)))
		}
		if n > 0 { // the first goes on
			s.Observe(over(id, 200))
		}
	}
	c := s.Counters()
	if c.Octets > 100<<10 || c.Octets < 50<<10 {
		t.Errorf("%d octets, want at most 100 KiB and most of that", c.Octets)
	}
	if s.Items("call0") == nil || s.Items("call99") == nil || s.Items("call1") != nil {
		t.Error("the call that goes on and the last one are to be there, the first that ended not")
	}
	for range 400 { // a call that goes on is bounded too
		s.Message(f, txn.In, []byte(sampleInvite(0)))
	}
	if c := s.Counters(); c.Octets > 100<<10 {
		t.Errorf("%d octets, want at most 100 KiB", c.Octets)
	}
	s.SetRules(-1, Rules{})
	if c := s.Counters(); c.Calls != 1 {
		t.Errorf("%d calls, want the one that goes on", c.Calls)
	}
	if len(s.refs) != 1 {
		t.Errorf("%d Call-IDs are known, want 1", len(s.refs))
	}
}

func TestWhatIsKeptOnDisk(t *testing.T) {
	stats := func(in, out uint64, mos float64) *media.Stats {
		s := &media.Stats{}
		s.Received.Packets, s.Received.MOS, s.Sent.Packets = in, mos, out
		return s
	}
	for _, c := range []struct {
		name   string
		status int
		talked time.Duration
		stats  *media.Stats
		want   string
	}{
		{"failed", 500, 0, nil, "failed"},
		{"busy", 486, 0, nil, ""},
		{"given up", 487, 0, nil, ""},
		{"talked", 200, time.Minute, stats(3000, 3000, 4.3), ""},
		{"short", 200, 4 * time.Second, stats(200, 200, 4.3), "short"},
		{"one way", 200, time.Minute, stats(0, 3000, 0), "one-way"},
		{"bad", 200, time.Minute, stats(3000, 3000, 2.1), "bad"},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				dir := t.TempDir()
				archive, err := OpenArchive(dir, Rules{}, nil)
				if err != nil {
					t.Fatal(err)
				}
				s := New(Config{Archive: archive})
				s.Message(udpFlow(), txn.In, []byte(sampleInvite(0)))
				s.Observe(began("one", 0, "ref-0"))
				ep := new(media.Endpoint)
				s.Notice(media.Notice{Kind: media.NoticeOpened, Call: "one", Leg: "one-a", Endpoint: ep})
				s.Notice(media.Notice{Kind: media.NoticeDigitIn, At: time.Now(), Call: "one", Leg: "one-a", Endpoint: ep, Digit: '5', Lasted: 100 * time.Millisecond})
				s.Notice(media.Notice{Kind: media.NoticeClosed, Call: "one", Leg: "one-a", Endpoint: ep, Stats: c.stats})
				if c.talked > 0 {
					s.Observe(bridge.Event{At: time.Now(), Kind: bridge.Answered, Call: "one", Leg: "one-a", Ref: "ref-0"})
				}
				e := over("one", c.status)
				e.Talked = c.talked
				s.Observe(e)
				if err := s.Close(); err != nil {
					t.Fatal(err)
				}
				if got := strings.Join(s.Calls(Filter{})[0].Problems, " "); got != c.want {
					t.Errorf("problems %q, want %q", got, c.want)
				}
				checkKept(t, dir, c.want)
			})
		})
	}
}

// checkKept reads a call back from the disk, as after a restart.
func checkKept(t *testing.T, dir, problem string) {
	t.Helper()
	again, err := OpenArchive(dir, Rules{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	s := New(Config{Archive: again})
	kept, ok := s.Get("one")
	if ok != (problem != "") {
		t.Fatalf("on disk: %v, for %q", ok, problem)
	}
	if !ok {
		return
	}
	if list := s.Kept(10); len(list) != 1 || list[0].Call != "one" || !slices.Equal(list[0].Problems, []string{problem}) || list[0].From == "" || list[0].To == "" || list[0].End.IsZero() {
		t.Errorf("listed as %+v, want %q", list, problem)
	}
	text, _ := json.Marshal(kept)
	for i := range kept.Items {
		if x := &kept.Items[i]; bytes.Contains(x.Text, []byte("0123456789abcdef")) || bytes.Contains(x.Text, []byte("WVNfX19")) || bytes.Equal(x.Text, []byte("5")) {
			t.Errorf("a secret is on disk: %s", x.Text)
		}
	}
	if len(kept.Items) < 3 || kept.Items[0].Label() != "INVITE (SDP)" || !kept.Masked {
		t.Errorf("read back: %s", text)
	}
	info, err := os.ReadDir(dir)
	if err != nil || len(info) != 1 {
		t.Fatalf("%v, %v: want one file", info, err)
	}
	if mode := must(info[0].Info()).Mode().Perm(); mode != 0o600 {
		t.Errorf("the file may be read by others: %v", mode)
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		return *new(T)
	}
	return v
}

func TestTheArchiveIsBounded(t *testing.T) {
	dir := t.TempDir()
	a, err := OpenArchive(dir, Rules{Keep: KeepAll, Disk: 20 << 10}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for n := range 200 {
		c := sampleCall(sampleWay{"udp", "192.0.2.1:5060", "198.51.100.7:5060"})
		c.Call, c.Start = tandem.CallID(fmt.Sprintf("call%d", n)), time.Now().Add(time.Duration(n)*time.Second)
		for !a.tryAdd(c) {
			<-time.After(time.Millisecond)
		}
	}
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	size := int64(0)
	all := must(filepath.Glob(filepath.Join(dir, "*")))
	for _, path := range all {
		size += must(os.Stat(path)).Size()
	}
	if size > 20<<10 || len(all) < 5 {
		t.Errorf("%d octets in %d files, want at most 20 KiB", size, len(all))
	}
	if _, ok := a.Get("call0"); ok {
		t.Error("the oldest is there")
	}
	if _, ok := a.Get("call199"); !ok {
		t.Error("the newest is not there")
	}
}

// tryAdd queues a trace where there is room.
func (a *Archive) tryAdd(t *Trace) bool {
	if len(a.queue) == cap(a.queue) {
		return false
	}
	a.Add(t)
	return true
}

func TestADiskThatFailsIsToldAndHarmsNothing(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "traces")
	a, err := OpenArchive(dir, Rules{Keep: KeepAll}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	a.Add(sampleCall(sampleWay{"udp", "192.0.2.1:5060", "198.51.100.7:5060"}))
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	if words, lost := a.Fault(); lost != 1 || !strings.Contains(words, "write trace") {
		t.Errorf("fault %q, %d lost", words, lost)
	}
}

// udpFlow is a far end by UDP.
func udpFlow() *flow.Flow {
	return flow.New(flow.Way{
		Kind: flow.UDP, Local: netip.MustParseAddrPort("192.0.2.1:5060"), Remote: netip.MustParseAddrPort("198.51.100.7:5060"),
		Send: func([]byte) error { return nil },
	})
}
