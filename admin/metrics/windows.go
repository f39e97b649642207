package metrics

import (
	"slices"
	"sync"
	"time"
)

const (
	seconds    = 60
	minutes    = 60
	quarter    = 15  // minutes that ratios are told of
	maxSetUps  = 256 // times to ringing that are kept of a minute; what comes then replaces at random places
	perMinute  = 60
	percentile = 0.95
)

// windows are the last minutes: what has come and gone in each, and the samples. It
// locks by itself.
type windows struct {
	mu      sync.Mutex // a leaf
	minutes [quarter]minute
	second  second // that is under way

	short, long ring
	running     gathered // of the minute that is under way
	guesses     []uint64 // wrong passwords since the start, at each of the last seconds
}

// minute is what calls did in one.
type minute struct {
	at              int64 // minutes since 1970
	ended, answered int
	talked          time.Duration
	legs, low       int
	setUps          []time.Duration
	setUpCount      int
}

// second is what calls did since the last sample.
type second struct{ began, faults int }

// sampled is one point of the series.
type sampled struct{ calls, cps, failures, loss, jitter float64 }

// gathered are the samples of a minute that is under way.
type gathered struct {
	n          int
	sum        sampled // calls and jitter: the most
	came, lost float64
}

// ring holds the last samples, the newest last.
type ring struct{ all []sampled }

func (r *ring) add(s sampled, most int) {
	if len(r.all) == most {
		copy(r.all, r.all[1:])
		r.all = r.all[:most-1]
	}
	r.all = append(r.all, s)
}

// atLocked is the minute of a time, emptied where it was that of an hour before.
func (w *windows) atLocked(now time.Time) *minute {
	n := now.Unix() / perMinute
	m := &w.minutes[n%quarter]
	if m.at != n {
		*m = minute{at: n, setUps: m.setUps[:0]}
	}
	return m
}

func (w *windows) began(time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.second.began++
}

func (w *windows) ended(at time.Time, result string, talked time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	m := w.atLocked(at)
	m.ended++
	if result == resultAnswered {
		m.answered++
		m.talked += talked
	}
	if isFault(result) {
		w.second.faults++
	}
}

func (w *windows) setUp(at time.Time, d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	m := w.atLocked(at)
	m.setUpCount++
	if len(m.setUps) < maxSetUps {
		m.setUps = append(m.setUps, d)
		return
	}
	m.setUps[m.setUpCount%maxSetUps] = d // the newest
}

func (w *windows) judged(at time.Time, low bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	m := w.atLocked(at)
	m.legs++
	if low {
		m.low++
	}
}

// ratios are what the last quarter of an hour has come to.
type ratios struct {
	asr, acd, low float64
	median        time.Duration
}

func (w *windows) ratios(now time.Time) ratios {
	w.mu.Lock()
	defer w.mu.Unlock()
	sum, n := minute{}, now.Unix()/perMinute
	for i := range w.minutes {
		m := &w.minutes[i]
		if m.at <= n-quarter || m.at > n {
			continue
		}
		sum.ended, sum.answered, sum.talked = sum.ended+m.ended, sum.answered+m.answered, sum.talked+m.talked
		sum.legs, sum.low = sum.legs+m.legs, sum.low+m.low
		sum.setUps = append(sum.setUps, m.setUps...)
	}
	r := ratios{asr: -1}
	if sum.ended > 0 {
		r.asr = 100 * float64(sum.answered) / float64(sum.ended)
	}
	if sum.answered > 0 {
		r.acd = sum.talked.Seconds() / float64(sum.answered)
	}
	if sum.legs > 0 {
		r.low = 100 * float64(sum.low) / float64(sum.legs)
	}
	if len(sum.setUps) > 0 {
		slices.Sort(sum.setUps)
		r.median = sum.setUps[len(sum.setUps)/2]
	}
	return r
}

// take ends a second: of calls at its end, with what the media did in it.
func (w *windows) take(calls int, took time.Duration, came, lost, jitter float64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	s := sampled{calls: float64(calls), loss: percentOf(lost, came+lost), jitter: jitter}
	if took > 0 {
		s.cps, s.failures = float64(w.second.began)/took.Seconds(), float64(w.second.faults)/took.Seconds()
	}
	w.second = second{}
	w.short.add(s, seconds)
	g := &w.running
	g.n++
	g.came, g.lost = g.came+came, g.lost+lost
	g.sum.calls, g.sum.jitter = max(g.sum.calls, s.calls), max(g.sum.jitter, s.jitter)
	g.sum.cps, g.sum.failures = g.sum.cps+s.cps, g.sum.failures+s.failures
	if g.n == perMinute {
		w.long.add(g.whole(), minutes)
		*g = gathered{}
	}
}

// whole is the point of what was gathered.
func (g *gathered) whole() sampled {
	s := g.sum
	s.cps, s.failures = s.cps/float64(g.n), s.failures/float64(g.n)
	s.loss = percentOf(g.lost, g.came+g.lost)
	return s
}

// series are the samples of the last minute and of the last hour, whose newest point
// is the minute that is under way.
func (w *windows) series() (short, long Series) {
	w.mu.Lock()
	defer w.mu.Unlock()
	hour := w.long.all
	if w.running.n > 0 {
		hour = append(slices.Clone(hour), w.running.whole())
		hour = hour[max(0, len(hour)-minutes):]
	}
	return columns(w.short.all), columns(hour)
}

// guessed takes how many wrong passwords there were since the start.
func (w *windows) guessed(total uint64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.guesses) > seconds {
		copy(w.guesses, w.guesses[1:])
		w.guesses = w.guesses[:seconds]
	}
	w.guesses = append(w.guesses, total)
}

// guessesAMinute are those of the last minute.
func (w *windows) guessesAMinute() float64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.guesses) == 0 {
		return 0
	}
	return float64(w.guesses[len(w.guesses)-1] - w.guesses[0])
}

// callsPerSecond is the average of the last ten seconds.
func (w *windows) callsPerSecond() float64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	last := w.short.all[max(0, len(w.short.all)-10):]
	sum := 0.0
	for _, s := range last {
		sum += s.cps
	}
	return sum / float64(max(1, len(last)))
}

func columns(all []sampled) Series {
	s := Series{Calls: []float64{}, CPS: []float64{}, Failures: []float64{}, Loss: []float64{}, JitterP95: []float64{}}
	for _, p := range all {
		s.Calls, s.CPS, s.Failures = append(s.Calls, round(p.calls)), append(s.CPS, round(p.cps)), append(s.Failures, round(p.failures))
		s.Loss, s.JitterP95 = append(s.Loss, round(p.loss)), append(s.JitterP95, round(p.jitter))
	}
	return s
}

func percentOf(part, whole float64) float64 {
	if whole <= 0 {
		return 0
	}
	return 100 * max(0, part) / whole
}
