package sdp

import "slices"

// Keying is how the keys of a plain leg's media are agreed.
type Keying uint8

// The ways.
const (
	// Clear is RTP without encryption.
	Clear Keying = iota
	// SDES are keys in the description (RFC 4568): RTP/SAVP, or RTP/AVP with
	// a=crypto (RFC 8643).
	SDES
	// DTLS is a handshake on the media's own way, without ICE (RFC 5763):
	// UDP/TLS/RTP/SAVP, or another profile with a=fingerprint.
	DTLS
)

// String returns "clear", "SDES" or "DTLS".
func (k Keying) String() string {
	switch k {
	case SDES:
		return "SDES"
	case DTLS:
		return "DTLS"
	default:
		return "clear"
	}
}

// Secure says what a plain leg does about encryption.
//
//	             our offers                    their offers
//	AsOffered    RTP/AVP                       as they are; keys only over TLS
//	Off          RTP/AVP                       RTP/AVP only; else 488
//	Prefer       over TLS RTP/AVP + a=crypto   as they are
//	Require      RTP/SAVP, only over TLS       encrypted and over TLS only; else 488
//	ByDTLS       UDP/TLS/RTP/SAVP              encrypted only, by keys only over TLS; else 488
//
// Keys in a description are for who reads it, so that it must be encrypted on its
// own way. With Prefer they are taken without that, and never offered.
type Secure uint8

// The wishes.
const (
	SecureAsOffered Secure = iota
	SecureOff
	SecurePrefer
	SecureRequire
	SecureByDTLS
)

// encrypted says that nothing is agreed on in the clear.
func (s Secure) encrypted() bool { return s == SecureRequire || s == SecureByDTLS }

// Security is how the media of a plain leg is encrypted, as agreed.
type Security struct {
	Keying Keying
	// Ours is the key of what we send, Theirs of what they send; SDES only. Both
	// have the same tag and suite.
	Ours, Theirs Crypto
}

// secured is what a description says of encryption.
type secured struct {
	optional bool // by RTP/AVP: it may be left out (RFC 8643 §3)
	cryptos  []Crypto
	dtls     bool  // there is a fingerprint
	why      error // what is wrong with the first that cannot be used
}

// readSecurity reads what a plain m-line says of encryption, and errs where it
// wants some that is not served. dtls says that it has a fingerprint.
func readSecurity(m *Media, levels [][]Line, dtls bool) (s secured, err error) {
	s.cryptos, s.why = readCryptos(levels)
	class := classifyProto(m.Proto)
	s.optional, s.dtls = class == transportRTP, dtls
	// RTP/SAVP is of keys in the description first, UDP/TLS/RTP/SAVP of DTLS only.
	if class == transportDTLS {
		s.cryptos = nil
	}
	switch {
	case len(s.cryptos) > 0 || dtls || s.optional:
		return s, nil
	case class == transportDTLS:
		return s, refuse(WarnOther, "DTLS-SRTP without a certificate fingerprint (a=fingerprint)")
	case s.why != nil:
		return s, refuse(WarnOther, "no key for SRTP can be used: "+s.why.Error())
	}
	return s, refuse(WarnOther, clean(m.Proto)+" without keys (a=crypto) or a certificate fingerprint (a=fingerprint)")
}

// Offers returns the way of keying that the far side's description proposes
// first.
func (r *Remote) Offers() Keying {
	switch {
	case len(r.secured.cryptos) > 0:
		return SDES
	case len(r.Fingerprints) > 0 && r.Profile == Plain:
		return DTLS
	}
	return Clear
}

// secureAnswer decides how an offer is answered. The error is a refusal.
func (l *Local) secureAnswer(r *Remote) (Security, error) {
	if r.Profile != Plain {
		return Security{}, nil
	}
	if s, ok := l.answerSecured(&r.secured, l.Crypto); ok {
		return s, nil
	}
	return Security{}, refuse(WarnOther, l.whyNot(r))
}

// answerSecured decides how an m-line is answered whose keys of ours are given.
func (l *Local) answerSecured(offered *secured, keys []Crypto) (s Security, ok bool) {
	sdes := l.Secure != SecureOff && (l.SafeKeys || l.Secure == SecurePrefer)
	dtls := l.Secure != SecureOff && l.Fingerprint != "" && (l.SafeKeys || l.Secure != SecureRequire)
	if sdes {
		for _, theirs := range offered.cryptos {
			if i := slices.IndexFunc(keys, func(c Crypto) bool { return c.Suite == theirs.Suite }); i >= 0 {
				ours := keys[i]
				ours.Tag, ours.name, ours.MKI = theirs.Tag, theirs.name, ""
				return Security{Keying: SDES, Ours: ours, Theirs: theirs}, true
			}
		}
	}
	if dtls && offered.dtls {
		return Security{Keying: DTLS}, true
	}
	return Security{}, offered.optional && !l.Secure.encrypted()
}

// whyNot says in words which setting refuses an offer.
func (l *Local) whyNot(r *Remote) string {
	switch {
	case l.Secure == SecureOff:
		return clean(r.Proto) + " is offered, but secure = off takes plain RTP only"
	case l.Secure == SecureRequire && r.Offers() == Clear:
		return "encrypted media is needed (secure = require): offer RTP/SAVP with a=crypto, over TLS"
	case l.Secure == SecureByDTLS && r.Offers() == Clear:
		return "encrypted media is needed (secure = dtls): offer UDP/TLS/RTP/SAVP with a=fingerprint"
	case l.Secure == SecureRequire && !l.SafeKeys:
		return "encrypted media needs SIP over TLS (secure = require): keys can be read and changed on this way"
	case r.Offers() == SDES && !l.SafeKeys:
		return "keys of SRTP in a description that everybody can read: use SIP over TLS, or set secure = prefer"
	}
	return "none of the offered ways to encrypt is served"
}

// secureOffer is how our offer is encrypted: the protocol of a first m-line and
// the keys it lists. The error is a refusal.
func (l *Local) secureOffer(agreed *Stream) (offeredSecurity, error) {
	if l.Profile != Plain {
		return offeredSecurity{}, nil
	}
	if agreed != nil && !agreed.Remote.Disabled { // a later offer goes on as it was
		return l.secureAgain(agreed.Remote.Proto, agreed.Security, &agreed.Remote.secured), nil
	}
	switch {
	case l.Secure == SecureByDTLS:
		return offeredSecurity{proto: protoDTLS, keying: DTLS, must: true}, nil
	case l.Secure == SecureRequire && !l.SafeKeys:
		return offeredSecurity{}, refuse(WarnOther, "encrypted media is needed (secure = require), but this way is not TLS: no key is sent where everybody can read it")
	case l.Secure == SecureRequire:
		return offeredSecurity{proto: protoSDES, keying: SDES, cryptos: offeredKeys(l.Crypto), must: true}, nil
	case l.Secure == SecurePrefer && l.SafeKeys:
		return offeredSecurity{proto: protoPlain, keying: SDES, cryptos: offeredKeys(l.Crypto)}, nil
	}
	return offeredSecurity{proto: protoPlain}, nil
}

// secureAgain is how an m-line that was agreed is described from then on.
func (l *Local) secureAgain(proto string, s Security, theirs *secured) offeredSecurity {
	return offeredSecurity{
		proto: proto, keying: s.Keying, cryptos: nonZero(s.Ours),
		must: s.Keying != Clear && (l.Secure.encrypted() || !theirs.optional),
	}
}

// maxOffered is how many keys an offer has: more would make it long for nothing.
const maxOffered = 3

func offeredKeys(all []Crypto) []Crypto { return all[:min(len(all), maxOffered)] }

// offeredSecurity is what an offer of ours says of encryption.
type offeredSecurity struct {
	proto   string
	keying  Keying
	cryptos []Crypto
	must    bool // an answer without is refused
}

func nonZero(c Crypto) []Crypto {
	if c.IsZero() {
		return nil
	}
	return []Crypto{c}
}

// conclude returns what an answer, of a protocol, makes of the offer.
func (o *offeredSecurity) conclude(proto string, answered *secured) (Security, error) {
	switch o.keying {
	case SDES:
		for _, theirs := range answered.cryptos {
			for _, ours := range o.cryptos {
				if ours.Tag == theirs.Tag && ours.Suite == theirs.Suite {
					return Security{Keying: SDES, Ours: ours, Theirs: theirs}, nil
				}
			}
		}
		if len(answered.cryptos) > 0 {
			return Security{}, refuse(WarnOther, "the answer has a key (a=crypto) for nothing that was offered")
		}
	case DTLS:
		if answered.dtls {
			return Security{Keying: DTLS}, nil
		}
	}
	switch {
	case o.must:
		return Security{}, refuse(WarnOther, "the answer is not encrypted, as the offer was")
	case !answered.optional:
		return Security{}, refuse(WarnMediaType, "the answer is "+clean(proto)+" to an offer of plain media")
	}
	return Security{}, nil
}

var errOpenFax = refuse(WarnOther, "a fax (T.38) is not encrypted, but encryption is needed (secure = require or dtls)")

// withoutOpenFax leaves out a fax where encryption is a must, since there is none
// for it.
func (l Local) withoutOpenFax() Local {
	if l.Secure.encrypted() {
		l.Lines = slices.DeleteFunc(slices.Clone(l.Lines), func(line LocalLine) bool { return line.Kind == KindImage })
	}
	return l
}

// writeSecurity writes the keys of a plain m-line, or what DTLS needs.
func (d *draft) writeSecurity(w *writer, o *offeredSecurity, setup Setup) {
	for _, c := range o.cryptos {
		w.attribute("crypto", c.value())
	}
	if o.keying == DTLS {
		w.attribute("fingerprint", d.local.Fingerprint)
		w.attribute("setup", setup.String())
	}
}

// Acceptable says whether the pending offer can be answered with what l wishes of
// encryption, without answering it; the codecs are not looked at.
func (s *Session) Acceptable(l Local) error {
	if s.phase != received {
		return nil
	}
	if r := s.theirs.choices[0].remote; r.Disabled {
		if l.Secure.encrypted() && r.Line(KindImage, 0) != nil {
			return errOpenFax
		}
		return nil
	}
	l, err := l.checked()
	if err != nil {
		return err
	}
	for _, c := range s.theirs.choices {
		if c.remote.Profile != l.Profile {
			continue
		}
		_, e := l.secureAnswer(c.remote)
		if e == nil {
			return nil
		}
		if err == nil {
			err = e
		}
	}
	return err
}
