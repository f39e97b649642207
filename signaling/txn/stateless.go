package txn

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"

	"github.com/emiago/sipgo/sip"

	"github.com/tandemgw/tandem/signaling/flow"
	"github.com/tandemgw/tandem/signaling/sipmsg"
)

// refuse answers an unsound request of size octets as it deserves.
func (l *Layer) refuse(f *flow.Flow, req *sip.Request, size int, r *sipmsg.Refusal) {
	if r.Silent {
		l.counts.silent.Add(1)
		return
	}
	l.counts.refused.Add(1)
	l.answer(f, req, size, r)
}

// answer sends a refusal outside any transaction (RFC 3261 §8.2.7).
func (l *Layer) answer(f *flow.Flow, req *sip.Request, size int, r *sipmsg.Refusal) {
	if req.IsAck() {
		return
	}
	if l.cfg.Mute != nil && l.cfg.Mute(f) {
		l.counts.silent.Add(1)
		return
	}
	l.reply(f, r.Answer(req, l.statelessTag(req)), size)
}

// reply sends a response outside any transaction. Over UDP, whose requests may
// come with somebody else's address on them, it is kept within a rate and below
// three times the request's size.
func (l *Layer) reply(f *flow.Flow, res *sip.Response, size int) {
	raw := sipmsg.Bytes(res)
	if f.Kind() == flow.UDP && (len(raw) >= amplification*size || !l.limiter.Allow()) {
		l.counts.limited.Add(1)
		return
	}
	if err := l.write(f, raw); err != nil {
		l.log.Debug("stateless answer not sent", "remote", f.Remote(), "error", err)
	}
}

// overloaded is what a request gets that finds the tables full.
func overloaded() *sipmsg.Refusal {
	return &sipmsg.Refusal{
		Status: 503, Warning: "too many requests are under way",
		Headers: []sip.Header{sip.NewHeader("Retry-After", "5")},
	}
}

func newTagKey() (k [16]byte) {
	rand.Read(k[:]) // never fails: crypto/rand.Read's documentation
	return k
}

// statelessTag returns the same To-tag for the same request, as RFC 3261 §8.2.7
// asks, and one that nobody else can tell beforehand.
func (l *Layer) statelessTag(req *sip.Request) string {
	mac := hmac.New(sha256.New, l.tagKey[:])
	for _, name := range []string{"Via", "From", "Call-ID", "CSeq"} {
		mac.Write([]byte(sipmsg.Value(req, name)))
	}
	return hex.EncodeToString(mac.Sum(nil)[:10])
}
