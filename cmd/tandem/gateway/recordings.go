package gateway

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/tandemgw/tandem"
	"github.com/tandemgw/tandem/admin"
	"github.com/tandemgw/tandem/bridge"
	"github.com/tandemgw/tandem/codecs"
	"github.com/tandemgw/tandem/config"
	"github.com/tandemgw/tandem/media"
	"github.com/tandemgw/tandem/media/record"
)

// recordingPatience is how long a gateway that stops waits for the disk.
const recordingPatience = 10 * time.Second

var _ bridge.Recorder = (*Gateway)(nil)

// openRecordings makes what records calls. It is closed after the engine, which
// writes the last of each recording.
func (g *Gateway) openRecordings(Options) error {
	r, err := g.newRecorder(g.file())
	if err != nil {
		return err
	}
	g.recorder.Store(r)
	g.closer(func() error { return closeRecorder(g.recorder.Load()) })
	return nil
}

// newRecorder makes what records as a file says.
func (g *Gateway) newRecorder(file *config.File) (*record.Recorder, error) {
	c := file.Recordings
	folder := c.Folder
	if folder == "" {
		folder = filepath.Join(g.options.State, "recordings")
	}
	return record.New(record.Config{
		Folder: folder, Format: record.Format(c.Format), KeepDigits: c.Digits == "kept", Checksums: true, Log: g.log,
	})
}

// mendRecordings makes whole, in the background, what was left unfinished in a folder by
// a gateway that was killed.
func (g *Gateway) mendRecordings(r *record.Recorder) {
	g.tasks.run(func(ctx context.Context) error {
		r.Mend(ctx)
		return nil
	})
}

// closeRecorder waits a moment for the disk.
func closeRecorder(r *record.Recorder) error {
	ctx, cancel := context.WithTimeout(context.Background(), recordingPatience)
	defer cancel()
	return r.Close(ctx)
}

// Tape implements bridge.Recorder.
func (g *Gateway) Tape(call tandem.CallID, left, right *media.Endpoint, wide bool, told record.Events) (*media.Tape, error) {
	rate := codecs.Rate8k
	if wide {
		rate = codecs.Rate16k
	}
	recorder := g.recorder.Load()
	r, err := recorder.Open(record.Options{Name: string(call), Rate: rate, Channels: 2, Events: told})
	if err != nil {
		return nil, err
	}
	return g.engine.NewTape(r, recorder.KeepDigits(), left, right), nil
}

// Room implements bridge.Recorder.
func (g *Gateway) Room(name string, rate media.Rate) (*record.Recording, error) {
	log := g.log.With("room", name)
	return g.recorder.Load().Open(record.Options{Name: "room-" + name, Rate: rate, Channels: 1, Events: record.Events{
		Opened: func(file string) { log.Info("room is recorded", "file", file) },
		Failed: func(err error) { log.Error("the recording of a room has ended, the room goes on", "error", err) },
		Closed: func(r record.Result) {
			log.Info("room was recorded", "file", r.Name, "length", r.Length, "missing", r.Dropped)
		},
	}})
}

// record does what the control socket asks for.
func (g *Gateway) record(id, state string) error {
	err := g.bridge.Record(tandem.CallID(id), bridge.RecordState(state))
	if errors.Is(err, bridge.ErrNoCall) {
		return fmt.Errorf("%w: %w", admin.ErrNotFound, err)
	}
	return err
}
