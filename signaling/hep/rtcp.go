package hep

import (
	"encoding/binary"
	"encoding/json"
)

// The types of RTCP packets that become JSON (RFC 3550 §12.1).
const (
	senderReport   = 200
	receiverReport = 201
	blockLength    = 24
	maxBlocks      = 31
)

// report is a report as collectors of HEP read it: the members are those that other
// gateways send.
type report struct {
	SSRC   uint32      `json:"ssrc"`
	Type   uint8       `json:"type"`
	Count  int         `json:"report_count"`
	Sender *senderInfo `json:"sender_information,omitempty"`
	Blocks []block     `json:"report_blocks"`
}

type senderInfo struct {
	NTPSeconds uint32 `json:"ntp_timestamp_sec"`
	NTPMicros  uint32 `json:"ntp_timestamp_usec"`
	RTP        uint32 `json:"rtp_timestamp"`
	Packets    uint32 `json:"packets"`
	Octets     uint32 `json:"octets"`
}

type block struct {
	SSRC     uint32 `json:"source_ssrc"`
	Fraction uint8  `json:"fraction_lost"`
	Lost     int32  `json:"packets_lost"`
	Highest  uint32 `json:"highest_seq_no"`
	Jitter   uint32 `json:"ia_jitter"`
	LSR      uint32 `json:"lsr"`
	DLSR     uint32 `json:"dlsr"`
}

// ntpEpoch is 1970 in the seconds of NTP.
const ntpEpoch = 2208988800

// reports gives each sender's and receiver's report of a compound packet (RFC 3550
// §6.4) as JSON. What is malformed, and what is nothing of that, is left out.
func reports(compound []byte) [][]byte {
	var all [][]byte
	for len(compound) >= 8 {
		length := 4 * (1 + int(binary.BigEndian.Uint16(compound[2:])))
		if compound[0]>>6 != 2 || length > len(compound) {
			break
		}
		if r, ok := readReport(compound[:length]); ok {
			if b, err := json.Marshal(r); err == nil {
				all = append(all, b)
			}
		}
		compound = compound[length:]
	}
	return all
}

// readReport reads one report; false where it is none, as of a packet that is nothing but
// its first word.
func readReport(b []byte) (report, bool) {
	if len(b) < 8 {
		return report{}, false
	}
	be := binary.BigEndian
	r := report{SSRC: be.Uint32(b[4:]), Type: b[1], Count: int(b[0] & maxBlocks), Blocks: []block{}}
	rest := b[8:]
	switch {
	case r.Type == senderReport && len(rest) >= 20:
		r.Sender = &senderInfo{
			NTPSeconds: be.Uint32(rest) - ntpEpoch, NTPMicros: uint32(uint64(be.Uint32(rest[4:])) * 1e6 >> 32),
			RTP: be.Uint32(rest[8:]), Packets: be.Uint32(rest[12:]), Octets: be.Uint32(rest[16:]),
		}
		rest = rest[20:]
	case r.Type == receiverReport:
	default:
		return report{}, false
	}
	for range r.Count {
		if len(rest) < blockLength {
			return report{}, false
		}
		lost := int32(be.Uint32(rest[4:])<<8) >> 8 // 24 bits with a sign
		r.Blocks = append(r.Blocks, block{
			SSRC: be.Uint32(rest), Fraction: rest[4], Lost: lost, Highest: be.Uint32(rest[8:]), Jitter: be.Uint32(rest[12:]),
			LSR: be.Uint32(rest[16:]), DLSR: be.Uint32(rest[20:]),
		})
		rest = rest[blockLength:]
	}
	return r, true
}
