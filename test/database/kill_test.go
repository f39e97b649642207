package database

import (
	"bufio"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/tandemgw/tandem"
	"github.com/tandemgw/tandem/store/cdr"
	"github.com/tandemgw/tandem/store/sql"
	"github.com/tandemgw/tandem/test/peers"
)

// child says which of the children a process is: the tests start themselves anew.
const child = "TANDEM_TEST_CHILD"

func TestMain(m *testing.M) {
	switch dir := os.Getenv(child + "_DIR"); os.Getenv(child) {
	case "":
		os.Exit(m.Run())
	case "writes":
		write(dir, os.Getenv(child+"_NAME"))
	case "locks":
		lock(dir)
	case "full":
		full(dir)
	}
}

// again starts this program as a child, until the test ends.
func again(t *testing.T, as, dir, name string) (*exec.Cmd, *bufio.Scanner) {
	t.Helper()
	self, err := os.Executable()
	must(t, err)
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), child+"="+as, child+"_DIR="+dir, child+"_NAME="+name)
	cmd.Stderr = os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	out, err := cmd.StdoutPipe()
	must(t, err)
	return cmd, bufio.NewScanner(out)
}

// made is a record of which everything follows from its name.
func made(id string) cdr.Record {
	return cdr.Record{CallID: tandem.CallID(id), Start: noon, End: noon, FromName: strings.Repeat(id+" ", 1+len(id)*7%40), Dialed: "202", Result: cdr.ResultBusy}
}

func line(r cdr.Record) []byte {
	text, _ := json.Marshal(&r) // numbers and text: it cannot err
	return text
}

// write promises records until it is killed: those of the queue, which database, JSON
// and CSV take, and those that are given to the database alone.
func write(dir, name string) {
	s, err := openStore(dir, 0)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return
	}
	s.run()
	var wg sync.WaitGroup
	promise := func(kind string, keep func(all []cdr.Record) error) {
		for n := 0; ; {
			var all []cdr.Record
			for range 1 + rand.IntN(8) {
				all = append(all, made(fmt.Sprintf("%s%s.%d", kind, name, n)))
				n++
			}
			if err := keep(all); err != nil {
				fmt.Fprintln(os.Stderr, err)
				return
			}
			var text strings.Builder
			for i := range all {
				fmt.Fprintln(&text, all[i].CallID)
			}
			_, _ = os.Stdout.WriteString(text.String()) // at once: it is a pipe
		}
	}
	wg.Go(func() {
		promise("q", func(all []cdr.Record) error {
			var lines [][]byte
			for _, r := range all {
				lines = append(lines, line(r))
			}
			return s.spool.Append(lines)
		})
	})
	wg.Go(func() {
		promise("d", func(all []cdr.Record) error { return s.db.PutCDRs(context.Background(), all) })
	})
	wg.Wait()
}

// store is a store as the gateway has it.
type store struct {
	dir   string
	db    *sql.DB
	spool *cdr.Spool
	feeds []*cdr.Feed
	stop  context.CancelFunc
	wg    sync.WaitGroup
}

func openStore(dir string, bound int64, more ...cdr.Sink) (*store, error) {
	db, err := sql.Reach(filepath.Join(dir, "tandem.db"))
	if err != nil {
		return nil, err
	}
	return storeOf(dir, bound, db, more...)
}

func storeOf(dir string, bound int64, db *sql.DB, more ...cdr.Sink) (*store, error) {
	spool, err := cdr.OpenSpool(filepath.Join(dir, "cdr"), bound)
	if err != nil {
		return nil, err
	}
	s := &store{dir: dir, db: db, spool: spool}
	sinks := []cdr.Sink{db.Sink(), cdr.NewJSONLines(filepath.Join(dir, "cdr.json")), cdr.NewCSV(filepath.Join(dir, "cdr.csv"), cdr.TemplateTandem)}
	for _, sink := range append(sinks, more...) {
		s.feeds = append(s.feeds, cdr.NewFeed(spool, sink, nil))
	}
	return s, nil
}

func (s *store) run() {
	ctx, stop := context.WithCancel(context.Background())
	s.stop = stop
	for _, f := range s.feeds {
		s.wg.Go(func() { _ = f.Run(ctx) })
	}
}

// drained says whether everybody has everything.
func (s *store) drained() bool {
	for _, f := range s.feeds {
		if f.Behind() {
			return false
		}
	}
	return true
}

func (s *store) close() {
	if s.stop != nil {
		s.stop()
	}
	s.wg.Wait()
	_ = s.spool.Close()
	_ = s.db.Close()
}

func TestWhatWasPromisedIsThereAfterTheProcessWasKilled(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	promised := make(map[string]bool)
	for n := range 5 {
		cmd, out := again(t, "writes", dir, fmt.Sprint(n))
		must(t, cmd.Start())
		timer := time.NewTimer(time.Duration(rand.IntN(500)) * time.Millisecond)
		if n > 0 && out.Scan() { // the first one may be killed while it makes its tables
			promised[out.Text()] = true
		}
		go func() {
			<-timer.C
			_ = cmd.Process.Kill()
		}()
		for out.Scan() {
			promised[out.Text()] = true
		}
		_ = cmd.Wait()
	}
	if len(promised) < 20 {
		t.Fatalf("only %d records were promised", len(promised))
	}
	s, err := openStore(dir, 0)
	must(t, err)
	s.run()
	peers.Await(t, 30*time.Second, "everybody has everything", s.drained)
	s.prove(t, promised)
	s.close()
	t.Logf("%d records were promised", len(promised))
}

// prove looks for each promised record, in the database and, where its name begins with
// q, in the files: whole, and once.
func (s *store) prove(t *testing.T, promised map[string]bool) {
	t.Helper()
	must(t, s.db.Backup(t.Context(), filepath.Join(s.dir, "copy.db"))) // which looks whether it is sound
	inDB, inJSON, inCSV := make(map[string]int), make(map[string]int), make(map[string]int)
	whole := func(r *cdr.Record) string {
		if want := made(string(r.CallID)); string(line(want)) != string(line(*r)) {
			t.Errorf("%s is not whole: %+v", r.CallID, *r)
		}
		return string(r.CallID)
	}
	for q := (cdr.Query{Limit: 1000}); ; {
		page, next, err := s.db.CDRs(t.Context(), q)
		must(t, err)
		for i := range page {
			inDB[whole(&page[i])]++
		}
		if q.After = next; next == "" {
			break
		}
	}
	text, err := os.ReadFile(filepath.Join(s.dir, "cdr.json"))
	must(t, err)
	for l := range strings.Lines(string(text)) {
		var r cdr.Record
		must(t, json.Unmarshal([]byte(l), &r))
		inJSON[whole(&r)]++
	}
	f, err := os.Open(filepath.Join(s.dir, "cdr.csv"))
	must(t, err)
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll() // which wants the same columns in all of them
	must(t, err)
	for _, row := range rows[1:] {
		inCSV[row[0]]++
	}
	for id := range promised {
		if inDB[id] != 1 || id[0] == 'q' && (inJSON[id] != 1 || inCSV[id] != 1) {
			t.Errorf("%s was promised and is %d times in the database, %d in JSON, %d in CSV", id, inDB[id], inJSON[id], inCSV[id])
		}
	}
}
