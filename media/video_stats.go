package media

import (
	"fmt"
	"time"
)

// VideoStats says how one line of video has gone so far.
type VideoStats struct {
	Number         int    // 0 is the camera, 1 mostly a screen
	Codec          string // what the far end sends, e.g. "VP8/90000"; empty when the line is off
	Received, Sent uint64 // packets
	Lost           int64  // of those received, RFC 3550 A.3
	Percent        int    // of those sent, as the far end reports it
	Refused        uint64 // not agreed
	Flooded        uint64 // RTP and RTCP beyond what anybody sends who means well
	Repeated       uint64 // sent once more (NACK)
	Asked          uint64 // whole pictures asked of the far end
}

// videoStats are those of the lines that were ever used.
func (ep *Endpoint) videoStats() []VideoStats {
	ep.engine.mu.Lock()
	lines := ep.video
	ep.engine.mu.Unlock()
	var all []VideoStats
	for _, v := range lines {
		if v == nil {
			continue
		}
		var in Stats
		v.in.stats(&in, func(int64) time.Time { return time.Time{} })
		_, sent, _, _ := v.out.now(0)
		s := VideoStats{
			Number: v.number, Received: in.Received.Packets, Lost: in.Received.Lost, Sent: uint64(sent), Percent: in.Sent.Percent,
			Refused: v.counts.refused.Load(), Flooded: v.counts.flooded.Load(), Repeated: v.counts.repeated.Load(), Asked: v.counts.asked.Load(),
		}
		if t := v.terms.Load(); t != nil && len(t.takes) > 0 {
			s.Codec = t.takes[0].String()
		}
		if s.Received+s.Sent > 0 {
			all = append(all, s)
		}
	}
	return all
}

// String says it for people.
func (s VideoStats) String() string {
	text := fmt.Sprintf("video %s: seen %d packets, %s lost; shown %d", s.Codec, s.Received, percentOf(s.Lost, int64(s.Received)+max(s.Lost, 0)), s.Sent)
	if s.Repeated > 0 {
		text += fmt.Sprintf(", %d repeated", s.Repeated)
	}
	if s.Asked > 0 {
		text += fmt.Sprintf(", whole pictures asked for: %d", s.Asked)
	}
	return text
}
