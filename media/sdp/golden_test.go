package sdp

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the answers of testdata/exchange anew")

// step is one step of a golden exchange: words say what is done, in is the far
// side's description, out what came of it.
//
//	# a comment
//	# answer: plain pcma pcmu events sendonly
//	v=0 ...
//	----
//	v=0 ...
//	====
type step struct {
	header []string
	words  []string
	in     string
	out    string
}

func (s step) String() string {
	return strings.Join(s.header, "") + s.in + "----\n" + s.out
}

func parseSteps(t testing.TB, text string) []step {
	var steps []step
	for block := range strings.SplitSeq(text, "====\n") {
		var s step
		for strings.HasPrefix(block, "#") {
			line, rest, _ := strings.Cut(block, "\n")
			s.header = append(s.header, line+"\n")
			for _, verb := range []string{"answer", "offer", "conclude"} {
				if strings.HasPrefix(line, "# "+verb+":") || line == "# "+verb {
					s.words = strings.Fields(strings.Replace(line[2:], ":", "", 1))
				}
			}
			block = rest
		}
		if len(s.words) == 0 {
			t.Fatalf("step without a verb: %q", block)
		}
		s.in, s.out, _ = strings.Cut(block, "----\n")
		steps = append(steps, s)
	}
	return steps
}

// local makes the Local that a step's words describe.
func (s step) local() Local {
	l := plainLocal()
	if slices.Contains(s.words, "webrtc") {
		l = webLocal()
	}
	l.Codecs, l.Events = nil, false
	for _, w := range s.words[1:] {
		switch w {
		case "plain", "webrtc":
		case "events":
			l.Events = true
		case "sendonly":
			l.Direction = SendOnly
		case "passive":
			l.Setup = Passive
		case "newice":
			l.ICE.Ufrag, l.ICE.Pwd = "NewU", "NewPasswordOfTwentyTwo+"
		case "video", "screen", "fax", "vp8", "h264", "av1", "norepeat", "turns":
			l.Lines = testLine(l.Lines, w)
		case "noaudio":
			l.NoAudio = true
		default:
			l.Codecs = append(l.Codecs, map[string]Codec{"opus": Opus(), "pcmu": PCMU(), "pcma": PCMA()}[w])
		}
	}
	return l
}

// play does a step; wire turns the step's description into what is received.
func (s step) play(session *Session, wire func(string) []byte) string {
	switch s.words[0] {
	case "offer":
		b, err := session.Offer(s.local())
		if err != nil {
			return describeError(err)
		}
		return string(b)
	case "conclude":
		stream, err := session.ReceiveAnswer(wire(s.in))
		if err != nil {
			return describeError(err)
		}
		return describe(stream)
	}
	if _, err := session.ReceiveOffer(wire(s.in)); err != nil {
		return describeError(err)
	}
	b, stream, err := session.Answer(s.local())
	if err != nil {
		session.Rollback()
		return describeError(err)
	}
	return string(b) + "----\n" + describe(stream)
}

func describeError(err error) string {
	var refusal *NegotiationError
	if !errors.As(err, &refusal) {
		return "error " + err.Error() + "\n"
	}
	return fmt.Sprintf("%d\nWarning: %d tandem \"%s\"\n", refusal.Status, refusal.Warning, refusal.Text)
}

// describe writes a Stream in lines that can be read.
func describe(s *Stream) string {
	var b strings.Builder
	r := s.Remote
	line := func(key string, values ...any) {
		text := strings.TrimSpace(strings.TrimSuffix(fmt.Sprintln(values...), "\n"))
		if text != "" && text != "[]" && text != "false" {
			fmt.Fprintf(&b, "%s: %s\n", key, text)
		}
	}
	codec := func(c Codec) string {
		if c.IsZero() {
			return ""
		}
		return strings.TrimSpace(fmt.Sprintf("%d=%s %s", c.PayloadType, c, c.Params))
	}
	codecs := func(cs []Codec) string {
		var all []string
		for _, c := range cs {
			all = append(all, codec(c))
		}
		return strings.Join(all, ", ")
	}
	line("direction", s.Direction)
	line("send", codec(s.Send))
	line("receive", codecs(s.Receive))
	line("send event", codec(s.SendEvent))
	line("receive events", codecs(s.ReceiveEvents))
	line("rtcp-mux", s.RTCPMux)
	line("ptime", s.PTime)
	line("setup", s.Setup)
	line("remote", r.Profile, "m-line", r.Index, "mid", r.MID, r.Direction, "held", r.Held, "disabled", r.Disabled)
	line("remote codecs", codecs(r.Codecs))
	line("remote cn", codecs(r.ComfortNoise))
	if r.RTP.IsValid() {
		line("remote address", r.RTP, "rtcp", r.RTCP)
	}
	if r.ICE != nil {
		line("remote ice", fmt.Sprintf("%+v", *r.ICE))
	}
	line("remote fingerprints", r.Fingerprints)
	line("remote setup", r.Setup)
	line("remote ssrcs", r.SSRCs)
	line("changes", "restart", r.ICERestart, "fingerprint", r.NewFingerprint, "unchanged", r.Unchanged)
	line("others", r.Others)
	for _, l := range r.Lines {
		line("offered line", l.Kind, l.Number, "m-line", l.Index, "mid", l.MID, l.Direction, "held", l.Held, l.RTP, l.RTCP, "ssrcs", l.SSRCs, "rtx", l.RTXSSRCs, l.Content)
		for _, c := range l.Codecs {
			line("  codec", codec(c), c.Feedback.names(), "rtx", c.RTX)
		}
	}
	for _, l := range s.Lines {
		line("line", l.Kind, l.Number, "m-line", l.Index, l.Direction, "mux", l.RTCPMux)
		if l.Orientation != 0 {
			line("  orientation", l.Orientation)
		}
		line("  send", codec(l.Send), l.Send.Feedback.names(), "rtx", l.Send.RTX)
		for _, c := range l.Receive {
			line("  receive", codec(c), c.Feedback.names(), "rtx", c.RTX)
		}
	}
	return b.String()
}

func toCRLF(text string) []byte { return []byte(strings.ReplaceAll(text, "\n", "\r\n")) }

func corpus(t testing.TB) []string {
	files, err := filepath.Glob("testdata/exchange/*.sdp")
	if err != nil || len(files) == 0 {
		t.Fatalf("no exchanges: %v", err)
	}
	return files
}

func readFile(t testing.TB, name string) string {
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestExchanges(t *testing.T) {
	for _, file := range corpus(t) {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".sdp"), func(t *testing.T) {
			text := readFile(t, file)
			session := NewSession(SessionConfig{SessionID: 20518})
			var blocks []string
			for _, s := range parseSteps(t, text) {
				s.out = strings.ReplaceAll(s.play(session, toCRLF), "\r\n", "\n")
				blocks = append(blocks, s.String())
			}
			got := strings.Join(blocks, "====\n")
			if *update {
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if diff := cmp.Diff(text, got); diff != "" {
				t.Errorf("exchange (-want +got):\n%s", diff)
			}
		})
	}
}

// TestLineEndsDoNotMatter plays the corpus as sloppy stacks would send it.
func TestLineEndsDoNotMatter(t *testing.T) {
	wires := map[string]func(string) []byte{
		"lf only":          func(s string) []byte { return []byte(s) },
		"cr only":          func(s string) []byte { return []byte(strings.ReplaceAll(s, "\n", "\r")) },
		"no final newline": func(s string) []byte { return toCRLF(strings.TrimSuffix(s, "\n")) },
		"trailing nuls":    func(s string) []byte { return append(toCRLF(s), 0, 0, 0) },
		"blank lines":      func(s string) []byte { return toCRLF("\n\n" + s + "\n\n\n") },
		"trailing blanks":  func(s string) []byte { return []byte(strings.ReplaceAll(s, "\n", " \t\r\n")) },
	}
	for name, wire := range wires {
		t.Run(name, func(t *testing.T) {
			for _, file := range corpus(t) {
				a, b := NewSession(SessionConfig{}), NewSession(SessionConfig{})
				for i, s := range parseSteps(t, readFile(t, file)) {
					if got, want := s.play(a, wire), s.play(b, toCRLF); got != want {
						t.Errorf("%s step %d: %s", file, i, cmp.Diff(want, got))
					}
				}
			}
		})
	}
}
