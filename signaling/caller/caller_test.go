package caller

import (
	"context"
	"encoding/binary"
	"math"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/tandemgw/tandem/media"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestScriptsThatMakeNoSense(t *testing.T) {
	good := Script{Server: Server{Transport: "udp", Host: "127.0.0.1"}, To: "600", User: "201"}
	if err := good.Validate(); err != nil {
		t.Errorf("a good one: %v", err)
	}
	for words, change := range map[string]func(*Script){
		"no transport":  func(s *Script) { s.Server.Transport = "sctp" },
		"needs its URL": func(s *Script) { s.Server.Transport = "wss" },
		"no server":     func(s *Script) { s.Server.Host = "" },
		"nobody":        func(s *Script) { s.To = "" },
		"no user":       func(s *Script) { s.User = "" },
		"may ring":      func(s *Script) { s.Ring = time.Hour },
		"may last":      func(s *Script) { s.Talk = -1 },
	} {
		s := good
		change(&s)
		if _, err := Run(context.Background(), s); err == nil || !strings.Contains(err.Error(), words) {
			t.Errorf("want %q, got %v", words, err)
		}
	}
}

func TestHowLongACallLasts(t *testing.T) {
	for _, c := range []struct {
		s    Script
		want time.Duration
	}{
		{Script{}, defaultTalk},
		{Script{Talk: 3 * time.Second, Digits: "1"}, 3 * time.Second},
		{Script{Digits: "12"}, 2100 * time.Millisecond},
		{Script{Digits: "1,2"}, 3400 * time.Millisecond},
		{Script{Play: silence()}, time.Minute + 500*time.Millisecond},
	} {
		if got := c.s.talk(); got != c.want {
			t.Errorf("%+v lasts %s, want %s", c.s, got, c.want)
		}
	}
}

// buffer is a recording in memory.
type buffer struct{ nowhere }

func TestLevelOfWhatIsHeard(t *testing.T) {
	var pcm []byte
	for i := range 8000 { // half a second of silence, then half a second of 400 Hz at -12 dBFS
		v := 0.0
		if i >= 4000 {
			v = 32768 * math.Sqrt2 * math.Pow(10, -12.0/20) * math.Sin(2*math.Pi*400*float64(i)/8000)
		}
		pcm = binary.LittleEndian.AppendUint16(pcm, uint16(int16(v)))
	}
	g := newGauge(buffer{}, media.Rate(8000))
	if got := g.level(); got != (Level{-127, -127}) {
		t.Errorf("nothing is %v", got)
	}
	all := append(make([]byte, wavHead), pcm...)
	for i := 0; i < len(all); i += 333 { // in odd pieces
		if _, err := g.Write(all[i:min(i+333, len(all))]); err != nil {
			t.Fatal(err)
		}
	}
	if got := g.level(); math.Abs(got.Mean+15) > 0.2 || math.Abs(got.Loudest+12) > 0.2 {
		t.Errorf("level %+v, want -15 and -12 dBFS", got)
	}
}

// Nobody is there, or the name is none: a word, and nothing left behind.
func TestServersThatAreNotThere(t *testing.T) {
	for name, s := range map[string]Server{
		"refused":   {Transport: "tcp", Host: "127.0.0.1", Port: 1},
		"no socket": {Transport: "ws", Host: "127.0.0.1", URL: "ws://127.0.0.1:1/ws"},
	} {
		ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
		r, err := Run(ctx, Script{Server: s, To: "600", User: "201"})
		cancel()
		if err == nil && r.Status == 0 || r.Answered() {
			t.Errorf("%s: %+v, %v", name, r, err)
		}
	}
}
