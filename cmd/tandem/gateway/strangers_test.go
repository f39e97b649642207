package gateway

import (
	"net/netip"
	"reflect"
	"slices"
	"testing"

	"github.com/tandemgw/tandem/certs"
	"github.com/tandemgw/tandem/media/transport"
	"github.com/tandemgw/tandem/media/turn"
)

// whatIsCounted gives each field of a struct of counters a number of its own and returns
// those fields that none of the numbers told is of.
func whatIsCounted[C any](told func(C) map[string]uint64) (untold []string) {
	var c C
	v := reflect.ValueOf(&c).Elem()
	for i := range v.NumField() {
		v.Field(i).SetUint(uint64(100 + i))
	}
	all := told(c)
	for i := range v.NumField() {
		found := false
		for _, n := range all {
			found = found || n == uint64(100+i)
		}
		if !found {
			untold = append(untold, v.Type().Field(i).Name)
		}
	}
	return untold
}

// All that the browsers' port and the relay count of strangers is told; what is not is
// told elsewhere, or is nothing bad. A counter that is new must be put on one side.
func TestWhatStrangersSendIsTold(t *testing.T) {
	elsewhere := []string{"Peers", "HandshakesFailed", "FingerprintWrong", "TCPTaken"}
	if got := whatIsCounted(portDrops); !slices.Equal(got, elsewhere) {
		t.Errorf("the browsers' port does not tell of %v, want %v", got, elsewhere)
	}
	if got := whatIsCounted(relayDrops); !slices.Equal(got, []string{"Allocations", "Made", "Connections"}) {
		t.Errorf("the relay does not tell of %v", got)
	}
}

// A relay that a reload takes away leaves what it has counted.
func TestWhatARelayHasCountedStays(t *testing.T) {
	certificate, _, err := certs.DTLS(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	mux, err := transport.ListenMux(transport.MuxConfig{Listen: []netip.AddrPort{netip.MustParseAddrPort("127.0.0.1:0")}, Certificate: certificate})
	if err != nil {
		t.Fatal(err)
	}
	defer mux.Close()
	s, err := turn.New(turn.Config{
		Mux: mux, Realm: "example.test", Secret: make([]byte, 32),
		Listen: []turn.Listen{{Addr: netip.MustParseAddrPort("127.0.0.1:0"), Network: "udp"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	var all relayCounts
	r := relay{Server: s, counts: &all}
	all.opened(s)
	before := all.sum()
	all.gone = plus(all.gone, turn.Counters{Made: 3, Ignored: 5})
	for range 2 {
		if err := r.Close(); err != nil && len(all.open) > 0 {
			t.Fatal(err)
		}
	}
	got := all.sum()
	if len(all.open) != 0 || got.Made != before.Made+3 || got.Dropped["ignored"] != before.Dropped["ignored"]+5 || got.Allocations != 0 {
		t.Errorf("afterwards %+v, before %+v", got, before)
	}
	got.Dropped["ignored"] = 99
	if all.sum().Dropped["ignored"] == 99 {
		t.Error("a sum is shared")
	}
}
