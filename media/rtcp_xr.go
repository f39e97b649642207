package media

import (
	"encoding/binary"
	"time"
)

const (
	rtcpXR = 207
	// Blocks of an extended report (RFC 3611 §4).
	xrReferenceTime = 4
	xrDelay         = 5
	xrVoIP          = 7
	// maxExtended is the longest extended report of ours.
	maxExtended = 8 + 12 + 16 + 36
	// fullScale is our 0 dBFS in dBm0: a sine of full scale, -3 dBFS, is 3.14 dBm0
	// (ITU-T G.711 §5), which levels are told in (§4.7.4).
	fullScale = 6
	// unavailable is what a block says of what it does not know (§4.7).
	unavailable = 127
)

// extended is an extended report of ours (RFC 3611). It is sent only to a far end
// that speaks of them itself.
type extended struct {
	reference uint64 // NTP time, for who sends nothing and wants to know the round trip; 0 = none
	delay     *delayAnswer
	voice     *voiceMetrics
}

// delayAnswer answers a reference time block (RFC 3611 §4.5).
type delayAnswer struct{ ssrc, last, since uint32 }

// voiceMetrics is a VoIP metrics block (RFC 3611 §4.7).
type voiceMetrics struct {
	ssrc             uint32
	lossRate         uint8 // 1/256, as the next
	discardRate      uint8
	spread           spread
	roundTrip, delay uint16 // ms
	level            int    // dBFS, 0 unknown
	r                uint8  // unavailable where unknown, as what follows
	extR             uint8
	listening        uint8 // MOS times ten
	conversing       uint8
	buffer           uint16 // ms
}

// append writes the report behind b; without blocks it writes nothing.
func (x *extended) append(b []byte, ssrc uint32) []byte {
	if x == nil || x.reference == 0 && x.delay == nil && x.voice == nil {
		return b
	}
	be := binary.BigEndian
	begin := len(b)
	b = be.AppendUint32(b, 2<<30|rtcpXR<<16)
	b = be.AppendUint32(b, ssrc)
	if x.reference != 0 {
		b = be.AppendUint32(b, xrReferenceTime<<24|2)
		b = be.AppendUint64(b, x.reference)
	}
	if d := x.delay; d != nil {
		b = be.AppendUint32(b, xrDelay<<24|3)
		b = be.AppendUint32(b, d.ssrc)
		b = be.AppendUint32(b, d.last)
		b = be.AppendUint32(b, d.since)
	}
	if x.voice != nil {
		b = x.voice.append(b)
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
func (v *voiceMetrics) append(b []byte) []byte {
	const (
		adaptiveStandard = 2<<6 | 3<<4 // concealment: enhanced; buffer: adaptive
		absoluteMax      = 200
	)
	be := binary.BigEndian
	b = be.AppendUint32(b, xrVoIP<<24|8)
	b = be.AppendUint32(b, v.ssrc)
	b = append(b, v.lossRate, v.discardRate, v.spread.burstDensity, v.spread.gapDensity)
	b = be.AppendUint16(b, v.spread.burstMS)
	b = be.AppendUint16(b, v.spread.gapMS)
	b = be.AppendUint16(b, v.roundTrip)
	b = be.AppendUint16(b, v.delay)
	level := uint8(unavailable)
	if v.level != 0 {
		level = uint8(int8(max(v.level, -126) + fullScale))
	}
	b = append(b, level, unavailable, unavailable, shortestGap)
	b = append(b, v.r, v.extR, v.listening, v.conversing)
	b = append(b, adaptiveStandard, 0)
	b = be.AppendUint16(b, v.buffer)
	b = be.AppendUint16(b, max(v.buffer, 60))
	return be.AppendUint16(b, absoluteMax)
}

// farExtended is what an extended report of a leg says to us.
type farExtended struct {
	any       bool
	reference bool
	from      uint32 // whose reference time it is
	ntp       uint32 // the middle of it
	delay     bool   // it answers a reference time of ours
	last      uint32
	since     uint32
	heard     bool       // it says how what we send sounds
	voice     FarQuality // that
}

// readExtended reads the blocks behind the header of an extended report for the
// source ssrc. Unknown blocks are stepped over (RFC 3611 §3); false means that a
// block is malformed.
func (x *farExtended) read(p []byte, ssrc uint32) bool {
	be := binary.BigEndian
	if len(p) < 4 {
		return false
	}
	x.any = true
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
			x.reference, x.from, x.ntp = true, from, be.Uint32(block[2:])
		case kind == xrDelay:
			for ; len(block) >= 12; block = block[12:] {
				if be.Uint32(block) == ssrc {
					x.delay, x.last, x.since = true, be.Uint32(block[4:]), be.Uint32(block[8:])
				}
			}
		case kind == xrVoIP && len(block) == 32 && be.Uint32(block) == ssrc:
			x.heard, x.voice = true, readVoice(block)
		}
	}
	return true
}

// readVoice reads a VoIP metrics block of the right length.
func readVoice(b []byte) FarQuality {
	be := binary.BigEndian
	q := FarQuality{
		LossPercent: percent(b[4]), DiscardPercent: percent(b[5]),
		BurstDensity: percent(b[6]), Burst: time.Duration(be.Uint16(b[8:])) * time.Millisecond,
		EndDelay: time.Duration(be.Uint16(b[14:])) * time.Millisecond,
		Buffer:   time.Duration(be.Uint16(b[26:])) * time.Millisecond,
	}
	if level := int8(b[16]); level != unavailable && level < fullScale {
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
