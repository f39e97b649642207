package sdp

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// Canonical names of video formats.
const (
	NameVP8  = "vp8"  // RFC 7741
	NameVP9  = "vp9"  // RFC 9628
	NameH264 = "h264" // RFC 6184
	NameAV1  = "av1"
	nameRTX  = "rtx" // RFC 4588
)

// videoClock is the RTP clock of every video format.
const videoClock = 90000

// IsVideo reports whether c is a video format that can be passed through.
func (c Codec) IsVideo() bool {
	switch c.Name {
	case NameVP8, NameVP9, NameH264, NameAV1, "h265", "h263", "h263-1998", "h263-2000":
		return c.Clock == videoClock
	}
	return false
}

// ForPeer returns a video format as another leg of the call is offered it: what
// the parameters say of the format, and no numbers.
func (c Codec) ForPeer() Codec {
	var kept []string
	for part := range strings.SplitSeq(c.Params, ";") {
		part = strings.TrimSpace(part)
		key, value, _ := strings.Cut(part, "=")
		if slices.Contains(passed[:], strings.ToLower(key)) && len(value) <= maxParameter {
			kept = append(kept, part)
		}
	}
	return Codec{Name: c.Name, Clock: c.Clock, Params: strings.Join(kept, ";")}
}

// maxParameter bounds one parameter that is passed on, in octets.
const maxParameter = 512

// passed are the parameters that describe a format (RFC 6184 §8.1, RFC 7741 §6.1,
// RFC 9628 §6.1, AV1 RTP §7.2.1).
var passed = [...]string{
	"profile-level-id", "packetization-mode", "level-asymmetry-allowed", "sprop-parameter-sets",
	"max-mbps", "max-smbps", "max-fs", "max-fr", "max-cpb", "max-dpb", "max-br",
	"profile-id", "level-idx", "profile", "tier", "level-id", "tier-flag", "tx-mode", "cif", "qcif",
}

// parameter returns the value of a parameter of a=fmtp.
func parameter(params, key string) string {
	for part := range strings.SplitSeq(params, ";") {
		name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		if strings.EqualFold(name, key) {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

// variant returns what of the parameters makes a format another one: both sides
// must agree on it (RFC 6184 §8.2.2, RFC 9628 §6.1.1).
func (c Codec) variant() string {
	switch c.Name {
	case NameH264:
		return h264Profile(c.Params) + "/" + cmp.Or(parameter(c.Params, "packetization-mode"), "0")
	case NameVP9:
		return cmp.Or(parameter(c.Params, "profile-id"), "0")
	case NameAV1:
		return cmp.Or(parameter(c.Params, "profile"), "0")
	case nameRTX:
		return parameter(c.Params, "apt")
	case NameAMR, NameAMRWB: // RFC 4867 §8.3.1: another layout of the payload
		if c.Param("octet-align") == "1" {
			return "octet-aligned"
		}
	}
	return ""
}

// Meets reports whether what one side sends as c the other can take as d: the same
// format; for H.264 baseline and constrained baseline count as one, since
// telephones say the first and send the second.
func (c Codec) Meets(d Codec) bool {
	if c.Matches(d) {
		return true
	}
	baseline := func(v string) string { return strings.Replace(v, "constrained-baseline", "baseline", 1) }
	return c.Name == NameH264 && d.Name == NameH264 && c.Clock == d.Clock &&
		baseline(c.variant()) == baseline(d.variant())
}

// find returns the place of the format of all that meets c, one that is the same
// before one that is near; -1 without.
func (c Codec) find(all []Codec) int {
	if i := slices.IndexFunc(all, c.Matches); i >= 0 {
		return i
	}
	return slices.IndexFunc(all, c.Meets)
}

// levelID is profile-level-id (RFC 6184 §8.1): profile_idc, profile-iop, level_idc.
type levelID struct{ profile, iop, level uint8 }

func readLevelID(params string) levelID {
	text := parameter(params, "profile-level-id")
	n, err := strconv.ParseUint(text, 16, 24)
	if err != nil || len(text) != 6 {
		return levelID{0x42, 0x00, 0x0a} // Baseline at level 1, where nothing is said
	}
	return levelID{uint8(n >> 16), uint8(n >> 8), uint8(n)}
}

// h264Profile returns the profile of H.264 parameters: RFC 6184 §8.1, table 5.
//
//	profile_idc  profile-iop  profile
//	42           x1xx0000     constrained baseline
//	4D           1xxx0000     constrained baseline
//	58           11xx0000     constrained baseline
//	42           x0xx0000     baseline
//	58           10xx0000     baseline
//	4D           0x0x0000     main
//	64           00000000     high
//	64           00001100     constrained high
func h264Profile(params string) string {
	id := readLevelID(params)
	switch {
	case id.profile == 0x42 && id.iop&0x4f == 0x40, id.profile == 0x4d && id.iop&0x8f == 0x80,
		id.profile == 0x58 && id.iop&0xcf == 0xc0:
		return "constrained-baseline"
	case id.profile == 0x42 && id.iop&0x4f == 0, id.profile == 0x58 && id.iop&0xcf == 0x80:
		return "baseline"
	case id.profile == 0x4d && id.iop&0xaf == 0:
		return "main"
	case id.profile == 0x64 && id.iop == 0:
		return "high"
	case id.profile == 0x64 && id.iop == 0x0c:
		return "constrained-high"
	}
	return strconv.FormatUint(uint64(id.profile)<<8|uint64(id.iop), 16)
}

// answerParams returns the parameters of our answer: ours, with the profile as it was
// offered; the level is ours where both allow another one than theirs, else the
// lower of the two (RFC 6184 §8.2.2).
func answerParams(ours, theirs Codec) string {
	if ours.Name != NameH264 {
		return ours.Params
	}
	own, offered := readLevelID(ours.Params), readLevelID(theirs.Params)
	asymmetric := parameter(ours.Params, "level-asymmetry-allowed") == "1" && parameter(theirs.Params, "level-asymmetry-allowed") == "1"
	level := own.level
	if !asymmetric {
		level = min(own.level, offered.level)
	}
	id := uint64(offered.profile)<<16 | uint64(offered.iop)<<8 | uint64(level)
	kept := []string{"profile-level-id=" + leftPad(strconv.FormatUint(id, 16), 6)}
	for part := range strings.SplitSeq(ours.Params, ";") {
		key, _, _ := strings.Cut(strings.TrimSpace(part), "=")
		if key != "" && !strings.EqualFold(key, "profile-level-id") {
			kept = append(kept, strings.TrimSpace(part))
		}
	}
	return strings.Join(kept, ";")
}

func leftPad(s string, n int) string { return strings.Repeat("0", max(0, n-len(s))) + s }
