package caller

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"time"

	"github.com/tandemgw/tandem"
	"github.com/tandemgw/tandem/bridge"
	"github.com/tandemgw/tandem/dialplan"
	"github.com/tandemgw/tandem/media"
	"github.com/tandemgw/tandem/media/record"
	"github.com/tandemgw/tandem/media/sound"
)

// goodbye is how long the far end may take to answer a BYE.
const goodbye = 3 * time.Second

// Run makes the call and returns when it is over. The error says why nothing could be
// tried, or that the recording is not whole; whatever the far end does is in the
// Result. When ctx ends, the call is ended.
//
//	Run                                    server
//	 |-------------- INVITE ----------------->|
//	 |<------------- 180, 200 ----------------|  Ringing, Setup
//	 |============== sound, digits ==========>|  Play, Digits
//	 |<============= sound ===================|  Record, Media
//	 |-------------- BYE -------------------->|  after Talk, or when ctx ends
func Run(ctx context.Context, s Script) (r Result, err error) {
	if err := s.Validate(); err != nil {
		return r, err
	}
	a := &agent{script: s, log: s.Log, board: newBoard()}
	if a.log == nil {
		a.log = slog.New(slog.DiscardHandler)
	}
	defer func() {
		if e := a.close(); err == nil && e != nil {
			err = e
		}
		if err == nil {
			err = a.board.failed()
		}
		r.Level = a.board.level() // all is written now
	}()
	if a.own, err = ownAddress(ctx, s.Server); err != nil {
		return r, err
	}
	if err := a.openMedia(); err != nil {
		return r, err
	}
	if err := a.openCalls(ctx); err != nil {
		return r, err
	}
	return a.call(ctx)
}

// call makes the call and waits for its end.
func (a *agent) call(ctx context.Context) (Result, error) {
	s := a.script
	ring := s.Ring
	if ring == 0 {
		ring = defaultRing
	}
	id, err := a.bridge.Originate(ctx, "trunk:"+theServer+"/"+s.To, scriptRow, bridge.Origination{
		As: "user:" + scriptUser, Shown: tandem.Address{User: s.User}, Timeout: ring,
	})
	if err != nil && !errors.Is(err, bridge.ErrState) {
		a.goodbye()
		return Result{}, err
	}
	left := err == nil && a.follow(ctx, id)
	a.goodbye()
	r := a.board.result()
	r.Left = left && r.Answered()
	if err != nil && r.Status == 0 {
		return r, err
	}
	return r, nil
}

// follow does what the script says while the call lasts. It says whether the call was over
// before the script was.
func (a *agent) follow(ctx context.Context, id tandem.CallID) (left bool) {
	select {
	case <-a.board.answered:
	case <-a.board.over:
		return true
	case <-ctx.Done():
		a.bridge.Hangup(id, tandem.CauseNormal)
		<-a.board.over
		return false
	}
	end := time.NewTimer(a.script.talk())
	defer end.Stop()
	press := time.NewTimer(pressLead)
	defer press.Stop()
	for {
		select {
		case <-press.C:
			if a.script.Digits != "" {
				if err := a.bridge.Press(id, a.board.leg(), a.script.Digits); err != nil {
					a.log.Warn("digits not pressed", "error", err)
				}
			}
			continue
		case <-end.C:
		case <-ctx.Done():
		case <-a.board.over:
			return true
		}
		a.bridge.Hangup(id, tandem.CauseNormal)
		<-a.board.over
		return false
	}
}

// goodbye ends what is left of the call.
func (a *agent) goodbye() {
	ctx, cancel := context.WithTimeout(context.Background(), goodbye)
	defer cancel()
	if err := a.bridge.Close(ctx); err != nil {
		a.log.Warn("the far end did not say goodbye in time")
	}
}

// The names of the script in the agent's dialplan.
const (
	scriptUser, scriptRow = "caller", "script"
	scriptSound           = "script.wav"
)

// plan is the script as a dialplan.
func (a *agent) plan() (*dialplan.Plan, error) {
	text := fmt.Sprintf("from \"users\" {\n  calls = { %q = [answer(), record(\"on\"), play(%q), play(%q, { times = 60 })] }\n}\n", scriptRow, scriptSound, silentSound)
	plan, err := dialplan.Parse("script", text, dialplan.Names{
		Users: []string{scriptUser}, Trunks: []string{theServer}, Sound: func(string) bool { return true },
	})
	if err != nil {
		return nil, fmt.Errorf("write the script: %w", err)
	}
	return plan, nil
}

// sound gives what the far end is to hear: the script's, then silence. It is sent, so
// that the way for sound is open in both directions.
func (a *agent) sound(name string) (*sound.Clip, bool) {
	if name == scriptSound && a.script.Play != nil {
		return a.script.Play, true
	}
	return silence(), true
}

const silentSound = "silence.wav"

// silence is a minute without a sound.
var silence = sync.OnceValue(func() *sound.Clip {
	const rate, seconds = 8000, 60
	var b bytes.Buffer
	b.WriteString("RIFF")
	for _, v := range []any{
		uint32(36 + 2*rate*seconds), []byte("WAVEfmt "), uint32(16), uint16(1), uint16(1), uint32(rate), uint32(2 * rate), uint16(2), uint16(16),
		[]byte("data"), uint32(2 * rate * seconds), make([]byte, 2*rate*seconds),
	} {
		_ = binary.Write(&b, binary.LittleEndian, v) // a buffer takes everything
	}
	clip, _ := sound.OpenWAV(&b)
	return clip
})

// Room implements bridge.Recorder; there are no rooms.
func (a *agent) Room(string, media.Rate) (*record.Recording, error) {
	return nil, bridge.ErrNoRecorder
}

// Tape implements bridge.Recorder: what is left is what is heard.
func (a *agent) Tape(_ tandem.CallID, left, _ *media.Endpoint, wide bool, told record.Events) (*media.Tape, error) {
	rate := media.Rate(8000)
	if wide {
		rate = 16000
	}
	failed := told.Failed
	told.Failed = func(err error) {
		a.board.fail(fmt.Errorf("record: %w", err))
		if failed != nil {
			failed(err)
		}
	}
	create := a.script.Record
	if create == nil {
		create = func() (record.File, error) { return nowhere{}, nil }
	}
	measured := func() (record.File, error) {
		f, err := create()
		if err != nil {
			return nil, err
		}
		return a.board.measures(newGauge(f, rate)), nil
	}
	rec, err := a.rec.Open(record.Options{Name: "call", Rate: rate, Channels: 1, Create: measured, Events: told})
	if err != nil {
		return nil, err
	}
	a.board.hears(left)
	return a.engine.NewTape(rec, true, left, nil), nil
}

// nowhere is a recording that nobody wants.
type nowhere struct{}

func (nowhere) Write(b []byte) (int, error)            { return len(b), nil }
func (nowhere) WriteAt(b []byte, _ int64) (int, error) { return len(b), nil }
func (nowhere) Close() error                           { return nil }

var _ io.WriterAt = nowhere{}
