package verdict

import (
	"fmt"
	"time"
)

// Limits of what is judged.
const (
	enoughPackets = 100  // for a word about a share of them: 2 s
	silentLevel   = -75  // dBFS: quieter than any microphone
	silentAfter   = 250  // packets: 5 s
	muchLost      = 0.10 // share that is missed by everybody
	allLost       = 0.90 // share at which nothing is understood
)

// arrived looks whether anything came in.
func (w *walk) arrived() {
	s := &w.from.Stats
	way := &s.Way
	foreign := way.Strangers + way.Judged
	switch {
	case s.Received.Packets > 0:
		text := plural(s.Received.Packets, "packet")
		if at := s.Received.First; !at.IsZero() && !w.e.Answered.IsZero() && at.After(w.e.Answered) {
			text += fmt.Sprintf(", the first %s after the answer", inMS(at.Sub(w.e.Answered)))
		}
		text += " from " + way.Remote.String()
		if way.Strangers >= enoughPackets { // a few are of NATs and of calls before
			text += fmt.Sprintf("; %s of strangers were dropped", plural(way.Strangers, "packet"))
		}
		w.ok(HopArrived, "%s", text)
	case came(s) == 0 && !s.Agreed.Expected:
		w.unknown(HopArrived, "nothing came, and nothing had to")
	case came(s) == 0 && !w.late:
		w.unknown(HopArrived, "nothing yet")
	case came(s) == 0:
		w.nothing()
	case foreign > 0 && foreign == came(s):
		w.broken(HopArrived, fmt.Sprintf("%s came from elsewhere than %s", plural(foreign, "packet"), s.Agreed.Described), words{
			FaultPrivateAddress, fmt.Sprintf("The sound of %s comes from another address than its description names (%s), and is not believed.", w.from.Party, s.Agreed.Described),
			"Let that device or PBX write the address that it sends from; look for a second network card, a VPN, or a router that writes into SIP (SIP ALG).", howtoNAT,
		})
	default:
		w.ok(HopArrived, "%s came in", plural(came(s), "packet"))
	}
}

// nothing says why not one packet came.
func (w *walk) nothing() {
	s := &w.from.Stats
	if w.from.browser() {
		w.broken(HopArrived, "not one packet, though the way is there", words{
			FaultSilence, fmt.Sprintf("The browser of %s sends no sound.", w.from.Party),
			"Look whether the page may use the microphone, and whether one is plugged in.", howtoNoAudio,
		})
		return
	}
	evidence := fmt.Sprintf("not one packet came to UDP port %d", s.Way.Local.Port())
	say := words{
		FaultBlocked, fmt.Sprintf("Nothing of the sound of %s comes to UDP port %d, which it was told to send to at %s.", w.from.Party, s.Way.Local.Port(), s.Agreed.Announced),
		"Let UDP to the ports of listen.rtp through every firewall on the way (`nft list ruleset`, the cloud's security group).", howtoFirewall,
	}
	switch {
	case s.Way.Reports > 0:
		evidence += fmt.Sprintf("; %s of RTCP did", plural(s.Way.Reports, "packet"))
		say.fault, say.sentence = FaultSilence, fmt.Sprintf("%s is there (its RTCP comes in) and sends no sound.", w.from.Party)
		say.cure = "Look whether that device is muted, or waits for something."
	case astray(s.Agreed.Described.Addr(), s.Agreed.Toward):
		evidence += fmt.Sprintf("; it wrote %s, of a private net, and its signaling comes from %s", s.Agreed.Described, s.Agreed.Toward)
		say.fault, say.howto = FaultPrivateAddress, howtoNAT
		say.sentence = fmt.Sprintf("%s is behind a NAT and named the private address %s: what is sent there is lost, and nothing comes from it.", w.from.Party, s.Agreed.Described.Addr())
		say.cure = "Let that device use STUN, or its router keep UDP ways open; sound goes both ways as soon as it sends the first packet."
	}
	w.broken(HopArrived, evidence, say)
}

// taken looks whether what came could be decrypted and is of what was agreed.
func (w *walk) taken() {
	s := &w.from.Stats
	way := &s.Way
	if came(s) == 0 {
		return
	}
	if bad := way.Unauthentic; way.Profile != "" && bad > 0 && bad >= max(s.Received.Packets, 5) {
		w.broken(HopDecrypted, fmt.Sprintf("%s not authentic", plural(bad, "packet")), words{
			FaultKeys, fmt.Sprintf("What %s sends cannot be decrypted: %s had a wrong authentication tag.", w.from.Party, plural(bad, "packet")),
			"Look for something between that changes the keys in SDP (a=crypto), or for a device that begins with another key; try another SRTP profile on it.", howtoNoAudio,
		})
	} else if way.Profile != "" {
		w.ok(HopDecrypted, "%s, %d not authentic, %d replayed", way.Profile, way.Unauthentic, way.Replayed)
	}
	if n := s.Received.Unknown; n > 0 && n > s.Received.Packets/5 {
		w.broken(HopPayload, fmt.Sprintf("%s of payload type %d, which was not agreed", plural(n, "packet"), s.Received.UnknownType), words{
			FaultCodec, fmt.Sprintf("%s sends payload type %d, which was not agreed, so that it cannot be played.", w.from.Party, s.Received.UnknownType),
			"Let that device or trunk offer the codecs that it sends, and no others.", howtoCodec,
		})
	} else if s.Received.Packets > 0 {
		w.ok(HopPayload, "%s", s.Received.Codec)
	}
}

// loud looks whether there is sound in the packets.
func (w *walk) loud() {
	s := &w.from.Stats
	in := &s.Received
	phone := w.from.Phone
	switch {
	case in.Packets == 0:
	case phone != nil && phone.Muted:
		w.broken(HopLevel, "the phone says that its user has muted himself", words{
			FaultSilence, w.from.Party + " has muted himself.", "He unmutes in his phone.", "",
		})
	case in.Loudest == 0:
		w.unknown(HopLevel, "nobody decodes it, so that its level is not known")
	case in.Loudest <= silentLevel && in.Packets >= silentAfter:
		w.broken(HopLevel, fmt.Sprintf("the loudest was %d dBFS in %s", in.Loudest, plural(in.Packets, "packet")), words{
			FaultSilence, fmt.Sprintf("The packets of %s hold silence: nothing was louder than %d dBFS.", w.from.Party, in.Loudest),
			"Look at its microphone: muted, the wrong one chosen, or switched off by the system.", howtoNoAudio,
		})
	default:
		w.ok(HopLevel, "%d dBFS, the loudest %d", in.Level, in.Loudest)
	}
}

// share is the part that was lost or came too late.
func share(lost int64, late, packets uint64) float64 {
	missed := float64(max(lost, 0)) + float64(late)
	if all := float64(packets) + float64(max(lost, 0)); all > 0 {
		return min(missed/all, 1)
	}
	return 0
}

// decoded looks whether enough of it was there in time.
func (w *walk) decoded() {
	s := &w.from.Stats
	in := &s.Received
	if in.Packets == 0 {
		return
	}
	lost := share(in.Lost, in.Late, in.Packets)
	text := fmt.Sprintf("%.1f %% lost or late, jitter %s, %d concealed", 100*lost, inMS(in.Jitter), in.Concealed)
	if s.Chain != "" {
		text = s.Chain + ", " + text
	}
	if in.Packets >= enoughPackets && lost > muchLost {
		w.broken(HopDecoded, text, words{
			FaultLoss, fmt.Sprintf("Of the sound of %s %.0f %% is lost or late on its way to us.", w.from.Party, 100*lost),
			"Look at its network: Wi-Fi, an uplink that is full, a router without priority for UDP.", howtoChoppy,
		})
		return
	}
	w.ok(HopDecoded, "%s", text)
}

// sent looks whether the sound goes on to the listener, and where to.
func (w *walk) sent() {
	s := &w.to.Stats
	a := &s.Agreed
	speaks := w.from != nil && w.from.Stats.Received.Packets > enoughPackets
	switch {
	case w.to.browser() && s.Way.Profile == "" && w.late:
		w.broken(HopSent, "there is no way to it: "+iceEvidence(w.to), noPair(w.to))
	case !s.Way.Remote.IsValid() && a.Known && w.late && !a.Held:
		w.broken(HopSent, "its description names no address", words{
			FaultDirection, fmt.Sprintf("%s named no address that sound can be sent to.", w.to.Party), "Look at its SDP in the ladder of the call.", howtoNoAudio,
		})
	case w.lostAtNAT():
		w.broken(HopSent, fmt.Sprintf("%s sent to %s, of a private net; its signaling comes from %s", plural(s.Sent.Packets, "packet"), s.Way.Remote, a.Toward), words{
			FaultPrivateAddress, fmt.Sprintf("What we send to %s goes to the private address %s that it named, and is lost: nothing has come from it by which a way through its NAT would be known.", w.to.Party, a.Described.Addr()),
			"Let that device use STUN or write its public address; or look why nothing comes from it.", howtoNAT,
		})
	case s.Sent.Packets == 0 && speaks && a.Sends && w.late:
		w.broken(HopSent, "nothing was sent", words{
			FaultNotHeard, fmt.Sprintf("The sound of %s came in and nothing was sent to %s.", w.d.From, w.to.Party), "This is a fault of the gateway's: please report it with the export of the call.", howtoNoAudio,
		})
	case s.Sent.Packets == 0:
		w.unknown(HopSent, "nothing was sent yet")
	default:
		w.ok(HopSent, "%s to %s%s", plural(s.Sent.Packets, "packet"), s.Way.Remote, unsentWords(s.Way.Unsent))
	}
}

func unsentWords(n uint64) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf(", %d could not be sent", n)
}

// lostAtNAT says that what is sent goes to a private address that leads nowhere.
func (w *walk) lostAtNAT() bool {
	s := &w.to.Stats
	return w.late && s.Way.State == "described" && s.Sent.Packets > 0 && !s.Sent.Reported && came(s) == 0 &&
		s.Agreed.Described.IsValid() && astray(s.Agreed.Described.Addr(), s.Agreed.Toward)
}

// received looks at what the listener itself reports.
func (w *walk) received() {
	s := &w.to.Stats
	phone := w.to.Phone
	gets := share(s.Sent.Lost, 0, s.Sent.Packets)
	if s.Sent.Lost > 0 && s.Sent.Packets > 0 {
		gets = min(float64(s.Sent.Lost)/float64(s.Sent.Packets), 1)
	}
	switch {
	case s.Sent.Packets < enoughPackets:
		if s.Sent.Reported {
			w.ok(HopReceived, "it reports %d lost", s.Sent.Lost)
		}
	case s.Sent.Reported && gets >= allLost, phone != nil && phone.Hears.Packets == 0 && w.e.talked() > 2*phoneEvery:
		w.broken(HopReceived, fmt.Sprintf("of %s it got next to nothing", plural(s.Sent.Packets, "packet")), words{
			FaultNotHeard, fmt.Sprintf("What we send to %s does not arrive: by its own reports next to nothing came.", w.to.Party),
			"Let UDP from this machine through the firewalls on the way to it.", howtoFirewall,
		})
	case s.Sent.Reported && gets > muchLost:
		w.broken(HopReceived, fmt.Sprintf("it reports %.0f %% lost", 100*gets), words{
			FaultLoss, fmt.Sprintf("Of what we send to %s %.0f %% is lost, by its own reports.", w.to.Party, 100*gets),
			"Look at its network: Wi-Fi, a downlink that is full, a router without priority for UDP.", howtoChoppy,
		})
	case s.Sent.Reported:
		w.ok(HopReceived, "it reports %.1f %% lost, jitter %s", 100*gets, inMS(s.Sent.Jitter))
	case phone != nil && phone.Hears.Packets > 0:
		w.ok(HopReceived, "the phone says that it got %s", plural(phone.Hears.Packets, "packet"))
	default:
		w.unknown(HopReceived, "it reports nothing")
	}
}

// phoneEvery is how often a phone tells its statistics.
const phoneEvery = 5 * time.Second
