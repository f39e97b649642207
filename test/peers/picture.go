package peers

import (
	"encoding/json"
	"fmt"
	"time"
)

// Picture is what a browser says of a video that arrives.
type Picture struct {
	MID                   string
	Codec                 string // such as "video/vp8"
	Frames, Width, Height int
	Lost, PLIs, NACKs     int
	Bytes, Keys           int
}

// Show is how a browser sends a picture. Zero sizes are its own choice.
type Show struct {
	Width  int    `json:"width,omitempty"`
	Height int    `json:"height,omitempty"`
	Codec  string `json:"codec,omitempty"` // only this one: "vp8", "h264"
}

func (s Show) String() string {
	b, _ := json.Marshal(s)
	return string(b)
}

// The acts of somebody with a camera: calls and answers with a picture, puts one
// into a call, takes the newest out again.
func (p *WebPeer) Seen(uri string, s Show) { p.Do(fmt.Sprintf("peer.seen(%q, %s)", uri, s)) }
func (p *WebPeer) Show(s Show)             { p.Do(fmt.Sprintf("peer.show(%s)", s)) }
func (p *WebPeer) Add(s Show)              { p.Do(fmt.Sprintf("peer.add(%s)", s)) }
func (p *WebPeer) Take()                   { p.Do("peer.take()") }

// Pictures are the videos that arrive.
func (p *WebPeer) Pictures() []Picture { return Eval[[]Picture](p.Tab, "peer.pictures()") }

// Watch waits until the browser has decoded more frames of its nth video, from 0.
func (p *WebPeer) Watch(n, more int, within time.Duration) Picture {
	p.t.Helper()
	deadline := time.After(within)
	first := -1
	for {
		all := p.Pictures()
		if n < len(all) {
			if first < 0 {
				first = all[n].Frames
			}
			if all[n].Frames >= first+more && all[n].Width > 0 {
				return all[n]
			}
		}
		select {
		case <-deadline:
			p.t.Fatalf("%d frames more were not seen of video %d within %v: %+v", more, n, within, all)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// Rate is what the browser thinks that it may send, in bit/s.
func (p *WebPeer) Rate() float64 { return Eval[float64](p.Tab, "peer.rate()") }
