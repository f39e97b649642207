package gateway

import (
	"encoding/json"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/tandemgw/tandem"
	"github.com/tandemgw/tandem/bridge"
	"github.com/tandemgw/tandem/media"
)

func TestTheMediaOfALegIsShownAsItIsMeasured(t *testing.T) {
	m := bridge.Measure{Leg: "k3v9.0", Party: tandem.Address{User: "201"}, Path: "tls 203.0.113.9:5061", Stats: media.Stats{
		Chain: "pcmu/8000 passed through", Why: "both sides have PCMU", RoundTrip: 20 * time.Millisecond,
		Way:      media.Way{Remote: netip.MustParseAddrPort("203.0.113.9:4000"), Keys: "SDES", Profile: "AES_CM_128_HMAC_SHA1_80", Replayed: 2, Strangers: 3},
		Received: media.Received{Codec: "pcmu/8000", Packets: 50, Lost: 2, Concealed: 1, Recovered: 1, Refused: 4, Quality: media.Quality{Level: -20, Loudest: -3, MOS: 4.2345, R: 85.55}},
		Sent:     media.Sent{Codec: "pcmu/8000", Packets: 60},
	}}
	v := legView(m)
	if v.Refused != 9 || v.Says.Concealed != 2 || v.Says.MOS != 4.23 || v.RoundTripMS != 20 || v.Local != "" || v.Remote != "203.0.113.9:4000" {
		t.Errorf("view = %+v", v)
	}
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	for _, absent := range []string{"local", "NaN", `"mos":0`} {
		if strings.Contains(string(b), absent) {
			t.Errorf("what is not known is told: %s", b)
		}
	}
}
