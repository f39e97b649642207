package trace

import (
	"compress/gzip"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
)

const (
	// maxHeads bounds the heads of files that are remembered: a list that is looked at again
	// and again reads none twice.
	maxHeads = 2000
	// maxHead is what of a file is read for its head, unpacked, in octets.
	maxHead = 64 << 10
)

// List names the calls that are kept, the newest first: who called whom, and how it ended, as
// far as their files tell.
func (a *Archive) List(limit int) []Summary {
	a.mu.Lock()
	newest := a.kept[max(0, len(a.kept)-max(0, limit)):]
	all := make([]Summary, 0, len(newest))
	names := make([]string, 0, len(newest))
	for n := len(newest) - 1; n >= 0; n-- {
		all, names = append(all, newest[n].summary()), append(names, newest[n].name)
	}
	a.mu.Unlock()
	for n := range all {
		all[n].learn(a.head(names[n]))
	}
	return all
}

// Find returns what List does of the file with a name, false where there is none.
func (a *Archive) Find(name string) (Summary, bool) {
	k, ok := readName(name)
	if !ok || filepath.Base(name) != name {
		return Summary{}, false
	}
	info, err := os.Stat(filepath.Join(a.dir, name))
	if err != nil {
		return Summary{}, false
	}
	k.octets = info.Size()
	s := k.summary()
	s.learn(a.head(name))
	return s, true
}

// summary is what the name of a file tells.
func (k *keptTrace) summary() Summary {
	return Summary{Call: k.call, Start: k.start, Problems: k.problems(), Octets: int(k.octets), Kept: true}
}

// learn takes over from the head of a file what its name does not tell.
func (s *Summary) learn(head Summary) {
	if head.Call != s.Call {
		return // it could not be read
	}
	head.Problems, head.Octets, head.Kept = s.Problems, s.Octets, true
	*s = head
}

// head is the summary with which a file begins; zero where it cannot be read.
func (a *Archive) head(name string) Summary {
	a.mu.Lock()
	s, known := a.heads[name]
	a.mu.Unlock()
	if known {
		return s
	}
	s, err := readHead(filepath.Join(a.dir, name))
	if err != nil {
		s = Summary{}
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.heads) >= maxHeads {
		clear(a.heads)
	}
	a.heads[name] = s
	return s
}

// readHead reads no more of a file than it has to.
func readHead(path string) (s Summary, err error) {
	f, err := os.Open(path)
	if err != nil {
		return s, err
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		return s, err
	}
	d := json.NewDecoder(io.LimitReader(z, maxHead))
	for _, want := range []json.Token{json.Delim('{'), "summary"} { // see archived
		if got, err := d.Token(); err != nil || got != want {
			return s, errors.Join(errNoHead, err)
		}
	}
	return s, d.Decode(&s)
}

var errNoHead = errors.New("the file does not begin with its summary")
