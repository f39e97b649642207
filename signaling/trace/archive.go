package trace

import (
	"cmp"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/tandemgw/tandem"
)

// Keep says which calls are kept on disk.
type Keep string

// What is kept: calls with problems, as Summary has them, all calls, or none.
const (
	KeepBad  Keep = "bad"
	KeepAll  Keep = "all"
	KeepNone Keep = "none"
)

// Rules bound an Archive.
type Rules struct {
	Keep Keep          // empty means KeepBad
	For  time.Duration // how long a trace is kept; 0 means 7 days
	Disk int64         // octets of all traces; 0 means 1 GiB
}

func (r Rules) withDefaults() Rules {
	return Rules{cmp.Or(r.Keep, KeepBad), cmp.Or(r.For, 7*24*time.Hour), cmp.Or(r.Disk, 1<<30)}
}

const (
	// maxQueued is how many traces may wait for the disk; those beyond are lost.
	maxQueued = 64
	maxKept   = 50000      // files
	maxFile   = 64 << 20   // octets of a trace that is read again, unpacked
	fileEnd   = ".json.gz" // 20261121T210304-k3v9x2mqa7-failed.json.gz
	fileTime  = "20060102T150405"
)

// Archive keeps traces on disk, masked: a file each, which only its owner may read. One
// goroutine writes them; the oldest are deleted where there are too many or they are
// too old.
type Archive struct {
	dir   string
	log   *slog.Logger
	queue chan *Trace
	done  chan struct{}

	mu     sync.Mutex // guards what follows
	rules  Rules
	closed bool
	kept   []keptTrace // the oldest first
	edits  uint64      // of kept
	octets int64
	lost   uint64
	fault  string    // of the last write, empty where it went well
	warned time.Time // when a fault was logged last
	// heads are the summaries of files, by their names: at most maxHeads.
	heads map[string]Summary
}

// keptTrace is a file.
type keptTrace struct {
	name   string
	call   tandem.CallID
	start  time.Time
	octets int64
}

// OpenArchive keeps traces in a folder, which it makes.
func OpenArchive(dir string, r Rules, log *slog.Logger) (*Archive, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("open traces: %w", err)
	}
	a := &Archive{dir: dir, log: log, queue: make(chan *Trace, maxQueued), done: make(chan struct{}), rules: r.withDefaults(), heads: map[string]Summary{}}
	if a.log == nil {
		a.log = slog.New(slog.DiscardHandler)
	}
	if err := a.scan(); err != nil {
		return nil, err
	}
	go a.write()
	return a, nil
}

// scan looks what is there already; what was being written when the gateway ended is
// deleted.
func (a *Archive) scan() error {
	all, err := os.ReadDir(a.dir)
	if err != nil {
		return fmt.Errorf("open traces: %w", err)
	}
	for _, e := range all {
		if strings.HasSuffix(e.Name(), fileEnd+".new") {
			_ = os.Remove(filepath.Join(a.dir, e.Name()))
			continue
		}
		info, err := e.Info()
		if k, ok := readName(e.Name()); ok && err == nil {
			k.octets = info.Size()
			a.kept = append(a.kept, k)
			a.octets += k.octets
		}
	}
	slices.SortFunc(a.kept, func(x, y keptTrace) int { return cmp.Compare(x.name, y.name) })
	return nil
}

// fileName has the time first, so that names are in the order of calls.
func fileName(t *Trace) string {
	name := t.Start.UTC().Format(fileTime) + "-" + string(t.Call)
	for _, p := range t.Problems {
		name += "-" + p
	}
	return name + fileEnd
}

func readName(name string) (keptTrace, bool) {
	stem, ok := strings.CutSuffix(name, fileEnd)
	parts := strings.SplitN(stem, "-", 3)
	if !ok || len(parts) < 2 {
		return keptTrace{}, false
	}
	start, err := time.Parse(fileTime, parts[0])
	return keptTrace{name: name, call: tandem.CallID(parts[1]), start: start}, err == nil
}

// SetRules bounds the archive anew.
func (a *Archive) SetRules(r Rules) {
	a.mu.Lock()
	a.rules = r.withDefaults()
	a.mu.Unlock()
}

// wants says whether a call with these problems is to be kept.
func (a *Archive) wants(problems []string) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.rules.Keep == KeepAll || a.rules.Keep == KeepBad && len(problems) > 0
}

// Add queues a trace to be written; it takes it over. It does not block: where the disk
// is too slow the trace is lost, and counted.
func (a *Archive) Add(t *Trace) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.closed {
		return
	}
	select {
	case a.queue <- t:
	default:
		a.lost++
	}
}

// Close writes what waits. It is idempotent.
func (a *Archive) Close() error {
	a.mu.Lock()
	if !a.closed {
		a.closed = true
		close(a.queue)
	}
	a.mu.Unlock()
	<-a.done
	return nil
}

// Fault says in words what is wrong with the disk, empty where nothing is, and how many
// traces were lost.
func (a *Archive) Fault() (words string, lost uint64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.fault, a.lost
}

func (a *Archive) write() {
	defer close(a.done)
	for t := range a.queue {
		k, err := a.writeTrace(t)
		a.wrote(k, err)
		for _, name := range a.overdue(time.Now()) {
			if err := os.Remove(filepath.Join(a.dir, name)); err != nil && !errors.Is(err, os.ErrNotExist) {
				a.log.Warn("a trace cannot be deleted", "reason", err)
			}
		}
	}
}

// wrote notes what became of a trace. A fault of the disk is logged once a minute.
func (a *Archive) wrote(k keptTrace, err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if err == nil {
		a.fault = ""
		a.edits++
		a.kept = append(a.kept, k)
		a.octets += k.octets
		return
	}
	a.fault = err.Error()
	a.lost++
	if time.Since(a.warned) > time.Minute {
		a.warned = time.Now()
		a.log.Warn("traces are not kept", "reason", err)
	}
}

// overdue takes what is to be deleted out of what is kept.
func (a *Archive) overdue(now time.Time) []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	var names []string
	for len(a.kept) > 0 {
		k := a.kept[0]
		if a.octets <= a.rules.Disk && len(a.kept) <= maxKept && now.Sub(k.start) <= a.rules.For {
			break
		}
		names = append(names, k.name)
		a.octets -= k.octets
		a.edits++
		a.kept = a.kept[1:]
	}
	return names
}

// archived is a trace as it stands on disk.
type archived struct {
	Summary Summary  `json:"summary"`
	Legs    []Leg    `json:"legs"`
	Items   []Item   `json:"items"`
	Packets []Packet `json:"packets,omitempty"`
}

// writeTrace writes a file whole or not at all.
func (a *Archive) writeTrace(t *Trace) (k keptTrace, err error) {
	t.Mask()
	t.Kept = true
	k = keptTrace{name: fileName(t), call: t.Call, start: t.Start}
	path := filepath.Join(a.dir, k.name)
	f, err := os.OpenFile(path+".new", os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return k, fmt.Errorf("write trace: %w", err)
	}
	defer func() {
		if err != nil {
			_ = os.Remove(path + ".new")
		}
	}()
	z, _ := gzip.NewWriterLevel(f, gzip.BestSpeed) // a level that there is
	err = json.NewEncoder(z).Encode(archived{t.Summary, t.Legs, t.Items, t.Packets})
	if err = errors.Join(err, z.Close(), f.Close()); err != nil {
		return k, fmt.Errorf("write trace: %w", err)
	}
	if err = os.Rename(path+".new", path); err != nil {
		return k, fmt.Errorf("write trace: %w", err)
	}
	if info, statErr := os.Stat(path); statErr == nil {
		k.octets = info.Size()
	}
	return k, nil
}

// Get reads a trace again; false where there is none.
func (a *Archive) Get(id tandem.CallID) (*Trace, bool) {
	a.mu.Lock()
	n := slices.IndexFunc(a.kept, func(k keptTrace) bool { return k.call == id })
	name := ""
	if n >= 0 {
		name = a.kept[n].name
	}
	a.mu.Unlock()
	if n < 0 {
		return nil, false
	}
	f, err := os.Open(filepath.Join(a.dir, name))
	if err != nil {
		return nil, false
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		return nil, false
	}
	var t archived
	if err := json.NewDecoder(io.LimitReader(z, maxFile)).Decode(&t); err != nil {
		return nil, false
	}
	return &Trace{Summary: t.Summary, Legs: t.Legs, Items: t.Items, Packets: t.Packets, Masked: true}, true
}

// KeptFile is the trace of a call on disk.
type KeptFile struct {
	Call     tandem.CallID
	Start    time.Time // to the second
	Problems []string
	Name     string // in the folder of traces
	Octets   int64
}

// Edits is another number whenever Files are others.
func (a *Archive) Edits() uint64 {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.edits
}

// Files are all traces on disk, the oldest first.
func (a *Archive) Files() []KeptFile {
	a.mu.Lock()
	defer a.mu.Unlock()
	all := make([]KeptFile, len(a.kept))
	for i := range a.kept {
		k := &a.kept[i]
		all[i] = KeptFile{k.call, k.start, k.problems(), k.name, k.octets}
	}
	return all
}

// problems are read out of the name of the file.
func (k *keptTrace) problems() []string {
	parts := strings.SplitN(strings.TrimSuffix(k.name, fileEnd), "-", 3)
	if len(parts) < 3 {
		return nil
	}
	return problemsOf(parts[2])
}

// problemsOf reads them out of the name of a file.
func problemsOf(text string) []string {
	var all []string
	for _, p := range []string{"failed", "one-way", "short", "bad"} {
		if strings.Contains(text, p) {
			all = append(all, p)
		}
	}
	return all
}
