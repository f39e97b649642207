package fakeua

import (
	"fmt"
	"strings"

	"github.com/tandemgw/tandem/signaling/flow"
)

// Description is a session description of a user agent's.
type Description struct {
	// Direction is written as a=; empty means sendrecv.
	Direction string
	// Version is the o= line's; zero means 1.
	Version int
	// Codecs are canonical names in order; nil means those of its kind.
	Codecs []string
	// Port is where it receives; zero means 40000.
	Port int
	// Setup is the DTLS role of a browser: actpass in offers, active in answers.
	Setup string
}

var payloads = map[string]string{"pcmu": "0 PCMU/8000", "pcma": "8 PCMA/8000", "opus": "111 opus/48000/2", "g722": "9 G722/8000", "g729": "18 G729/8000", "made-up": "97 made-up/8000"}

// Describe writes a session description: plain RTP for a phone, what Chromium
// says for a browser.
func (u *UA) Describe(d Description) string {
	if d.Direction == "" {
		d.Direction = "sendrecv"
	}
	if d.Port == 0 {
		d.Port = 40000
	}
	browser := u.Flow().Kind() == flow.WSS
	if d.Codecs == nil {
		d.Codecs = u.Codecs
	}
	if d.Codecs == nil {
		d.Codecs = []string{"pcmu", "pcma"}
		if browser {
			d.Codecs = []string{"opus", "pcmu", "pcma"}
		}
	}
	if browser {
		return u.webRTC(d)
	}
	return u.plain(d)
}

func (u *UA) codecLines(d Description) (numbers []string, out string) {
	for _, name := range d.Codecs {
		number, _, _ := strings.Cut(payloads[name], " ")
		numbers = append(numbers, number)
		out += "a=rtpmap:" + payloads[name] + "\r\n"
	}
	return append(numbers, "101"), out + "a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-16\r\n"
}

func (u *UA) plain(d Description) string {
	numbers, rtpmaps := u.codecLines(d)
	ip := u.Flow().Local().Addr()
	return fmt.Sprintf("v=0\r\no=%s 4711 %d IN IP4 %s\r\ns=call\r\nc=IN IP4 %s\r\nt=0 0\r\nm=audio %d RTP/AVP %s\r\n%sa=%s\r\n",
		u.User, max(d.Version, 1), ip, ip, d.Port, strings.Join(numbers, " "), rtpmaps, d.Direction)
}

// Fingerprint, Ufrag and SSRC are what browsers of this package say of themselves.
const (
	Fingerprint = "sha-256 7C:5B:93:11:0E:44:9E:88:0F:3C:71:BE:A6:2D:57:40:19:E2:33:84:C5:9A:6B:0D:F8:21:7E:4A:90:BC:D3:65"
	Ufrag       = "4mKx"
	SSRC        = "1563423977"
)

func (u *UA) webRTC(d Description) string {
	numbers, rtpmaps := u.codecLines(d)
	if d.Setup == "" {
		d.Setup = "actpass"
	}
	return strings.Join([]string{
		"v=0", fmt.Sprintf("o=- 4611731400430051336 %d IN IP4 127.0.0.1", max(d.Version, 2)), "s=-", "t=0 0",
		"a=group:BUNDLE 0", "a=extmap-allow-mixed", "a=msid-semantic: WMS stream",
		"m=audio 54609 UDP/TLS/RTP/SAVPF " + strings.Join(numbers, " "), "c=IN IP4 203.0.113.20", "a=rtcp:9 IN IP4 0.0.0.0",
		"a=candidate:3023724151 1 udp 2122194687 7a1dd4ff-b4a2-4ad5-9a5c-3c1f0a3f6d26.local 54609 typ host generation 0 network-id 1",
		"a=ice-ufrag:" + Ufrag, "a=ice-pwd:p0vBmQeYB8WKFVy2rEcGzT3a", "a=ice-options:trickle",
		"a=fingerprint:" + Fingerprint, "a=setup:" + d.Setup, "a=mid:0", "a=" + d.Direction, "a=msid:stream track",
		"a=rtcp-mux", "a=rtcp-rsize", strings.TrimSuffix(rtpmaps, "\r\n"), "a=ssrc:" + SSRC + " cname:Qm3b5vA0xJ8kYw2P", "",
	}, "\r\n")
}
