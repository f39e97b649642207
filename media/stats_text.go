package media

import (
	"fmt"
	"strings"
	"time"
)

// String says in one line, for people, how the media has gone:
//
//	opus/48000 -> pcmu/8000 transcoded; heard 1502 packets, 0.2 % lost, jitter 3 ms, level -24 dBFS (loudest -11), MOS 4.3;
//	sent 1498, 0.0 % lost, jitter 5 ms, MOS 4.4; round trip 31 ms; AEAD_AES_128_GCM by DTLS with 203.0.113.9:51234
func (s Stats) String() string {
	var parts []string
	if s.Chain != "" {
		parts = append(parts, s.Chain)
	}
	parts = append(parts, s.Received.words(), s.Sent.words())
	if s.RoundTrip > 0 {
		parts = append(parts, "round trip "+inMS(s.RoundTrip))
	}
	if f := s.Far; f != nil && f.MOSConversing > 0 {
		parts = append(parts, fmt.Sprintf("it says MOS %.1f", f.MOSConversing))
	}
	for _, v := range s.Video {
		parts = append(parts, v.String())
	}
	return strings.Join(append(parts, s.Way.String()), "; ")
}

func (r *Received) words() string {
	var b strings.Builder
	fmt.Fprintf(&b, "heard %d packets", r.Packets)
	if r.Packets == 0 {
		return b.String()
	}
	fmt.Fprintf(&b, ", %s lost, jitter %s", percentOf(r.Lost, int64(r.Packets)+max(r.Lost, 0)), inMS(r.Jitter))
	for _, c := range []struct {
		n    uint64
		what string
	}{
		{r.Late, "late"}, {r.Concealed, "concealed"}, {r.Recovered, "recovered"}, {r.Dropped, "dropped"}, {r.Refused, "refused"}, {r.Flooded, "beyond what is taken"}, {r.RTCPMalformed, "reports malformed"},
	} {
		if c.n > 0 {
			fmt.Fprintf(&b, ", %d %s", c.n, c.what)
		}
	}
	b.WriteString(r.Quality.words())
	if !r.Bye.IsZero() {
		b.WriteString(", ended by RTCP BYE")
	}
	return b.String()
}

func (s *Sent) words() string {
	text := fmt.Sprintf("sent %d", s.Packets)
	if s.Reported {
		text += fmt.Sprintf(", %s lost, jitter %s", percentOf(s.Lost, int64(s.Packets)), inMS(s.Jitter))
	}
	return text + s.Quality.words()
}

func (q Quality) words() string {
	var text string
	if q.Level != 0 {
		text = fmt.Sprintf(", level %d dBFS (loudest %d)", q.Level, q.Loudest)
	}
	if q.MOS > 0 {
		text += fmt.Sprintf(", MOS %.1f", q.MOS)
	}
	return text
}

// String names the far end and what secures the way to it.
func (w Way) String() string {
	text := "not encrypted"
	if w.Profile != "" {
		text = w.Profile + " by " + w.Keys
	}
	if w.Remote.IsValid() {
		text += ", with " + w.Remote.String()
	}
	for _, c := range []struct {
		n    uint64
		what string
	}{{w.Unauthentic, "not authentic"}, {w.Replayed, "replayed"}, {w.Strangers, "of strangers"}} {
		if c.n > 0 {
			text += fmt.Sprintf(", %d %s", c.n, c.what)
		}
	}
	return text
}

func percentOf(part, whole int64) string {
	if whole <= 0 || part <= 0 {
		return "0.0 %"
	}
	return fmt.Sprintf("%.1f %%", min(100*float64(part)/float64(whole), 100))
}

func inMS(d time.Duration) string {
	return fmt.Sprintf("%.0f ms", float64(d)/float64(time.Millisecond))
}
