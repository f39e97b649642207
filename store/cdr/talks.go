package cdr

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"time"

	"github.com/tandemgw/tandem"
)

// maxTalks is from how many octets on the list of talks is written anew.
const maxTalks = 1 << 20

// talks is the list of the calls that are answered and not over, in a file, so that a
// gateway that was killed finds out whose records it owes. The time of the file says
// until when they lasted at least. It belongs to the Collector's goroutine; what cannot
// be written is left out, since the end of the call will be.
type talks struct {
	path string
	file *os.File // nil where there is none
	open map[tandem.CallID][]byte
	size int
	text bytes.Buffer // not written yet
	last time.Time    // when the list that was found was written last
}

// talkLine is a line of the list: a talk that has begun, or the call whose talk is over.
type talkLine struct {
	Begun *Record       `json:"begun,omitempty"`
	Over  tandem.CallID `json:"over,omitempty"`
}

// openTalks reads what the process before has left.
func openTalks(dir string) *talks {
	t := &talks{path: filepath.Join(dir, "talks"), open: make(map[tandem.CallID][]byte)}
	f, err := os.Open(t.path)
	if err != nil {
		return t
	}
	defer f.Close()
	if info, err := f.Stat(); err == nil {
		t.last = info.ModTime().UTC()
	}
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, maxLine)
	for lines.Scan() {
		var l talkLine
		if json.Unmarshal(lines.Bytes(), &l) != nil {
			continue // torn off
		}
		if l.Begun != nil {
			t.open[l.Begun.CallID] = bytes.Clone(lines.Bytes())
		}
		delete(t.open, l.Over)
	}
	return t
}

// cutOff are the records of talks whose end nobody has seen.
func (t *talks) cutOff() []Record {
	var all []Record
	for _, line := range t.open {
		var l talkLine
		if json.Unmarshal(line, &l) != nil || l.Begun == nil {
			continue
		}
		r := *l.Begun
		r.End = t.last
		if r.End.Before(r.Answer) {
			r.End = r.Answer
		}
		r.Duration, r.BillSec = int64(r.End.Sub(r.Start)/time.Second), int64(r.End.Sub(r.Answer)/time.Second)
		r.SetupMS = r.Answer.Sub(r.Start).Milliseconds()
		r.Result, r.HangupBy, r.SIPCode, r.Q850 = ResultAnswered, ByGateway, 200, 41
		r.Reason = "the gateway was stopped without a word"
		all = append(all, r)
	}
	return all
}

// restart begins an empty list.
func (t *talks) restart() {
	t.close()
	clear(t.open)
	t.rewrite()
}

func (t *talks) begin(r *Record) {
	line, err := json.Marshal(talkLine{Begun: r})
	if err != nil {
		return
	}
	t.open[r.CallID] = line
	t.text.Write(append(line, '\n'))
}

func (t *talks) end(id tandem.CallID) {
	if _, was := t.open[id]; !was {
		return
	}
	delete(t.open, id)
	if line, err := json.Marshal(talkLine{Over: id}); err == nil {
		t.text.Write(append(line, '\n'))
	}
}

// flush writes what was said. It is not forced to the disk: it is for the end of the
// process, not for that of the machine's power.
func (t *talks) flush() {
	if t.text.Len() == 0 {
		return
	}
	if t.file == nil || t.size+t.text.Len() > maxTalks+2*len(t.open)*1024 {
		t.rewrite()
		return
	}
	n, err := t.file.Write(t.text.Bytes())
	t.text.Reset()
	if t.size += n; err != nil {
		t.close() // the next one writes it anew
	}
}

// rewrite writes the whole list into a new file.
func (t *talks) rewrite() {
	t.close()
	t.text.Reset()
	part := t.path + ".part"
	f, err := os.OpenFile(part, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return
	}
	t.size = 0
	for _, line := range t.open {
		n, err := f.Write(append(bytes.Clone(line), '\n'))
		if t.size += n; err != nil {
			_ = f.Close()
			return
		}
	}
	if err := os.Rename(part, t.path); err != nil {
		_ = f.Close()
		return
	}
	t.file = f
}

// alive says that the talks still last.
func (t *talks) alive() {
	if len(t.open) > 0 && t.file != nil {
		now := time.Now()
		_ = os.Chtimes(t.path, now, now)
	}
}

func (t *talks) close() {
	if t.file != nil {
		_ = t.file.Close()
		t.file = nil
	}
}
