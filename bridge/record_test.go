package bridge

import (
	"context"
	"errors"
	"os"
	"testing"
	"time"

	"github.com/tandemgw/tandem"
	"github.com/tandemgw/tandem/media"
	"github.com/tandemgw/tandem/media/record"
)

// tapes records calls that have no sound, on a disk that may be full.
type tapes struct {
	engine *media.Engine
	rec    *record.Recorder
	wide   []bool
}

func (r *tapes) Room(_ string, rate media.Rate) (*record.Recording, error) {
	return r.rec.Open(record.Options{Rate: rate, Channels: 1})
}

func (r *tapes) Tape(_ tandem.CallID, left, right *media.Endpoint, wide bool, told record.Events) (*media.Tape, error) {
	r.wide = append(r.wide, wide)
	rec, err := r.rec.Open(record.Options{Rate: 8000, Channels: 2, Events: told})
	if err != nil {
		return nil, err
	}
	return r.engine.NewTape(rec, false, left, right), nil
}

// withTapes runs fn with a recorder; full says that its disk is.
func withTapes(t *testing.T, s *stage, full bool, fn func()) {
	t.Helper()
	engine, err := media.New(media.Config{Workers: 1})
	if err != nil {
		t.Fatal(err)
	}
	c := record.Config{Folder: t.TempDir()}
	if full {
		c.Create = func(string) (record.File, error) { return nil, errors.New("no room") }
	}
	rec, err := record.New(c)
	if err != nil {
		t.Fatal(err)
	}
	s.bridge.cfg.Recorder = &tapes{engine: engine, rec: rec}
	fn()
	time.Sleep(time.Second)
	_ = engine.Close()
	if err := rec.Close(context.Background()); err != nil {
		t.Error(err)
	}
	if files, _ := os.ReadDir(c.Folder); full != (len(files) == 0) {
		t.Errorf("%d files", len(files))
	}
}

func TestCallIsRecordedWhereTheDialplanSaysSo(t *testing.T) {
	for name, full := range map[string]bool{"on a disk": false, "on a full disk": true} {
		t.Run(name, func(t *testing.T) {
			onStage(t, func(s *stage) {
				withTapes(t, s, full, func() {
					s.does = does("202", answers(time.Second))
					caller := s.call("rec")
					time.Sleep(5 * time.Second)
					e := s.last(Recording)
					if want := map[bool]string{false: "to ", true: "failed: "}[full]; len(e.Text) < len(want) || e.Text[:len(want)] != want {
						t.Errorf("recording: %+v", e)
					}
					if got := s.told(); got != "ring user:202, caller talks with 202" {
						t.Errorf("got %s", got)
					}
					caller.hangUp()
				})
			})
		})
	}
}

func TestRecordingIsSwitchedFromOutside(t *testing.T) {
	onStage(t, func(s *stage) {
		if err := s.bridge.Record("none", RecordOn); !errors.Is(err, ErrNoCall) {
			t.Errorf("no call: %v", err)
		}
		withTapes(t, s, false, func() {
			s.does = does("202", answers(10*time.Second))
			caller := s.call("1")
			time.Sleep(2 * time.Second)
			id := s.last(Incoming).Call
			do := func(state RecordState, want error, text string) {
				t.Helper()
				if err := s.bridge.Record(id, state); !errors.Is(err, want) {
					t.Errorf("%s: %v, want %v", state, err, want)
				}
				time.Sleep(2 * time.Second)
				if got := s.last(Recording).Text; text != "" && got != text {
					t.Errorf("%s: the log says %q, want %q", state, got, text)
				}
			}
			do(RecordOn, ErrNobodyTalks, "")
			do(RecordOff, ErrNotRecorded, "")
			time.Sleep(10 * time.Second)
			do(RecordPause, ErrNotRecorded, "")
			do(RecordOn, nil, "")
			do(RecordPause, nil, "paused")
			do(RecordPause, nil, "paused")
			do(RecordOn, nil, "goes on")
			do(RecordOff, nil, "ended")
			do(RecordOff, ErrNotRecorded, "")
			s.bridge.cfg.Recorder = nil
			do(RecordOn, ErrNoRecorder, "")
			caller.hangUp()
		})
	})
}

func TestTheRestOfACallIsRecorded(t *testing.T) {
	for to, want := range map[string]int{"53": 1, "54": 1} {
		onStage(t, func(s *stage) {
			withTapes(t, s, false, func() {
				s.does = does("202", answers(time.Second))
				caller := s.call(to)
				time.Sleep(time.Minute)
				caller.hangUp()
				s.told()
				if n := len(s.bridge.cfg.Recorder.(*tapes).wide); n != want {
					t.Errorf("%s: %d recordings, want %d", to, n, want)
				}
			})
		})
	}
}
