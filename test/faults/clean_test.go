package faults

import (
	"encoding/binary"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"testing"
	"time"

	"github.com/tandemgw/tandem"
	"github.com/tandemgw/tandem/bridge/verdict"
	"github.com/tandemgw/tandem/media"
	"github.com/tandemgw/tandem/media/sdp"
)

// cleanCalls is how many calls without fault are made, all at once.
const cleanCalls = 100

// kinds are what the two parties of a clean call talk, and what the second one does.
var kinds = []struct {
	name string
	a, b sdp.Codec
	// rests says that the second party is quiet after a while and sends no more, as it
	// does that suppresses silence.
	rests bool
}{
	{"one law", pcmu(), pcmu(), false},
	{"two laws", pcmu(), pcma(), false},
	{"silence is suppressed", pcma(), pcma(), true},
	{"transcoded", g722(), pcmu(), false},
}

func pcmu() sdp.Codec { return sdp.Codec{Name: "pcmu", Clock: 8000, Channels: 1, PayloadType: 0} }
func pcma() sdp.Codec { return sdp.Codec{Name: "pcma", Clock: 8000, Channels: 1, PayloadType: 8} }
func g722() sdp.Codec { return sdp.Codec{Name: "g722", Clock: 8000, Channels: 1, PayloadType: 9} }

// cleanPhone is a telephone in whose call nothing is wrong.
type cleanPhone struct {
	leg  *media.Endpoint
	sock *net.UDPConn
	to   netip.AddrPort
	pt   byte
	seq  uint16
	last int // of the packet after which it rests; 0: it does not
}

func newCleanPhone(t *testing.T, e *media.Engine, name string, c sdp.Codec) *cleanPhone {
	t.Helper()
	sock, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(own(), 0)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = sock.Close() })
	leg, err := e.NewPlain(media.Options{Call: name, Toward: own()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(leg.Close)
	_ = leg.Local([]sdp.Codec{c}, sdp.SendRecv)
	err = leg.Apply(&sdp.Stream{
		Send: c, Receive: []sdp.Codec{c}, Direction: sdp.SendRecv, PTime: 20,
		Remote: sdp.Remote{Direction: sdp.SendRecv, RTP: sock.LocalAddr().(*net.UDPAddr).AddrPort()},
	})
	if err != nil {
		t.Fatal(err)
	}
	return &cleanPhone{leg: leg, sock: sock, to: leg.Stats().Way.Local, pt: byte(c.PayloadType)}
}

// say sends a packet whose timestamp is what the time says, as a microphone's clock has
// it: a machine that is busy makes packets late, and not the clock wrong.
func (p *cleanPhone) say(since time.Duration) error {
	if p.last > 0 && int(p.seq) >= p.last {
		return nil
	}
	p.seq++
	b := make([]byte, 12+160)
	b[0], b[1] = 0x80, p.pt
	binary.BigEndian.PutUint16(b[2:], p.seq)
	binary.BigEndian.PutUint32(b[4:], uint32(since*8/time.Millisecond))
	binary.BigEndian.PutUint32(b[8:], 0x1234)
	for j := range 160 {
		b[12+j] = byte(0x10 + 0x80*(j/8%2))
	}
	_, err := p.sock.WriteToUDPAddrPort(b, p.to)
	return err
}

// TestCleanCallsHaveNoChip: a mark that is put on calls without fault is soon looked at by
// nobody.
func TestCleanCallsHaveNoChip(t *testing.T) {
	e := newEngine(t, own())
	began := time.Now()
	var all [][2]*cleanPhone
	for n := range cleanCalls {
		k, name := kinds[n%len(kinds)], fmt.Sprintf("clean%d", n)
		a, b := newCleanPhone(t, e, name, k.a), newCleanPhone(t, e, name, k.b)
		if k.rests {
			b.last = 60
		}
		media.Join(a.leg, b.leg)
		all = append(all, [2]*cleanPhone{a, b})
	}
	talk(t, all, 130)
	for n, pair := range all {
		waitFor(t, func() bool { return pair[0].leg.Stats().Received.Packets > 120 })
		now := time.Now()
		ev := verdict.Evidence{
			Call: tandem.CallID(fmt.Sprintf("clean%d", n)), To: "1003", Now: now, Began: began.Add(-11 * time.Second), Alerted: began.Add(-10 * time.Second), Answered: began.Add(-8 * time.Second),
			Ended: now, Own: []netip.Addr{own()}, Cause: tandem.CauseNormal,
		}
		for i, p := range pair {
			ev.Legs = append(ev.Legs, verdict.Leg{ID: ev.Call.Leg(i), Party: []string{"1001", "1003"}[i], Called: i > 0, Stats: p.leg.Stats()})
		}
		if v := verdict.Judge(ev); len(v.Chips) > 0 || v.Fault != "" {
			t.Errorf("call %d (%s) has %+v and %q: %s", n, kinds[n%len(kinds)].name, v.Chips, v.Fault, v.Sentence)
		}
	}
}

// talk has every telephone say so many packets, one each 20 ms.
func talk(t *testing.T, all [][2]*cleanPhone, packets int) {
	t.Helper()
	began := time.Now()
	var wait sync.WaitGroup
	for _, pair := range all {
		for _, p := range pair {
			wait.Go(func() {
				tick := time.NewTicker(20 * time.Millisecond)
				defer tick.Stop()
				for range packets {
					<-tick.C
					if err := p.say(time.Since(began)); err != nil {
						t.Error(err)
						return
					}
				}
			})
		}
	}
	wait.Wait()
}

// waitFor polls for 15 s.
func waitFor(t *testing.T, until func() bool) {
	t.Helper()
	for end := time.Now().Add(15 * time.Second); !until(); {
		if time.Now().After(end) {
			t.Fatal("the packets have not come in")
		}
		<-time.After(50 * time.Millisecond)
	}
}
