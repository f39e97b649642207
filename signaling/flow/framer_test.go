package flow

import (
	"errors"
	"strings"
	"testing"

	"github.com/emiago/sipgo/sip"

	"github.com/tandemgw/tandem/signaling/sipmsg"
)

// cut feeds a stream to a framer in pieces of the given sizes, over and over.
func cut(stream string, sizes ...int) (messages []string, pings int, err error) {
	f := &framer{max: sipmsg.MaxMessage}
	for i := 0; ; i++ {
		for {
			m, ping, err := f.next()
			if ping {
				pings++
			}
			if m != nil {
				messages = append(messages, string(m))
			}
			if err != nil {
				return messages, pings, err
			}
			if m == nil {
				break
			}
		}
		if stream == "" {
			return messages, pings, nil
		}
		room := f.space()
		n := min(len(room), len(stream), sizes[i%len(sizes)])
		copy(room, stream[:n])
		f.fill(n)
		stream = stream[n:]
	}
}

// plain is a message whose header and body are given.
func plain(header, body string) string {
	return "OPTIONS sip:x SIP/2.0\r\n" + header + "\r\n" + body
}

func TestStreamsAreCutByContentLength(t *testing.T) {
	for name, c := range map[string]struct {
		stream string
		want   []string
		pings  int
		err    error
	}{
		"one":     {plain("Content-Length: 2\r\n", "ab"), []string{plain("Content-Length: 2\r\n", "ab")}, 0, nil},
		"compact": {plain("l:2\r\n", "ab"), []string{plain("l:2\r\n", "ab")}, 0, nil},
		"blanks":  {plain("CONTENT-length \t:  002 \r\n", "ab"), []string{plain("CONTENT-length \t:  002 \r\n", "ab")}, 0, nil},
		"folded":  {plain("Content-Length:\r\n 2\r\n", "ab"), []string{plain("Content-Length:\r\n 2\r\n", "ab")}, 0, nil},
		"a continuation is no field": {
			plain("Subject: a\r\n Content-Length: 5\r\nl: 0\r\n", ""), []string{plain("Subject: a\r\n Content-Length: 5\r\nl: 0\r\n", "")}, 0, nil,
		},
		"lone line feeds": {"OPTIONS sip:x SIP/2.0\nl: 1\n\na", []string{"OPTIONS sip:x SIP/2.0\nl: 1\n\na"}, 0, nil},
		"pipelined": {
			plain("l: 1\r\n", "a") + plain("l: 0\r\n", "") + plain("l: 3\r\n", "\r\n\r"),
			[]string{plain("l: 1\r\n", "a"), plain("l: 0\r\n", ""), plain("l: 3\r\n", "\r\n\r")},
			0, nil,
		},
		"empty lines between": {"\r\n" + plain("l: 0\r\n", "") + "\r\n" + plain("l: 0\r\n", "") + "\n", []string{plain("l: 0\r\n", ""), plain("l: 0\r\n", "")}, 0, nil},
		"status":              {"SIP/2.0 200 OK\r\nl: 0\r\n\r\n", []string{"SIP/2.0 200 OK\r\nl: 0\r\n\r\n"}, 0, nil},
		"no length, no body":  {plain("Via: x\r\n", "") + plain("l: 0\r\n", ""), []string{plain("Via: x\r\n", ""), plain("l: 0\r\n", "")}, 0, nil},
		"same length twice":   {plain("l: 1\r\nContent-Length: 1\r\n", "a"), []string{plain("l: 1\r\nContent-Length: 1\r\n", "a")}, 0, nil},

		"no length, a body": {plain("Content-Type: text/plain\r\n", "abc"), []string{plain("Content-Type: text/plain\r\n", "")}, 0, errNoLength},
		"two lengths":       {plain("l: 1\r\nl: 2\r\n", "a"), []string{plain("l: 1\r\nl: 2\r\n", "")}, 0, errBadLength},
		"a negative length": {plain("l: -1\r\n", "a"), []string{plain("l: -1\r\n", "")}, 0, errBadLength},
		"no number":         {plain("l: many\r\n", "a"), []string{plain("l: many\r\n", "")}, 0, errBadLength},
		"an empty length":   {plain("l: \r\n", "a"), []string{plain("l: \r\n", "")}, 0, errBadLength},
		"too long, passed over": {
			plain("l: 70000\r\n", strings.Repeat("\r\n\r\n", 17500)) + plain("l: 1\r\n", "a"),
			[]string{plain("l: 70000\r\n", ""), plain("l: 1\r\n", "a")},
			0, nil,
		},
		"a huge length":       {plain("l: 1048577\r\n", "a"), []string{plain("l: 1048577\r\n", "")}, 0, errTooLong},
		"a length beyond all": {plain("l: 99999999999999999999\r\n", "a"), []string{plain("l: 99999999999999999999\r\n", "")}, 0, errBadLength},
		"endless header":      {plain(strings.Repeat("X: "+strings.Repeat("y", 100)+"\r\n", 700), ""), nil, 0, errTooLong},
		"endless start line":  {strings.Repeat("A", 9000), nil, 0, errNotSIP},
		"HTTP":                {"GET / HTTP/1.1\r\nHost: x\r\n\r\n", nil, 0, errNotSIP},
		"HTTP asking for SIP": {"GET /SIP/ HTTP/1.1\r\nHost: x\r\n\r\n", nil, 0, errNotSIP},
		"TLS":                 {"\x16\x03\x01\x02\x00\x01", nil, 0, errNotSIP},
		"zeroes":              {"\x00\x00\x00\x00", nil, 0, errNotSIP},
		"junk after one":      {plain("l: 0\r\n", "") + "\x80", []string{plain("l: 0\r\n", "")}, 0, errNotSIP},
		"a body that is longer": {
			plain("l: 1\r\n", "abc\r\n"), []string{plain("l: 1\r\n", "a")}, 0, errNotSIP,
		},
	} {
		t.Run(name, func(t *testing.T) {
			for size := 1; size <= max(len(c.stream), 1) && size < 600; size++ {
				got, pings, err := cut(c.stream, size)
				if strings.Join(got, "|") != strings.Join(c.want, "|") || pings != c.pings || c.err != nil && !errors.Is(err, c.err) || c.err == nil && err != nil {
					if errors.Is(c.err, errNotSIP) && len(got) == len(c.want) && err == nil {
						continue // an incomplete start line, which time cuts off
					}
					t.Fatalf("pieces of %d: %q, %d pings, %v", size, got, pings, err)
				}
			}
		})
	}
}

// TestWhatIsPassedOverIsPartOfAMessage: who sends it slowly is cut off as others are, and
// nothing of it is kept.
func TestWhatIsPassedOverIsPartOfAMessage(t *testing.T) {
	f := &framer{max: sipmsg.MaxMessage}
	put := func(s string) {
		for s != "" {
			n := copy(f.space(), s)
			f.fill(n)
			s = s[n:]
			if m, ping, err := f.next(); ping || err != nil || len(m) > 100 {
				t.Fatalf("%d octets, %v, %v", len(m), ping, err)
			}
		}
	}
	put(plain("l: 1048576\r\n", ""))
	for range 1048575 / 1023 {
		put(strings.Repeat("\r\n!", 341))
		if !f.partial() || cap(f.buf) > keptBuffer {
			t.Fatalf("partial %v, %d octets are held", f.partial(), cap(f.buf))
		}
	}
	put(strings.Repeat("!", 1048576%1023))
	if f.partial() {
		t.Error("it has no end")
	}
	put("\r\n")
}

func TestDoubleCRLFIsAPing(t *testing.T) {
	message := plain("l: 0\r\n", "")
	for stream, want := range map[string]int{
		"\r\n":                           0,
		"\r\n\r\n":                       1,
		"\r\r\n\r\n":                     1,
		"\r\n\n\r\n":                     0,
		"\r\n\r\n" + message:             1,
		message + "\r\n" + message:       0,
		"\r\n" + message + "\r\n":        0,
		message + "\r\n\r\n" + message:   1,
		"\r\n\r\n\r\n" + message:         1,
		message + "\r\n\r\n\r\n\r\n\r\n": 2,
	} {
		if _, pings, err := cut(stream, 1); pings != want || err != nil {
			t.Errorf("%q: %d pings, %v, want %d", stream, pings, err, want)
		}
	}
	// Those that came at once are answered by one.
	if _, pings, err := cut(strings.Repeat("\r\n\r\n", 100), 1000); pings != 1 || err != nil {
		t.Errorf("%d pings, %v", pings, err)
	}
}

func TestTheBufferGrowsWithWhatComesAndShrinks(t *testing.T) {
	f := &framer{max: sipmsg.MaxMessage}
	long := plain("l: 60000\r\n", strings.Repeat("a", 60000))
	for rest := long; rest != ""; {
		if limit := 2*(len(long)-len(rest)) + 2*smallBuffer; cap(f.buf) > limit {
			t.Fatalf("%d octets held for %d", cap(f.buf), len(long)-len(rest))
		}
		n := copy(f.space(), rest)
		f.fill(n)
		rest = rest[n:]
	}
	if m, _, err := f.next(); string(m) != long || err != nil {
		t.Fatalf("%d octets, %v", len(m), err)
	}
	if n := len(f.space()); n != smallBuffer {
		t.Errorf("%d octets are kept for an idle connection", n)
	}
}

// FuzzFramer holds the framer to the parser: what is handed up is one message
// to both, however the stream was cut.
func FuzzFramer(f *testing.F) {
	full := "Via: SIP/2.0/TCP x;branch=z9hG4bKa\r\nFrom: <sip:a@x>;tag=1\r\nTo: <sip:b@x>\r\nCall-ID: a\r\nCSeq: 1 OPTIONS\r\nMax-Forwards: 70\r\n"
	for _, seed := range []string{
		plain(full+"l: 0\r\n", ""), plain(full+"Content-Type: a/b\r\nl: 2\r\n", "ab") + plain(full, ""), "\r\n\r\n" + plain(full, "") + "\r\n",
		plain(full+"l: 1\r\nContent-Length: 2\r\n", "ab"), plain("Content-Length\r\n :\r\n 1\r\n", "a"), plain(" l: 3\r\n", "abc"),
		plain(full+"l: -5\r\n", ""), plain(full+"l: 99999\r\n", ""), plain(full+"c: a/b\r\n", "xyz"), "SIP/2.0 200 OK\n" + full + "l:0\n\n",
		plain(full+"Content-\x01Length: 5\r\n", ""), plain(full+"l: 0\r\nl:\r\n", ""), "GET / HTTP/1.1\r\n\r\n", "\x16\x03\x01",
	} {
		f.Add(seed, uint8(1), uint8(7))
	}
	parser := sipmsg.NewParser()
	f.Fuzz(func(t *testing.T, stream string, a, b uint8) {
		whole, _, err := cut(stream, 1<<20)
		pieces, _, errPieces := cut(stream, int(a)+1, int(b)+1)
		if strings.Join(whole, "\x00") != strings.Join(pieces, "\x00") || !errors.Is(errPieces, err) {
			t.Fatalf("whole %q %v, in pieces %q %v", whole, err, pieces, errPieces)
		}
		for i, raw := range whole {
			if len(raw) > sipmsg.MaxMessage {
				t.Fatalf("message of %d octets", len(raw))
			}
			m, perr := parser.Parse([]byte(raw))
			if perr != nil {
				continue
			}
			refusal := sipmsg.Validate(m, []byte(raw))
			if errors.Is(err, errBadLength) && i == len(whole)-1 && refusal == nil {
				t.Fatalf("%v, and yet sound: %q", err, raw)
			}
			if refusal == nil {
				agree(t, m, raw)
			}
		}
	})
}

// agree checks that a sound message is as long for its parser as for the framer.
func agree(t *testing.T, m sip.Message, raw string) {
	t.Helper()
	_, n, _ := strings.Cut(raw, "\r\n\r\n")
	if l := m.ContentLength(); l != nil && int(*l) != len(n) || l == nil && len(n) > 0 || len(m.Body()) != len(n) {
		t.Fatalf("the framer found a body of %d, the parser one of %d: %q", len(n), len(m.Body()), raw)
	}
}
