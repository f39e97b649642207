package sdp

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
)

func TestParseFingerprint(t *testing.T) {
	tests := map[string]string{
		testFingerprint: testFingerprint,
		"SHA-256 " + strings.ToLower(testFingerprint[8:]): testFingerprint,
		"sha-256":                              "",
		"sha-256 AB:CD":                        "",
		"sha-256 " + testFingerprint[8:] + ":": "",
		"sha-256 " + strings.ReplaceAll(testFingerprint[8:], ":", "-"): "",
		"sha-256 " + strings.ReplaceAll(testFingerprint[8:], "A", "G"): "",
	}
	for in, want := range tests {
		if got, ok := parseFingerprint(in); got != want || ok != (want != "") {
			t.Errorf("parseFingerprint(%q) = %q, %v", in, got, ok)
		}
	}
}

func TestSetupOfAnswers(t *testing.T) {
	tests := []struct {
		offered, want, fixed, role Setup
		ok                         bool
	}{
		{ActPass, SetupNone, SetupNone, Active, true},
		{ActPass, Passive, SetupNone, Passive, true},
		{ActPass, Active, Passive, Passive, true},
		{ActPass, Passive, Active, Active, true},
		{Active, Active, SetupNone, Passive, true},
		{Active, Active, Active, Passive, false},
		{Passive, Passive, SetupNone, Active, true},
		{Passive, Passive, Passive, Active, false},
		{SetupNone, Active, SetupNone, Passive, true},
		{SetupNone, SetupNone, Active, Active, true},
		{HoldConn, Active, SetupNone, Passive, true},
		{HoldConn, SetupNone, Active, Active, true},
	}
	for _, tt := range tests {
		role, ok := answerSetup(tt.offered, tt.want, tt.fixed)
		if ok != tt.ok || ok && role != tt.role {
			t.Errorf("offered %v, wanted %v, fixed %v: %v %v, want %v %v",
				tt.offered, tt.want, tt.fixed, role, ok, tt.role, tt.ok)
		}
	}
}

func TestSetupAfterAnswers(t *testing.T) {
	tests := []struct{ answered, fixed, role Setup }{
		{Active, SetupNone, Passive},
		{Passive, SetupNone, Active},
		{SetupNone, SetupNone, Active},
		{ActPass, SetupNone, Active},
		{Active, Active, Active},
		{Passive, Passive, Passive},
	}
	for _, tt := range tests {
		if got := answeredSetup(tt.answered, tt.fixed); got != tt.role {
			t.Errorf("answered %v, fixed %v: %v, want %v", tt.answered, tt.fixed, got, tt.role)
		}
	}
}

func TestAddressesThatMayBeSentTo(t *testing.T) {
	tests := map[string]bool{
		"192.0.2.1": true, "127.0.0.1": true, "10.0.0.1": true, "2001:db8::1": true, "::1": true,
		"::ffff:192.0.2.1": true,
		"0.0.0.0":          false, "0.1.2.3": false, "224.0.0.1": false, "239.255.255.250": false,
		"240.0.0.1": false, "255.255.255.255": false, "::": false, "ff02::1": false,
		"::ffff:224.0.0.1": false, "fe80::1%eth0": false, "phone.example": false, "": false, "192.0.2.256": false,
	}
	for text, want := range tests {
		if got := canSendTo(parseAddr(text)); got != want {
			t.Errorf("canSendTo(%q) = %v", text, got)
		}
	}
}

func TestHoldByAddress(t *testing.T) {
	tests := map[string]struct {
		connection, direction string
		want, ours            Direction
	}{
		"0.0.0.0":            {"IN IP4 0.0.0.0", "sendrecv", SendOnly, RecvOnly},
		"::":                 {"IN IP6 ::", "sendrecv", SendOnly, RecvOnly},
		"0.0.0.0, recvonly":  {"IN IP4 0.0.0.0", "recvonly", Inactive, Inactive},
		"0.0.0.0, sendonly":  {"IN IP4 0.0.0.0", "sendonly", SendOnly, RecvOnly},
		"an address instead": {"IN IP4 198.51.100.7", "inactive", Inactive, Inactive},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			offer := strings.NewReplacer("c=IN IP4 198.51.100.7", "c="+tt.connection, "a=sendrecv", "a="+tt.direction).
				Replace(phoneOffer)
			_, stream := mustAnswer(t, NewSession(SessionConfig{}), crlf(offer), plainLocal())
			r := stream.Remote
			if r.Direction != tt.want || !r.Held || stream.Direction != tt.ours {
				t.Errorf("theirs %v, held %v, ours %v; want %v and %v", r.Direction, r.Held, stream.Direction, tt.want, tt.ours)
			}
			if strings.Contains(tt.connection, "198") != r.RTP.IsValid() {
				t.Errorf("RTP goes to %v", r.RTP)
			}
		})
	}
}

func TestRTCPAddress(t *testing.T) {
	rtp := netip.MustParseAddrPort("192.0.2.1:4000")
	tests := map[string]string{
		"":                             "192.0.2.1:4001",
		"rtcp:5001":                    "192.0.2.1:5001",
		"rtcp:5001 IN IP4 192.0.2.2":   "192.0.2.2:5001",
		"rtcp:5001 IN IP4 224.0.0.1":   "192.0.2.1:4001",
		"rtcp:5001 IN IP4 phone.local": "192.0.2.1:4001",
		"rtcp:0":                       "192.0.2.1:4001",
		"rtcp:x":                       "192.0.2.1:4001",
		"rtcp:":                        "192.0.2.1:4001",
	}
	for value, want := range tests {
		if got := rtcpAddr([]Line{{'a', value}}, rtp); got.String() != want {
			t.Errorf("%q: %v, want %s", value, got, want)
		}
	}
	if got := rtcpAddr(nil, netip.MustParseAddrPort("192.0.2.1:65535")); got.IsValid() {
		t.Errorf("RTCP beside port 65535 is at %v", got)
	}
}

func TestPTimes(t *testing.T) {
	tests := []struct{ ptime, maxptime, want int }{
		{0, 0, 20},
		{20, 0, 20},
		{10, 0, 10},
		{5, 0, 10},
		{30, 0, 30},
		{25, 0, 20},
		{40, 0, 40},
		{60, 0, 60},
		{200, 0, 60},
		{0, 10, 10},
		{40, 30, 30},
		{20, 150, 20},
	}
	for _, tt := range tests {
		if got := sendPTime(&Remote{PTime: tt.ptime, MaxPTime: tt.maxptime}); got != tt.want {
			t.Errorf("ptime %d, maxptime %d: %d, want %d", tt.ptime, tt.maxptime, got, tt.want)
		}
	}
}

func TestReadFormats(t *testing.T) {
	tests := map[string]struct{ media, voice, events, comfortNoise string }{
		"static ones only when listed": {
			"m=audio 1 RTP/AVP 8 18 13 19", "8=PCMA/8000, 18=G729/8000", "",
			"13=CN/8000, 19=CN/8000",
		},
		"rtpmap of what is not listed": {"m=audio 1 RTP/AVP 0\na=rtpmap:111 opus/48000/2", "0=PCMU/8000", "", ""},
		"rtpmap of a static number":    {"m=audio 1 RTP/AVP 0\na=rtpmap:0 ilbc/8000", "0=iLBC/8000", "", ""},
		"dynamic without rtpmap":       {"m=audio 1 RTP/AVP 96 0", "0=PCMU/8000", "", ""},
		"G.722 with its sample rate":   {"m=audio 1 RTP/AVP 9\na=rtpmap:9 G722/16000", "9=G722/8000", "", ""},
		"bad clock":                    {"m=audio 1 RTP/AVP 96\na=rtpmap:96 opus/0\na=rtpmap:97 x/y", "", "", ""},
		"events at two clocks": {
			"m=audio 1 RTP/AVP 96 97\na=rtpmap:96 telephone-event/8000\na=rtpmap:97 TELEPHONE-EVENT/48000", "",
			"96=telephone-event/8000, 97=telephone-event/48000", "",
		},
		"Opus without channels": {"m=audio 1 RTP/AVP 96\na=rtpmap:96 OPUS/48000", "96=opus/48000", "", ""},
	}
	list := func(codecs []Codec) string {
		var all []string
		for _, c := range codecs {
			all = append(all, strings.TrimSpace(formatList([]Codec{c})+"="+c.String()))
		}
		return strings.Join(all, ", ")
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			f := readFormats(&must(Parse([]byte("v=0\n" + tt.media)))(t).Media[0], nil)
			got := [3]string{list(f.voice), list(f.events), list(f.comfortNoise)}
			if want := [3]string{tt.voice, tt.events, tt.comfortNoise}; got != want {
				t.Errorf("read %q, want %q", got, want)
			}
		})
	}
	if !Opus().Matches(Codec{Name: NameOpus, Clock: 48000}) {
		t.Error("Opus without channels is not Opus")
	}
}

// TestHostsThatAPlainDescriptionNames: what else than c= tells where sound may come
// from, bounded and without what is no address of a host.
func TestHostsThatAPlainDescriptionNames(t *testing.T) {
	const head, rest = "v=0\r\no=- 1 1 IN IP4 203.0.113.9\r\ns=-\r\nc=IN IP4 192.168.1.20\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n", "a=candidate:1 1 UDP 1 "
	for name, tc := range map[string]struct{ more, want string }{
		"o= alone":       {"", "[203.0.113.9]"},
		"candidates too": {rest + "198.51.100.7 61000 typ srflx\r\n" + rest + "2001:db8::7 4000 typ host\r\n", "[203.0.113.9 198.51.100.7 2001:db8::7]"},
		"no addresses":   {rest + "x.local 1 typ host\r\n" + rest + "224.0.0.1 1 typ host\r\n" + rest + "0.0.0.0 1 typ host\r\n" + rest + "fe80::1%eth0 1 typ host\r\na=candidate:1\r\n", "[203.0.113.9]"},
		"ten of them":    {strings.Repeat(rest+"198.51.100.7 1 typ host\r\n", 5) + rest + "198.51.100.8 1 typ host\r\n" + rest + "198.51.100.9 1 typ host\r\n" + rest + "198.51.100.10 1 typ host\r\n", "[203.0.113.9 198.51.100.7 198.51.100.8 198.51.100.9]"},
	} {
		r, err := NewSession(SessionConfig{}).ReceiveOffer([]byte(head + tc.more))
		if err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprint(r.Hosts); got != tc.want {
			t.Errorf("%s: %s, want %s", name, got, tc.want)
		}
	}
}
