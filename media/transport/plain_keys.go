package transport

import (
	"errors"

	"github.com/tandemgw/tandem/media/sdp"
)

// heldKey is a key and its context.
type heldKey struct {
	of   sdp.Crypto
	keys *keys
}

// maxSealing bounds the keys that a leg sends under in its life: it has one a
// suite.
const maxSealing = 8

// sealing returns the context of a key of ours, one for the leg's whole life: who
// began one anew, with the same key, would encrypt two packets alike.
func (p *Plain) sealing(c sdp.Crypto) (*keys, error) {
	for _, s := range p.sealed {
		if sameKey(s.of, c) {
			return s.keys, nil
		}
	}
	if len(p.sealed) >= maxSealing {
		return nil, errors.New("too many SRTP keys for one leg")
	}
	k, err := sealingKeys(c)
	if err != nil {
		return nil, err
	}
	p.sealed = append(p.sealed, heldKey{c, k})
	return k, nil
}

// sameKey reports whether packets under both keys are one stream of SRTP.
func sameKey(a, b sdp.Crypto) bool {
	return !a.IsZero() && a.Suite == b.Suite && a.Key == b.Key && a.MKI == b.MKI
}

// maxOpened is how many keys of a far end are remembered.
const maxOpened = 4

// heldKeys are the last keys of a far end, the latest first. Their contexts go on when
// one comes back, after a while in the clear or under another key: what was recorded
// under it would be heard again, and its rollover counter be lost.
type heldKeys [maxOpened]heldKey

// find returns the context of a key, nil if it is not remembered.
func (h *heldKeys) find(c sdp.Crypto) *keys {
	for _, k := range h {
		if k.keys != nil && sameKey(k.of, c) {
			return k.keys
		}
	}
	return nil
}

// hold makes a key the latest.
func (h *heldKeys) hold(latest heldKey) {
	i := 0
	for i < len(h)-1 && h[i].keys != latest.keys {
		i++
	}
	copy(h[1:i+1], h[:i])
	h[0] = latest
}
