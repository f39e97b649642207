package media

import (
	"testing"

	"github.com/tandemgw/tandem/media/transport"
)

func TestTotalsOutliveTheLegs(t *testing.T) {
	e := newTestEngine(t, Config{Workers: 1})
	a, b := newTestLeg(t, e, Options{}, testStream(formatPCMU)), newTestLeg(t, e, Options{}, testStream(formatOpus))
	Join(a.Endpoint, b.Endpoint)
	at := transport.Now()
	for i := range 5 {
		a.talk(0, voice(160, byte(i)), 160, at+int64(i)*20*ms)
	}
	a.in(header{pt: 99, ssrc: a.ssrc}, make([]byte, 160), at)
	b.lastWay.Store(&Way{Strangers: 7, Unauthentic: 1, Replayed: 2, Malformed: 3}) // as its ports would say
	refused := func(t Totals) (r Refusals) {
		r.add(t.Telephones.Refused)
		r.add(t.Browsers.Refused)
		return r
	}
	now := e.Totals()
	if got := refused(now); got != (Refusals{7, 1, 2, 3, 1}) {
		t.Errorf("refused: %+v", got)
	}
	if got := now.Telephones.In + now.Browsers.In; got != 5 {
		t.Errorf("%d packets came in, want 5", got)
	}
	if got := now.Transcodes[Transcode{"pcmu/8000", "opus/48000"}]; got != 1 || len(now.Transcodes) != 2 {
		t.Errorf("transcoded: %v, want one direction of each kind", now.Transcodes)
	}
	if got := now.Telephones.Legs + now.Browsers.Legs; got != 2 || len(now.Jitters) != 1 {
		t.Errorf("%d legs and jitters %v, want 2 and one", got, now.Jitters)
	}
	a.Close()
	b.Close()
	then := e.Totals()
	if got := refused(then); got != refused(now) {
		t.Errorf("refused of legs that are gone: %+v", got)
	}
	if got := then.Telephones.In + then.Browsers.In; got != 5 {
		t.Errorf("%d packets are told of legs that are gone, want 5", got)
	}
	if got := then.Telephones.Legs + then.Browsers.Legs; got != 0 || len(then.Transcodes) != 0 {
		t.Errorf("%d legs and %v after the end", got, then.Transcodes)
	}
}
