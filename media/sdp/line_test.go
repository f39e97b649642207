package sdp

// testLine adds the line that a word of a golden stands for.
func testLine(lines []LocalLine, word string) []LocalLine {
	all := []Codec{
		{Name: NameVP8, Clock: 90000},
		{Name: NameVP9, Clock: 90000, Params: "profile-id=0"},
		{Name: NameH264, Clock: 90000, Params: "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f"},
		{Name: NameAV1, Clock: 90000, Params: "level-idx=5;profile=0;tier=0"},
	}
	video := LocalLine{
		Kind: KindVideo, Codecs: all, Feedback: NACK | PLI | FIR | REMB,
		SSRC: 1000, RTXSSRC: 1001, Port: 40010, RTCPPort: 40011,
	}
	last := len(lines) - 1
	switch word {
	case "video":
		return append(lines, video)
	case "screen":
		video.Number, video.Content = 1, "slides"
		video.SSRC, video.RTXSSRC, video.Port, video.RTCPPort = 2000, 2001, 40020, 40021
		return append(lines, video)
	case "vp8":
		lines[last].Codecs = all[:1]
	case "h264":
		lines[last].Codecs = all[2:3]
	case "av1":
		lines[last].Codecs = all[3:4]
	case "turns":
		lines[last].Orientation = true
	case "norepeat":
		lines[last].RTXSSRC = 0
	case "fax":
		return append(lines, LocalLine{
			Kind: KindImage, Port: 40030, Proto: "udptl", Formats: []string{"t38"},
			Attributes: []string{"T38FaxVersion:0", "T38MaxBitRate:14400"},
		})
	}
	return lines
}
