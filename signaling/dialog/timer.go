package dialog

import (
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/emiago/sipgo/sip"

	"github.com/tandemgw/tandem/signaling/sipmsg"
)

// What session timers are without a configuration, and what RFC 4028 bounds them
// by (§4).
const (
	DefaultSessionExpires = 1800 * time.Second
	LeastSessionExpires   = 90 * time.Second
	// MostSessionExpires is the longest interval that we agree to.
	MostSessionExpires = 24 * time.Hour
)

var errSessionExpires = errors.New("malformed Session-Expires or Min-SE: seconds are wanted")

// Refresher says who refreshes a session, seen from the request that says so (RFC
// 4028 §4).
type Refresher uint8

// The refreshers.
const (
	Unsaid Refresher = iota
	UAC
	UAS
)

// String is the value of the refresher parameter, "" for Unsaid.
func (r Refresher) String() string {
	switch r {
	case UAC:
		return "uac"
	case UAS:
		return "uas"
	}
	return ""
}

// SessionExpires is the value of a Session-Expires header field.
type SessionExpires struct {
	Interval  time.Duration // whole seconds; zero means that there is none
	Refresher Refresher
}

// ParseSessionExpires reads the value of a Session-Expires header field (RFC 4028
// §4). Parameters that are not known are passed over.
func ParseSessionExpires(v string) (SessionExpires, error) {
	seconds, params, _ := strings.Cut(v, ";")
	d, err := ParseMinSE(seconds)
	if err != nil {
		return SessionExpires{}, err
	}
	se := SessionExpires{Interval: d}
	for _, p := range strings.Split(params, ";") {
		name, value, _ := strings.Cut(p, "=")
		if !strings.EqualFold(strings.TrimSpace(name), "refresher") {
			continue
		}
		switch strings.ToLower(strings.TrimSpace(value)) {
		case "uac":
			se.Refresher = UAC
		case "uas":
			se.Refresher = UAS
		}
	}
	return se, nil
}

// ParseMinSE reads the value of a Min-SE header field (RFC 4028 §5).
func ParseMinSE(v string) (time.Duration, error) {
	v, _, _ = strings.Cut(v, ";")
	n, err := strconv.ParseUint(strings.TrimSpace(v), 10, 32)
	if err != nil {
		return 0, errSessionExpires
	}
	return time.Duration(n) * time.Second, nil
}

// String writes the value of a Session-Expires header field.
func (s SessionExpires) String() string {
	v := seconds(s.Interval)
	if s.Refresher != Unsaid {
		v += ";refresher=" + s.Refresher.String()
	}
	return v
}

func seconds(d time.Duration) string { return strconv.FormatInt(int64(d/time.Second), 10) }

// TimerConfig is what we want of session timers. The zero value is usable.
type TimerConfig struct {
	// Interval is the Session-Expires that we ask for. Zero means 30 minutes;
	// negative, and we ask for none: far ends that do are answered all the same.
	Interval time.Duration
	// Min is the least interval that we agree to. Zero, and all below, means 90
	// seconds.
	Min time.Duration
}

func (c TimerConfig) least() time.Duration { return max(c.Min, LeastSessionExpires) }

func (c TimerConfig) wanted() time.Duration {
	if c.Interval == 0 {
		return max(DefaultSessionExpires, c.least())
	}
	return max(c.Interval, c.least())
}

// Asked is what a session refresh request (INVITE, UPDATE) says of session timers.
type Asked struct {
	Supported bool // its sender knows of them
	SessionExpires
	MinSE time.Duration // zero where it says none
}

// AskedBy reads a session refresh request. What is malformed counts as not said.
func AskedBy(req *sip.Request) Asked {
	a := Asked{Supported: sipmsg.Has(req, "Supported", TagTimer) || sipmsg.Has(req, "Require", TagTimer)}
	a.SessionExpires, _ = ParseSessionExpires(sipmsg.Value(req, "Session-Expires"))
	a.MinSE, _ = ParseMinSE(sipmsg.Value(req, "Min-SE"))
	return a
}

// TooBrief says whether a request is to be refused with 422 (RFC 4028 §9), and the
// Min-SE to say then. A far end that does not know of session timers could make
// nothing of it.
func (c TimerConfig) TooBrief(a Asked) (minSE time.Duration, brief bool) {
	return c.least(), a.Supported && a.Interval > 0 && a.Interval < c.least()
}

// Accept says what a 2xx of ours answers (RFC 4028 §9, table 2); an Interval of zero
// means that there is no session timer. The far end keeps the part it has chosen;
// where it leaves that to us, it refreshes.
func (c TimerConfig) Accept(a Asked) SessionExpires {
	switch {
	case !a.Supported && a.Interval == 0, a.Interval == 0 && c.Interval < 0:
		return SessionExpires{}
	case !a.Supported: // a proxy between us asks for it, and only we can refresh
		return SessionExpires{Interval: clamp(a.Interval, c.least()), Refresher: UAS}
	}
	se := SessionExpires{Interval: a.Interval, Refresher: a.Refresher}
	if se.Interval == 0 {
		se.Interval = max(c.wanted(), a.MinSE)
	}
	se.Interval = clamp(se.Interval, LeastSessionExpires)
	if se.Refresher == Unsaid {
		se.Refresher = UAC
	}
	return se
}

func clamp(d, least time.Duration) time.Duration { return min(max(d, least), MostSessionExpires) }

// Timer is the session timer of one dialog. The zero Timer is off, and nothing
// expires. It is pure: whoever has it keeps the time.
type Timer struct {
	Interval time.Duration // zero: off
	// Ours says that it is we who refresh.
	Ours bool
	// MinSE is the highest that the far end has asked for, by 422 or in a request.
	MinSE time.Duration

	raised int // how often a 422 was followed, at most maxRaised
}

// maxRaised bounds how often one request is sent anew with a longer interval.
const maxRaised = 4

// Ask writes into a session refresh request of ours what it says of session timers
// (RFC 4028 §7.1, §7.4): the interval and our part as they are, or what c wants
// where there is no timer yet.
func (t Timer) Ask(c TimerConfig, req *sip.Request) {
	se := SessionExpires{Interval: t.Interval}
	switch {
	case t.Interval == 0 && c.Interval < 0:
		return
	case t.Interval == 0:
		se.Interval = c.wanted()
	case t.Ours:
		se.Refresher = UAC
	default:
		se.Refresher = UAS
	}
	se.Interval = max(se.Interval, t.MinSE)
	req.AppendHeader(sip.NewHeader("Session-Expires", se.String()))
	req.AppendHeader(sip.NewHeader("Min-SE", seconds(max(c.least(), t.MinSE))))
}

// TooBrief takes a 422 (RFC 4028 §7.3): the request is to be sent again with a
// longer interval. It reports false where that would not help.
func (t *Timer) TooBrief(res *sip.Response) bool {
	least, err := ParseMinSE(sipmsg.Value(res, "Min-SE"))
	if err != nil || least <= t.MinSE || least > MostSessionExpires || t.raised >= maxRaised {
		return false
	}
	t.raised++
	t.MinSE = least
	if t.Interval > 0 {
		t.Interval = max(t.Interval, least)
	}
	return true
}

// Agreed takes the 2xx to a session refresh request of ours (RFC 4028 §7.2).
func (t *Timer) Agreed(res *sip.Response) {
	t.raised = 0
	se, err := ParseSessionExpires(sipmsg.Value(res, "Session-Expires"))
	if err != nil || se.Interval == 0 {
		t.Interval, t.Ours = 0, false
		return
	}
	t.Interval, t.Ours = clamp(se.Interval, LeastSessionExpires), se.Refresher != UAS
}

// Answered takes what a 2xx of ours has said, and writes it into the 2xx.
func (t *Timer) Answered(a Asked, se SessionExpires, res *sip.Response) {
	t.Interval, t.Ours = se.Interval, se.Refresher == UAS
	t.MinSE = max(t.MinSE, min(a.MinSE, MostSessionExpires))
	if se.Interval == 0 {
		return
	}
	res.AppendHeader(sip.NewHeader("Session-Expires", se.String()))
	if a.Supported { // §9: who refreshes has to know of it
		res.AppendHeader(sip.NewHeader("Require", TagTimer))
	}
}

// Wait is how long after a refresh to do what is ours: to refresh, at half the
// interval, or to give up when nobody has refreshed, a little before its end (RFC
// 4028 §10).
func (t Timer) Wait() time.Duration {
	if t.Ours {
		return t.Interval / 2
	}
	return t.Interval - min(32*time.Second, t.Interval/3)
}
