package record

import (
	"errors"
	"fmt"
	"math"
	"sync"
	"syscall"
	"time"
)

const (
	// bufferTime is how much sound waits for the disk. What comes while it is
	// full is dropped.
	bufferTime = 3 * time.Second
	// stretchTime is how much is written at a time.
	stretchTime = 500 * time.Millisecond
	// patchTime is how often the header is brought up to date, so that the
	// file can be read after a crash.
	patchTime = 5 * time.Second
	// maxRecording is how long a recording can be. A WAV of more than 16000 samples
	// a second ends sooner: its header cannot say more than 4 GiB.
	maxRecording = 16 * time.Hour
)

var errTooLong = errors.New("the recording has become too long")

// container is the inside of a file: it turns samples into octets. It belongs to
// one goroutine at a time.
type container interface {
	// begin writes what comes before the first sample.
	begin() error
	// write takes interleaved samples.
	write(pcm []int16) error
	// patch makes readable what is there.
	patch() error
	// end writes what is left.
	end() error
}

// Recording is one file in the making. Whoever has the sound gives it, one
// goroutine at a time; a writer of the Recorder puts it to the disk.
//
//	Write -> buffer of 3 s -> writer -> container -> file
//
// When the disk is too slow the buffer gets full, and what comes until all of it
// is written is replaced by silence of the same length: the two sides of a call
// never get out of step.
type Recording struct {
	r     *Recorder
	o     Options
	began time.Time
	limit int // samples of the buffer

	mu     sync.Mutex // a leaf: guards what follows
	ring   []int16    // made with the first sound
	first  int
	size   int
	gap    int64 // samples that did not fit, behind those of the ring
	queued bool  // in the Recorder's work, or with one of its writers
	paused bool
	closed bool
	over   bool // closed or failed, and the file is closed

	// Only whoever serves, or finishes:
	err     error // why it is over
	name    string
	file    File
	inside  container
	written int64 // samples of all channels
	dropped int64
	patched int64
}

// WriteMono takes the next samples of a recording of one channel. It never
// blocks, keeps nothing of pcm and allocates nothing but at the first call.
func (rec *Recording) WriteMono(pcm []int16) { rec.write(pcm) }

// WriteStereo takes the next samples of a recording of two channels, left and
// right in turn, so an even number. It never blocks, keeps nothing of pcm and
// allocates nothing but at the first call.
func (rec *Recording) WriteStereo(pcm []int16) { rec.write(pcm) }

func (rec *Recording) write(pcm []int16) {
	rec.mu.Lock()
	defer rec.mu.Unlock()
	if rec.closed || rec.over {
		return
	}
	if rec.ring == nil {
		rec.ring = make([]int16, rec.limit)
	}
	if rec.gap > 0 || rec.size+len(pcm) > len(rec.ring) {
		rec.gap += int64(len(pcm))
		rec.wakeLocked()
		return
	}
	at := (rec.first + rec.size) % len(rec.ring)
	rec.size += len(pcm)
	if rec.paused {
		n := min(len(pcm), len(rec.ring)-at)
		clear(rec.ring[at : at+n])
		clear(rec.ring[:len(pcm)-n])
	} else {
		n := copy(rec.ring[at:], pcm)
		copy(rec.ring, pcm[n:])
	}
	if rec.size >= rec.o.Rate.Samples(stretchTime)*rec.o.Channels {
		rec.wakeLocked()
	}
}

// Pause replaces what comes from now on by silence (true), or ends that (false).
func (rec *Recording) Pause(on bool) {
	rec.mu.Lock()
	defer rec.mu.Unlock()
	rec.paused = on
}

// Paused says whether silence is recorded.
func (rec *Recording) Paused() bool {
	rec.mu.Lock()
	defer rec.mu.Unlock()
	return rec.paused
}

// Rate returns the rate in samples a second that the recording was opened with.
func (rec *Recording) Rate() int { return int(rec.o.Rate) }

// Channels returns how many it has: 1, or 2 for stereo.
func (rec *Recording) Channels() int { return rec.o.Channels }

// Over says that nothing more can be recorded: it was closed, or has failed.
func (rec *Recording) Over() bool {
	rec.mu.Lock()
	defer rec.mu.Unlock()
	return rec.closed || rec.over
}

// Close ends the recording. It does not wait: Events.Closed tells when the file
// is whole. It may be called more than once.
func (rec *Recording) Close() {
	rec.mu.Lock()
	defer rec.mu.Unlock()
	if rec.closed {
		return
	}
	rec.closed = true
	rec.wakeLocked()
}

// wakeLocked lets a writer come by.
func (rec *Recording) wakeLocked() {
	if rec.queued || rec.over {
		return
	}
	rec.queued = true
	rec.r.work <- rec // never full: each recording is in it once at most
}

// take gives out what waits, as much as fits into buf, or how long the silence is
// that follows. last says that nothing more will come.
func (rec *Recording) take(buf []int16) (n int, gap int64, last bool) {
	rec.mu.Lock()
	defer rec.mu.Unlock()
	if rec.size == 0 {
		gap, rec.gap = rec.gap, 0
		return 0, gap, rec.closed
	}
	n = min(rec.size, len(buf)/rec.o.Channels*rec.o.Channels)
	k := copy(buf[:n], rec.ring[rec.first:])
	copy(buf[k:n], rec.ring)
	rec.first, rec.size = (rec.first+n)%len(rec.ring), rec.size-n
	return n, 0, rec.closed && rec.size == 0 && rec.gap == 0
}

// serve writes a stretch, and comes back for more when there is more.
func (rec *Recording) serve(buf []int16) {
	buf = buf[:min(len(buf), rec.o.Rate.Samples(stretchTime)*rec.o.Channels)]
	n, gap, last := rec.take(buf)
	err := rec.put(buf[:n])
	for clear(buf); gap > 0 && err == nil; gap -= int64(len(buf)) {
		quiet := buf[:min(int64(len(buf)), gap)]
		rec.dropped += int64(len(quiet))
		err = rec.put(quiet)
	}
	if err != nil || last {
		rec.err = err
		rec.r.last <- rec // never full: each recording is in it once, and not in work any more
		return
	}
	rec.mu.Lock()
	defer rec.mu.Unlock()
	rec.queued = false
	if rec.size > 0 && (rec.closed || rec.gap > 0 || rec.size >= len(buf)) || rec.size == 0 && rec.gap > 0 || rec.closed {
		rec.wakeLocked()
	}
}

// put writes samples to the file, and makes it with the first of them.
func (rec *Recording) put(pcm []int16) error {
	if len(pcm) == 0 {
		return nil
	}
	if rec.file == nil {
		if err := rec.begin(); err != nil {
			return err
		}
	}
	if err := rec.inside.write(pcm); err != nil {
		return fmt.Errorf("write a recording: %w", err)
	}
	rec.written += int64(len(pcm))
	if rec.written-rec.patched >= rec.samples(patchTime) {
		rec.patched = rec.written
		if err := rec.inside.patch(); err != nil {
			return fmt.Errorf("write a recording: %w", err)
		}
	}
	if rec.written >= rec.most() {
		return errTooLong
	}
	return nil
}

// most is after how many samples a recording ends: one stretch more can still be told in
// the header of a WAV.
func (rec *Recording) most() int64 {
	most := rec.samples(maxRecording)
	if rec.r.c.Format == WAV {
		const octets = math.MaxUint32 - wavHeader
		most = min(most, octets/2-rec.samples(time.Second))
	}
	return most
}

func (rec *Recording) samples(d time.Duration) int64 {
	return int64(rec.o.Rate) * int64(d/time.Second) * int64(rec.o.Channels)
}

func (rec *Recording) length(samples int64) time.Duration {
	return time.Duration(samples) * time.Second / time.Duration(int(rec.o.Rate)*rec.o.Channels)
}

func (rec *Recording) begin() error {
	name, f, err := rec.r.make(rec)
	if err != nil {
		return err
	}
	rec.name, rec.file = name, f
	if rec.r.c.Format == Ogg {
		rec.inside, err = newOgg(f, rec.o)
	} else {
		rec.inside = newWAVFile(f, rec.o)
	}
	if err == nil {
		err = rec.inside.begin()
	}
	if err != nil {
		return fmt.Errorf("begin a recording: %w", err)
	}
	if told := rec.o.Events.Opened; told != nil {
		told(name)
	}
	return nil
}

// finish closes the file; what was written stays, whatever has failed.
func (rec *Recording) finish() {
	err := rec.err
	if rec.file != nil {
		if rec.inside != nil {
			if e := rec.inside.end(); err == nil && e != nil {
				err = fmt.Errorf("end a recording: %w", e)
			}
		}
		if e := rec.file.Close(); err == nil && e != nil {
			err = fmt.Errorf("end a recording: %w", e)
		}
	}
	rec.mu.Lock()
	rec.over, rec.queued, rec.ring, rec.size, rec.gap = true, false, nil, 0, 0
	rec.mu.Unlock()
	if errors.Is(err, syscall.ENOSPC) {
		err = fmt.Errorf("the disk is full: %w", err)
	}
	if err != nil {
		rec.r.log.Error("recording failed", "name", rec.o.Name, "file", rec.name, "error", err)
		if told := rec.o.Events.Failed; told != nil {
			told(err)
		}
	}
	if told := rec.o.Events.Closed; told != nil {
		told(Result{Name: rec.name, Length: rec.length(rec.written), Dropped: rec.length(rec.dropped), Err: err})
	}
	rec.r.forget(rec)
}
