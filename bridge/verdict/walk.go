package verdict

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tandemgw/tandem/media"
)

// walk is the way of the sound of one party to the other; nil for the gateway itself.
type walk struct {
	e        *Evidence
	from, to *Leg
	d        Direction
	late     bool // sound had its time to come
}

// walk goes from one party to the other.
func (e *Evidence) walk(from, to *Leg) Direction {
	w := walk{e: e, from: from, to: to, late: e.talked() >= settled, d: Direction{From: name(from), To: name(to), Hops: []Hop{}, Broken: -1}}
	if from != nil {
		w.offered()
		w.agreed()
		w.pair(from)
		w.arrived()
		w.taken()
		w.loud()
		w.decoded()
	}
	if to != nil {
		w.sent()
		w.received()
	}
	if w.d.Sentence == "" {
		w.d.Sentence = "Nothing is broken that can be seen from here."
	}
	return w.d
}

func name(l *Leg) string {
	if l == nil {
		return "the gateway"
	}
	return l.Party
}

func (w *walk) ok(hop, format string, args ...any) {
	w.d.Hops = append(w.d.Hops, Hop{hop, true, stateOK, fmt.Sprintf(format, args...)})
}

func (w *walk) unknown(hop, format string, args ...any) {
	w.d.Hops = append(w.d.Hops, Hop{hop, false, stateUnknown, fmt.Sprintf(format, args...)})
}

// broken notes a hop that is not whole; the first one gives the direction its words.
func (w *walk) broken(hop, evidence string, say words) {
	if w.d.Broken < 0 {
		w.d.Broken = len(w.d.Hops)
		w.d.Fault, w.d.Sentence, w.d.Cure, w.d.Howto = say.fault, say.sentence, say.cure, say.howto
	}
	w.d.Hops = append(w.d.Hops, Hop{hop, false, stateBroken, evidence})
}

// came are the packets of a leg that came in, whatever became of them.
func came(s *media.Stats) uint64 {
	w := &s.Way
	return s.Received.Packets + s.Received.Refused + s.Received.Flooded + w.Strangers + w.Judged + w.Early + w.Unauthentic + w.Replayed + w.Malformed
}

// missing says that the leg's sound should be there and is not.
func (w *walk) missing() bool {
	return w.late && w.from.Stats.Agreed.Expected && came(&w.from.Stats) == 0
}

// offered looks where the far end was told to send to.
func (w *walk) offered() {
	s := &w.from.Stats
	a := s.Agreed.Announced
	switch {
	case w.from.browser():
		w.ok(HopOffered, "candidates of ICE")
	case !a.IsValid():
		w.unknown(HopOffered, "it was told no address")
	case w.missing() && astray(a, s.Agreed.Toward):
		w.broken(HopOffered, fmt.Sprintf("it was told to send to %s, of a private net; its signaling comes from %s", a, s.Agreed.Toward), words{
			FaultPrivateAddress,
			fmt.Sprintf("%s cannot send its sound: it was told the private address %s and is not in that net.", w.from.Party, a),
			fmt.Sprintf(`Write public_ip with the address that others see, and pass the UDP ports of listen.rtp on to this machine (%s now).`, s.Way.Local),
			howtoNAT,
		})
	case w.missing() && len(w.e.Own) > 0 && !slices.Contains(w.e.Own, a.Unmap()):
		w.broken(HopOffered, fmt.Sprintf("it was told to send to %s, which is not of this machine, and nothing came", a), words{
			FaultPublicAddress,
			fmt.Sprintf("%s was told to send its sound to %s, which is not an address of this machine, and nothing of it comes here: public_ip is wrong, or whatever has that address does not pass the ports on.", w.from.Party, a),
			"Correct public_ip (`tandem doctor --online` says which address the trunks see), or pass the UDP ports of listen.rtp on.",
			howtoNAT,
		})
	default:
		w.ok(HopOffered, "%s", announced(s))
	}
}

func announced(s *media.Stats) string {
	return fmt.Sprintf("it was told to send to %s port %d", s.Agreed.Announced, s.Way.Local.Port())
}

// agreed looks whether the one may send and the other wants to hear.
func (w *walk) agreed() {
	from, to := w.from, w.to
	fromSays := from.Stats.Agreed
	switch {
	case !fromSays.Known:
		w.unknown(HopAgreed, "no offer and answer were put to work")
		return
	case from.Parked || to != nil && to.Parked:
		parked := from
		if !from.Parked {
			parked = to
		}
		w.broken(HopHold, parked.Party+" is held by the gateway: it was told to send nothing, and hears music", words{
			FaultHold, parked.Party + " is on hold, by an operator or a test number.", "It goes on when it is brought back from there (`tandem calls resume`).", "",
		})
		return
	case to != nil && to.Held || from.Held && !fromSays.Receives:
		holder := to
		if to == nil || !to.Held {
			holder = from
		}
		w.broken(HopHold, heldBy(holder), words{
			FaultHold, holder.Party + " has put the call on hold.", "It goes on when that one resumes it.", "",
		})
		return
	case !fromSays.Receives:
		w.broken(HopAgreed, from.Party+" said in its description that it sends nothing", words{
			FaultDirection, fmt.Sprintf("%s sends no sound: its description says recvonly or inactive.", from.Party),
			"Look in that device or trunk why it is switched to listening only: hold, music or announcement settings, no microphone.", howtoNoAudio,
		})
		return
	case to != nil && to.Stats.Agreed.Known && to.Stats.Agreed.Held:
		w.broken(HopAgreed, to.Party+" said in its description that it does not want to hear anything", words{
			FaultDirection, fmt.Sprintf("%s gets no sound: its description says sendonly or inactive.", to.Party),
			"Look in that device or trunk why it is switched to sending only: a hold that was never taken back, music or announcement settings.", howtoNoAudio,
		})
		return
	}
	w.ok(HopAgreed, "both send and hear")
}

// heldBy says who holds, and by what: the far end in its description, or somebody here
// for it.
func heldBy(l *Leg) string {
	a := &l.Stats.Agreed
	switch {
	case !a.Known:
		return "held by " + l.Party
	case !a.Held:
		return "held for " + l.Party + " by an operator or a transfer: its own description holds nothing"
	case a.Receives:
		return "held by " + l.Party + ": its description says sendonly, and what it plays meanwhile goes on"
	}
	return "held by " + l.Party + ": its description says inactive"
}

// pair looks at ICE and DTLS of a leg; at the keys of one that has no ICE.
func (w *walk) pair(l *Leg) {
	s := &l.Stats.Way
	if !l.browser() {
		if s.Profile != "" {
			w.ok(HopDTLS, "%s by %s", s.Profile, s.Keys)
		}
		return
	}
	if s.ICETime == 0 && !s.Remote.IsValid() {
		if s.State != "failed" && !w.late {
			w.unknown(HopICE, "no pair yet")
			return
		}
		w.broken(HopICE, iceEvidence(l), noPair(l))
		return
	}
	if s.State == "failed" && s.Profile != "" || s.State == "disconnected" {
		w.broken(HopICE, fmt.Sprintf("the way to %s is dead: %s", s.Remote, strings.TrimSpace(s.State+" "+s.Reason)), words{
			FaultICE, fmt.Sprintf("The way to the browser of %s has broken down in the call.", l.Party),
			"Look whether its network has changed or sleeps; our phone finds a new way by itself, others must restart ICE.", howtoICE,
		})
		return
	}
	own := "" // behind a relay there is none
	if s.Local.IsValid() {
		own = s.Local.String() + " "
	}
	w.ok(HopICE, "%sto %s by %s after %s", own, s.Remote, s.Kind, inMS(s.ICETime))
	switch {
	case s.Profile != "":
		w.ok(HopDTLS, "%s after %s", s.Profile, inMS(s.DTLSTime))
	case w.late || s.State == "failed":
		reason := strings.TrimPrefix(s.Reason, "DTLS: ")
		if reason == "" {
			reason = "no handshake came"
		}
		w.broken(HopDTLS, reason, words{
			FaultDTLS, fmt.Sprintf("No keys were agreed with the browser of %s: %s.", l.Party, reason),
			"Look for something between that changes SDP (the fingerprint) or drops larger UDP packets; reload the page.", howtoICE,
		})
	default:
		w.unknown(HopDTLS, "under way")
	}
}

func iceEvidence(l *Leg) string {
	s := &l.Stats
	text := "no check of its came in"
	if s.Way.Heard {
		text = "checks came in, and none was answered"
	}
	if s.Way.Reason != "" {
		text = strings.TrimPrefix(s.Way.Reason, "ICE: ") + ", " + text
	}
	if len(s.Agreed.Candidates) > 0 {
		text += "; it offered " + strings.Join(s.Agreed.Candidates, ", ")
	}
	return text
}

// noPair says why a browser has no way to us.
func noPair(l *Leg) words {
	if l.Stats.Way.Heard {
		return words{
			FaultICE, fmt.Sprintf("The browser of %s and the gateway found no way to each other: its checks come in, and our answers do not reach it.", l.Party),
			"Look for a firewall that lets UDP in but not out, or a wrong way back to that network.", howtoICE,
		}
	}
	return words{
		FaultICE, fmt.Sprintf("The browser of %s does not reach our UDP port for media: not one of its connectivity checks (STUN) came in.", l.Party),
		"Let the port of listen.media through every firewall by UDP, and write public_ip where the gateway is behind a NAT; for networks without UDP set listen.turn.", howtoICE,
	}
}
