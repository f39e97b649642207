package database

import (
	"bufio"
	db "database/sql"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/tandemgw/tandem"
	"github.com/tandemgw/tandem/bridge"
	"github.com/tandemgw/tandem/store/cdr"
	"github.com/tandemgw/tandem/store/sql"
	"github.com/tandemgw/tandem/test/peers"
)

// calls has a Collector observe calls, from number first on. That it returns while there
// is a fault is what the tests below are for.
func calls(c *cdr.Collector, first, n int) {
	for i := first; i < first+n; i++ {
		id := tandem.CallID(fmt.Sprintf("q%d", i))
		c.Observe(bridge.Event{At: noon, Kind: bridge.Incoming, Call: id, Leg: id.Leg(0), Party: tandem.Address{User: "201"}})
		c.Observe(bridge.Event{At: noon, Kind: bridge.Ended, Call: id, Cause: tandem.FromStatus(486, "")})
	}
}

// faulty says whether a database's feed tells of a fault with these words.
func (s *store) faulty(feed int, words string) func() bool {
	return func() bool {
		text, since := s.feeds[feed].Health()
		return strings.Contains(text, words) && !since.IsZero()
	}
}

func inDatabase(t *testing.T, d *sql.DB) int {
	t.Helper()
	return len(pages(t, d, cdr.Query{Limit: 1000}))
}

// lock holds a database until its input ends.
func lock(dir string) {
	d, err := db.Open("sqlite", "file:"+filepath.Join(dir, "tandem.db"))
	if err == nil {
		d.SetMaxOpenConns(1)
		_, err = d.Exec("BEGIN EXCLUSIVE")
	}
	fmt.Println("locked", err)
	_, _ = io.Copy(io.Discard, os.Stdin)
}

func TestRecordsWaitForADatabaseThatAnotherProcessHasLocked(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s, err := openStore(dir, 0)
	must(t, err)
	defer s.close()
	must(t, s.db.PutCDRs(t.Context(), []cdr.Record{made("before")}))
	cmd, out := again(t, "locks", dir, "")
	in, err := cmd.StdinPipe()
	must(t, err)
	must(t, cmd.Start())
	defer func() { _ = cmd.Wait() }()
	defer in.Close()
	if !out.Scan() || out.Text() != "locked <nil>" {
		t.Fatalf("the other process says %q", out.Text())
	}
	c := cdr.NewCollector(cdr.CollectorConfig{Spool: s.spool})
	defer c.Close()
	s.run()
	calls(c, 0, 500)
	peers.Await(t, 30*time.Second, "the lock is told of", s.faulty(0, "locked"))
	if n := inDatabase(t, s.db); n != 1 { // who reads is not held up
		t.Errorf("%d records are in a locked database", n)
	}
	calls(c, 500, 500)
	must(t, in.Close())
	peers.Await(t, 30*time.Second, "all records are there", func() bool { return inDatabase(t, s.db) == 1001 })
}

func TestRecordsWaitWhileTheDatabaseIsABrokenFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "tandem.db")
	must(t, os.WriteFile(path, []byte(strings.Repeat("this is not a database ", 1000)), 0o600))
	s, err := openStore(dir, 0)
	must(t, err)
	defer s.close()
	c := cdr.NewCollector(cdr.CollectorConfig{Spool: s.spool})
	defer c.Close()
	s.run()
	calls(c, 0, 500)
	peers.Await(t, 30*time.Second, "the file is told of", s.faulty(0, "not a database"))
	if f := s.db.Health(); f == nil {
		t.Error("the database is healthy")
	}
	if text, err := os.ReadFile(path); err != nil || !strings.HasPrefix(string(text), "this is not") {
		t.Errorf("the file was written to: %v", err)
	}
	must(t, os.Rename(path, path+".broken")) // what an operator does
	peers.Await(t, 30*time.Second, "all records are there", func() bool {
		page, _, err := s.db.CDRs(t.Context(), cdr.Query{Limit: 1000})
		return err == nil && len(page) == 500
	})
}

func TestRecordsWaitForAServerThatIsAwayAndItKeepsItsPromises(t *testing.T) {
	t.Parallel()
	server := peers.StartPostgres(t)
	d, err := sql.Reach(server.URL())
	must(t, err)
	s, err := storeOf(t.TempDir(), 0, d)
	must(t, err)
	defer s.close()
	for i := range 50 {
		must(t, d.PutCDRs(t.Context(), []cdr.Record{made(fmt.Sprint("before", i))}))
	}
	server.Stop() // as a machine that loses its power
	c := cdr.NewCollector(cdr.CollectorConfig{Spool: s.spool})
	defer c.Close()
	s.run()
	calls(c, 0, 500)
	peers.Await(t, 30*time.Second, "that it is away is told of", s.faulty(0, "postgres"))
	if text, _ := s.feeds[0].Health(); strings.Contains(text, "of-the-test") {
		t.Errorf("the password is told: %s", text)
	}
	server.Start()
	peers.Await(t, 60*time.Second, "all records are there", func() bool {
		page, _, err := d.CDRs(t.Context(), cdr.Query{Limit: 1000})
		return err == nil && len(page) == 550
	})
}

func TestAWebhookThatHangsLosesTheOldestAndNobodyElseDoes(t *testing.T) {
	t.Parallel()
	const all, bound = 2000, 1 << 20
	answers := make(chan struct{})
	var mu sync.Mutex
	told := make(map[string]bool)
	program := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		<-answers
		mu.Lock()
		told[r.Header.Get("Tandem-Delivery")] = true
		mu.Unlock()
	}))
	defer program.Close()
	dir := t.TempDir()
	s, err := openStore(dir, bound, cdr.NewWebhook(program.URL, "", nil))
	must(t, err)
	defer s.close()
	s.run()
	for i := range all / 100 {
		var lines [][]byte
		for j := range 100 {
			r := made(fmt.Sprintf("q%d", 100*i+j))
			r.Reason = strings.Repeat("x", 1500)
			lines = append(lines, line(r))
		}
		must(t, s.spool.Append(lines))
		peers.Await(t, 30*time.Second, "the others have them", func() bool { return !s.feeds[0].Behind() && !s.feeds[1].Behind() && !s.feeds[2].Behind() })
		if n := size(t, filepath.Join(dir, "cdr")); n > bound+1<<20 {
			t.Fatalf("the queue has %d octets", n)
		}
	}
	text, _ := s.feeds[3].Health()
	if !strings.Contains(text, "given up") {
		t.Errorf("what was given up is not told of: %q", text)
	}
	close(answers)
	peers.Await(t, 30*time.Second, "the program has what is left", s.drained)
	text, _ = s.feeds[3].Health()
	var lost int
	if _, err := fmt.Sscanf(text, "webhook: %d records were given up", &lost); err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	mu.Lock()
	defer mu.Unlock()
	// What it was being told of when the queue was cut may have come although it was
	// not sure, and be counted as well.
	if sum := len(told) + lost; sum < all || sum > all+256 || lost == 0 || !told[fmt.Sprint("q", all-1)] {
		t.Errorf("of %d records %d were told and %d counted as given up", all, len(told), lost)
	}
	if n := inDatabase(t, s.db); n != all {
		t.Errorf("the database has %d records", n)
	}
}

func size(t *testing.T, dir string) (n int64) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	must(t, err)
	for _, e := range entries {
		if info, err := e.Info(); err == nil {
			n += info.Size()
		}
	}
	return n
}

// full makes records on a disk that takes no file of more than 300 KiB, and, when it is
// told to, on one that has room again. It reports what the Collector says.
func full(dir string) {
	signal.Ignore(syscall.SIGXFSZ)
	var was syscall.Rlimit
	_ = syscall.Getrlimit(syscall.RLIMIT_FSIZE, &was)
	_ = syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: 300 << 10, Max: was.Max})
	s, err := openStore(dir, 0)
	if err != nil {
		fmt.Println(err)
		return
	}
	s.run()
	c := cdr.NewCollector(cdr.CollectorConfig{Spool: s.spool})
	report := func() {
		for _, health := range []func() (string, time.Time){c.Health, s.feeds[0].Health, s.feeds[1].Health} {
			text, _ := health()
			fmt.Println(text)
		}
	}
	orders := bufio.NewScanner(os.Stdin)
	for seen := 0; orders.Scan(); {
		switch orders.Text() {
		case "calls":
			calls(c, seen, 3000)
			seen += 3000
			fmt.Println(seen)
		case "health":
			report()
		case "room":
			_ = syscall.Setrlimit(syscall.RLIMIT_FSIZE, &was)
			fmt.Println("ok")
		case "behind":
			text, _ := c.Health()
			fmt.Println(!s.drained() || strings.Contains(text, "cannot be written"))
		}
	}
	_ = c.Close()
	for tick := time.NewTicker(10 * time.Millisecond); !s.drained(); {
		<-tick.C
	}
	s.close()
}

func TestOnAFullDiskRecordsWaitAndWhatDoesNotFitIsCounted(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	cmd, out := again(t, "full", dir, "")
	in, err := cmd.StdinPipe()
	must(t, err)
	must(t, cmd.Start())
	ask := func(what string, lines int) (answer []string) {
		_, err := fmt.Fprintln(in, what)
		must(t, err)
		for range lines {
			if !out.Scan() {
				t.Fatalf("the child ended at %q", what)
			}
			answer = append(answer, out.Text())
		}
		return answer
	}
	total := 0
	_, _ = fmt.Sscan(ask("calls", 1)[0], &total)
	peers.Await(t, 30*time.Second, "the fault is told of", func() bool { return strings.Contains(ask("health", 3)[0], "file too large; ") })
	peers.Await(t, 30*time.Second, "records are lost, and told of", func() bool {
		if total < 30_000 {
			_, _ = fmt.Sscan(ask("calls", 1)[0], &total) // each order returns: nothing blocks
		}
		return strings.Contains(ask("health", 3)[0], "were lost")
	})
	ask("room", 1)
	peers.Await(t, 60*time.Second, "what waited is written", func() bool { return ask("behind", 1)[0] == "false" })
	text := ask("health", 3)[0]
	var lost int
	if _, err := fmt.Sscanf(text, "%d records of calls were lost", &lost); err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	must(t, in.Close())
	must(t, cmd.Wait())
	d := open(t, filepath.Join(dir, "tandem.db"))
	if n := inDatabase(t, d); n != total-lost || n < 4096 {
		t.Errorf("of %d calls %d have records, and %d were counted as lost", total, n, lost)
	}
	if _, err := d.CDR(t.Context(), "q0"); err != nil {
		t.Errorf("the first, of before the disk was full: %v", err)
	}
	lines, err := os.ReadFile(filepath.Join(dir, "cdr.json"))
	must(t, err)
	seen := make(map[tandem.CallID]bool)
	for l := range strings.Lines(string(lines)) {
		var r cdr.Record
		must(t, json.Unmarshal([]byte(l), &r))
		seen[r.CallID] = true
	}
	if len(seen) != total-lost {
		t.Errorf("%d records are in the file of JSON lines, want %d", len(seen), total-lost)
	}
}
