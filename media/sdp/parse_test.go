package sdp

import (
	"errors"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseKeepsWhatItDoesNotKnow(t *testing.T) {
	const in = "v=0\no=A. G. Bell 1 two IN IP4 192.0.2.1\na=tool:x\nb=AS:64\nno line\nt=1 2\nr=3 4\nt=5 6\ny=7\n" +
		"m=audio 4000/2 RTP/AVP 0\na=ptime:20\nc=IN IP4 192.0.2.1\nf=q\nm=chat 9 TCP/MSRP *\n"
	want := &Description{
		Version: "0",
		Origin:  Origin{User: "A. G. Bell", ID: "1", Version: "two", NetType: "IN", AddrType: "IP4", Address: "192.0.2.1"},
		Lines: []Line{
			{'a', "tool:x"}, {'b', "AS:64"}, {0, "no line"}, {'t', "1 2"}, {'r', "3 4"}, {'t', "5 6"}, {'y', "7"},
		},
		Media: []Media{
			{
				Kind: "audio", Port: 4000, PortCount: 2, Proto: "RTP/AVP", Formats: []string{"0"},
				Lines: []Line{{'a', "ptime:20"}, {'c', "IN IP4 192.0.2.1"}, {'f', "q"}},
			},
			{Kind: "chat", Port: 9, Proto: "TCP/MSRP", Formats: []string{"*"}},
		},
	}
	got := must(Parse([]byte(in)))(t)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Parse (-want +got):\n%s", diff)
	}
	const out = "v=0\no=A. G. Bell 1 two IN IP4 192.0.2.1\ns=-\nb=AS:64\nt=1 2\nr=3 4\nt=5 6\na=tool:x\nno line\ny=7\n" +
		"m=audio 4000/2 RTP/AVP 0\nc=IN IP4 192.0.2.1\na=ptime:20\nf=q\nm=chat 9 TCP/MSRP *\n"
	if diff := cmp.Diff(out, strings.ReplaceAll(string(got.Marshal()), "\r\n", "\n")); diff != "" {
		t.Errorf("Marshal (-want +got):\n%s", diff)
	}
}

func TestParseErrorsNameTheLine(t *testing.T) {
	const head = "v=0\no=- 1 1 IN IP4 192.0.2.1\ns=-\n"
	tests := map[string]struct {
		in   string
		line int
	}{
		"empty":                {"", 0},
		"only blanks and NULs": {" \r\n\r\n\x00\x00", 0},
		"too long":             {head + strings.Repeat("a=x\n", MaxSize/4), 0},
		"not v=":               {"o=- 1 1 IN IP4 192.0.2.1", 1},
		"NUL inside":           {head + "a=x\x00y\n", 4},
		"long line":            {head + "a=" + strings.Repeat("x", MaxLineLength) + "\n", 4},
		"many lines":           {head + strings.Repeat("a=x\n", MaxLines), MaxLines + 1},
		"many m-lines":         {head + strings.Repeat("m=audio 0 RTP/AVP 0\n", MaxMedia+1), 3 + MaxMedia + 1},
		"many formats":         {head + "m=audio 1 RTP/AVP" + strings.Repeat(" 0", MaxFormats+1), 4},
		"short m=":             {head + "m=audio 4000", 4},
		"negative port":        {head + "m=audio -1 RTP/AVP 0", 4},
		"large port":           {head + "m=audio 65536 RTP/AVP 0", 4},
		"count of 0":           {head + "m=audio 4000/0 RTP/AVP 0", 4},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := Parse([]byte(tt.in))
			var wrong *ParseError
			if !errors.As(err, &wrong) || wrong.Line != tt.line {
				t.Fatalf("error %v, want one in line %d", err, tt.line)
			}
			_, err = NewSession(SessionConfig{}).ReceiveOffer([]byte(tt.in))
			checkRefusal(t, err)
			wantStatus(t, err, 400)
			if !errors.As(err, &wrong) {
				t.Errorf("the refusal hides its cause: %v", err)
			}
		})
	}
}

func TestLargeDescriptionsWithinTheLimits(t *testing.T) {
	var b strings.Builder
	b.WriteString("v=0\ns=-\nc=IN IP4 192.0.2.1\nm=audio 4000 RTP/AVP 0\n")
	for i := range MaxLines - 4 {
		b.WriteString("a=ssrc:" + strconv.Itoa(i) + "\n")
	}
	r := must(NewSession(SessionConfig{}).ReceiveOffer([]byte(b.String())))(t)
	if len(r.SSRCs) != maxSSRCs {
		t.Errorf("%d SSRCs, want the first %d", len(r.SSRCs), maxSSRCs)
	}
}

// BenchmarkHostileOffer is about the dearest offer that the limits let through:
// each m-line has to be looked up in a BUNDLE group behind 4000 other lines.
func BenchmarkHostileOffer(b *testing.B) {
	var sb strings.Builder
	sb.WriteString("v=0\n")
	for range MaxLines - 3*MaxMedia - 2 {
		sb.WriteString("a=GROUP:X\n")
	}
	sb.WriteString("a=group:BUNDLE")
	for i := range MaxMedia {
		sb.WriteString(" " + strconv.Itoa(i))
	}
	sb.WriteString("\n")
	for i := range MaxMedia {
		port := strconv.Itoa(1 - min(i, 1))
		sb.WriteString("m=audio " + port + " UDP/TLS/RTP/SAVP 0\na=bundle-only\na=mid:" + strconv.Itoa(i) + "\n")
	}
	offer := []byte(sb.String())
	for b.Loop() {
		if _, err := NewSession(SessionConfig{}).ReceiveOffer(offer); err == nil {
			b.Fatal("taken")
		}
	}
}

func BenchmarkAnswerBrowser(b *testing.B) {
	steps := parseSteps(b, readFile(b, "testdata/exchange/chromium-audio.sdp"))
	offer := toCRLF(steps[0].in)
	l := webLocal()
	b.ReportAllocs()
	for b.Loop() {
		s := NewSession(SessionConfig{})
		if _, err := s.ReceiveOffer(offer); err != nil {
			b.Fatal(err)
		}
		if _, _, err := s.Answer(l); err != nil {
			b.Fatal(err)
		}
	}
}
