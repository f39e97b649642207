package rtcpmsg

import (
	"encoding/binary"
	"time"
)

const (
	xr = 207
	// Blocks of an extended report (RFC 3611 §4).
	xrReferenceTime = 4
	xrDelay         = 5
	xrVoIP          = 7
	// maxExtended is the longest extended report of ours.
	maxExtended = 8 + 12 + 16 + 36
	// fullScale is our 0 dBFS in dBm0: a sine of full scale, -3 dBFS, is 3.14 dBm0
	// (ITU-T G.711 §5), which levels are told in (§4.7.4).
	fullScale = 6
	// Unavailable is what a block says of what it does not know (§4.7).
	Unavailable = 127
)

// Extended is an extended report of ours (RFC 3611). It is sent only to a far end
// that speaks of them itself.
type Extended struct {
	Reference uint64 // NTP time, for who sends nothing and wants to know the round trip; 0 = none
	Delay     *DelayAnswer
	Voice     *VoiceMetrics
}

// DelayAnswer answers a reference time block (RFC 3611 §4.5).
type DelayAnswer struct{ SSRC, Last, Since uint32 }

// VoiceMetrics is a VoIP metrics block (RFC 3611 §4.7).
type VoiceMetrics struct {
	SSRC             uint32
	LossRate         uint8 // 1/256, as the next
	DiscardRate      uint8
	Spread           Spread
	RoundTrip, Delay uint16 // ms
	Level            int    // dBFS, 0 unknown
	R                uint8  // Unavailable where unknown, as what follows
	ExtR             uint8
	Listening        uint8 // MOS times ten
	Conversing       uint8
	Buffer           uint16 // ms
}

// append writes the report behind b; without blocks it writes nothing.
func (x *Extended) append(b []byte, ssrc uint32) []byte {
	if x == nil || x.Reference == 0 && x.Delay == nil && x.Voice == nil {
		return b
	}
	be := binary.BigEndian
	begin := len(b)
	b = be.AppendUint32(b, 2<<30|xr<<16)
	b = be.AppendUint32(b, ssrc)
	if x.Reference != 0 {
		b = be.AppendUint32(b, xrReferenceTime<<24|2)
		b = be.AppendUint64(b, x.Reference)
	}
	if d := x.Delay; d != nil {
		b = be.AppendUint32(b, xrDelay<<24|3)
		b = be.AppendUint32(b, d.SSRC)
		b = be.AppendUint32(b, d.Last)
		b = be.AppendUint32(b, d.Since)
	}
	if x.Voice != nil {
		b = x.Voice.append(b)
	}
	be.PutUint16(b[begin+2:], uint16((len(b)-begin)/4-1))
	return b
}

//	0                   1                   2                   3
//
// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
// |     BT=7      |   reserved    |       block length = 8        |
// |                        SSRC of source                         |
// |   loss rate   | discard rate  | burst density |  gap density  |
// |       burst duration          |         gap duration          |
// |     round trip delay          |       end system delay        |
// | signal level  |  noise level  |     RERL      |     Gmin      |
// |   R factor    | ext. R factor |    MOS-LQ     |    MOS-CQ     |
// |   RX config   |   reserved    |          JB nominal           |
// |          JB maximum           |          JB abs max           |
// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
func (v *VoiceMetrics) append(b []byte) []byte {
	const (
		adaptiveStandard = 2<<6 | 3<<4 // concealment: enhanced; buffer: adaptive
		absoluteMax      = 200
	)
	be := binary.BigEndian
	b = be.AppendUint32(b, xrVoIP<<24|8)
	b = be.AppendUint32(b, v.SSRC)
	b = append(b, v.LossRate, v.DiscardRate, v.Spread.BurstDensity, v.Spread.GapDensity)
	b = be.AppendUint16(b, v.Spread.BurstMS)
	b = be.AppendUint16(b, v.Spread.GapMS)
	b = be.AppendUint16(b, v.RoundTrip)
	b = be.AppendUint16(b, v.Delay)
	level := uint8(Unavailable)
	if v.Level != 0 {
		level = uint8(int8(max(v.Level, -126) + fullScale))
	}
	b = append(b, level, Unavailable, Unavailable, Gmin)
	b = append(b, v.R, v.ExtR, v.Listening, v.Conversing)
	b = append(b, adaptiveStandard, 0)
	b = be.AppendUint16(b, v.Buffer)
	b = be.AppendUint16(b, max(v.Buffer, 60))
	return be.AppendUint16(b, absoluteMax)
}

// HeardExtended is what an extended report of a leg says to us.
type HeardExtended struct {
	Any       bool
	Reference bool
	From      uint32 // whose reference time it is
	NTP       uint32 // the middle of it
	Delay     bool   // it answers a reference time of ours
	Last      uint32
	Since     uint32
	Heard     bool    // it says how what we send sounds
	Voice     Quality // that
}

// readExtended reads the blocks behind the header of an extended report for the
// source ssrc. Unknown blocks are stepped over (RFC 3611 §3); false means that a
// block is malformed.
func (x *HeardExtended) read(p []byte, ssrc uint32) bool {
	be := binary.BigEndian
	if len(p) < 4 {
		return false
	}
	x.Any = true
	from := be.Uint32(p)
	for p = p[4:]; len(p) > 0; {
		if len(p) < 4 {
			return false
		}
		kind, size := p[0], 4+4*int(be.Uint16(p[2:]))
		if size > len(p) {
			return false
		}
		block := p[4:size]
		p = p[size:]
		switch {
		case kind == xrReferenceTime && len(block) == 8:
			x.Reference, x.From, x.NTP = true, from, be.Uint32(block[2:])
		case kind == xrDelay:
			for ; len(block) >= 12; block = block[12:] {
				if be.Uint32(block) == ssrc {
					x.Delay, x.Last, x.Since = true, be.Uint32(block[4:]), be.Uint32(block[8:])
				}
			}
		case kind == xrVoIP && len(block) == 32 && be.Uint32(block) == ssrc:
			x.Heard, x.Voice = true, readVoice(block)
		}
	}
	return true
}

// readVoice reads a VoIP metrics block of the right length.
func readVoice(b []byte) Quality {
	be := binary.BigEndian
	q := Quality{
		LossPercent: Percent(b[4]), DiscardPercent: Percent(b[5]),
		BurstDensity: Percent(b[6]), Burst: time.Duration(be.Uint16(b[8:])) * time.Millisecond,
		EndDelay: time.Duration(be.Uint16(b[14:])) * time.Millisecond,
		Buffer:   time.Duration(be.Uint16(b[26:])) * time.Millisecond,
	}
	if level := int8(b[16]); level != Unavailable && level < fullScale {
		q.Level = int(level) - fullScale
	}
	if b[20] <= 100 {
		q.R = int(b[20])
	}
	score := func(tenths byte) float64 {
		if tenths < 10 || tenths > 50 {
			return 0
		}
		return float64(tenths) / 10
	}
	q.MOSListening, q.MOSConversing = score(b[22]), score(b[23])
	return q
}

// Quality is what a far end says of the sound that it gets from us, in a VoIP
// metrics block (RFC 3611 §4.7). What it does not say is 0.
type Quality struct {
	LossPercent, DiscardPercent int
	BurstDensity                int // percent lost within bursts
	Burst                       time.Duration
	EndDelay, Buffer            time.Duration
	Level                       int // dBFS
	R                           int
	MOSListening                float64
	MOSConversing               float64
}

// Gmin is Gmin of RFC 3611 §4.7.2: with fewer packets between two losses
// they belong to one burst.
const Gmin = 16

// Spread is what a VoIP metrics block says of bursts and gaps (RFC 3611 §4.7.2).
type Spread struct {
	BurstDensity, GapDensity uint8  // share of packets lost, in 1/256
	BurstMS, GapMS           uint16 // mean length
}

// Percent turns the fraction of a report (1/256) into percent.
func Percent(fraction uint8) int { return (int(fraction)*100 + 128) >> 8 }
