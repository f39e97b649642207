package dialog

import (
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/emiago/sipgo/sip"
)

// Option tags of what this package knows of.
const (
	TagReliable = "100rel" // RFC 3262 §8.1
	TagTimer    = "timer"  // RFC 4028 §14
)

var (
	errRAck = errors.New("malformed RAck: two numbers and a method are wanted")
	errRSeq = errors.New("malformed RSeq: a number from 1 to 2^32-1 is wanted")
)

// RAck names the provisional response that a PRACK acknowledges (RFC 3262 §7.2).
type RAck struct {
	RSeq, CSeq uint32
	Method     sip.RequestMethod
}

// ParseRAck reads the value of a RAck header field. What is wrong with it is
// answered with 400.
func ParseRAck(v string) (RAck, error) {
	words := strings.Fields(v)
	if len(words) != 3 {
		return RAck{}, errRAck
	}
	rseq, err := strconv.ParseUint(words[0], 10, 32)
	if err != nil {
		return RAck{}, errRAck
	}
	cseq, err := strconv.ParseUint(words[1], 10, 32)
	if err != nil {
		return RAck{}, errRAck
	}
	return RAck{uint32(rseq), uint32(cseq), sip.RequestMethod(words[2])}, nil
}

// String writes the value of a RAck header field.
func (r RAck) String() string {
	return strconv.FormatUint(uint64(r.RSeq), 10) + " " + strconv.FormatUint(uint64(r.CSeq), 10) + " " + string(r.Method)
}

// ParseRSeq reads the value of an RSeq header field (RFC 3262 §7.1).
func ParseRSeq(v string) (uint32, error) {
	n, err := strconv.ParseUint(strings.TrimSpace(v), 10, 32)
	if err != nil || n == 0 {
		return 0, errRSeq
	}
	return uint32(n), nil
}

// Order keeps the order of the reliable provisional responses of one early dialog,
// at the UAC (RFC 3262 §4). The zero Order has seen none.
type Order struct{ last uint32 }

// Next says whether a response with this RSeq is the next one, which is to be
// acknowledged and looked at. Any other is passed over: a repetition, since its
// PRACK is repeated by its own transaction, and one after a gap, since what is
// missing comes again.
func (o *Order) Next(rseq uint32) bool {
	if o.last != 0 && rseq != o.last+1 {
		return false
	}
	o.last = rseq
	return true
}

// Repeat times the repetitions of a reliable provisional response (RFC 3262 §3):
//
//	0    T1    3*T1   7*T1   15*T1   31*T1   63*T1   64*T1
//	183  183   183    183    183     183     183     give up: 5xx
//
// The zero Repeat is ready for use.
type Repeat struct{ interval, elapsed time.Duration }

// Next returns how long to wait before the next repetition; false means that 64*T1
// are over and the INVITE is to be refused.
func (r *Repeat) Next() (time.Duration, bool) {
	if r.elapsed >= giveUp {
		return 0, false
	}
	r.interval = max(T1, 2*r.interval)
	wait := min(r.interval, giveUp-r.elapsed)
	r.elapsed += wait
	return wait, true
}

// Over says that the last wait was the one before giving up.
func (r *Repeat) Over() bool { return r.elapsed >= giveUp }
