package registrar

import (
	"net/netip"
	"slices"
	"strings"

	lru "github.com/hashicorp/golang-lru/v2"

	"github.com/tandemgw/tandem/signaling/digest"
	"github.com/tandemgw/tandem/signaling/flow"
)

// Challenges chooses the algorithms that a far end is challenged with. A browser
// looks at the first challenge alone and knows MD5 only. A phone may choose
// SHA-256 beside it (RFC 8760 §2.4), but there are phones that give up when they
// see a challenge which they do not know, against RFC 7616 §3.7: baresip up to
// 1.0 does, Twinkle up to 1.10, and Sofia-SIP up to 1.12, with Janus and FreeSWITCH on it.
// Those are told apart by name, or by coming again without an answer, and get MD5 alone.
//
// It is safe for concurrent use.
type Challenges struct {
	unanswered *lru.Cache[netip.Addr, int]
}

const (
	// rememberedSources bounds the addresses that are remembered.
	rememberedSources = 4096
	// patience is how many challenges may go unanswered before the second
	// algorithm is left out.
	patience = 1
)

// givingUp is how those call themselves, in lower case.
var givingUp = [...]string{"baresip", "sofia-sip", "janus", "freeswitch", "twinkle"}

// NewChallenges returns a Challenges that has met nobody.
func NewChallenges() *Challenges {
	c, _ := lru.New[netip.Addr, int](rememberedSources) // errs on a size below one only
	return &Challenges{unanswered: c}
}

// Choose returns the order of algorithms for the next challenge to a far end.
func (c *Challenges) Choose(f *flow.Flow, userAgent string) []digest.Algorithm {
	name := strings.ToLower(userAgent)
	if f.Kind().Stream() || slices.ContainsFunc(givingUp[:], func(of string) bool { return strings.HasPrefix(name, of) }) {
		return []digest.Algorithm{digest.MD5}
	}
	from := f.Remote().Addr()
	n, _ := c.unanswered.Get(from)
	c.unanswered.Add(from, n+1)
	if n >= patience {
		return []digest.Algorithm{digest.MD5}
	}
	return []digest.Algorithm{digest.MD5, digest.SHA256}
}

// Answered says that a far end understood its challenge.
func (c *Challenges) Answered(f *flow.Flow) {
	if !f.Kind().Stream() {
		c.unanswered.Remove(f.Remote().Addr())
	}
}
