package peers

import (
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
	"testing"
	"time"
)

// Postgres is a running server of PostgreSQL with one database; it can be stopped and
// started again. It writes what it promises to the disk, and sorts text as people do
// rather than by octets.
type Postgres struct {
	t     testing.TB
	dir   string // its owner's
	bin   string
	port  int
	owner *syscall.Credential // nil for ourselves
	cmd   *exec.Cmd
	ended chan struct{}
	out   *Output
}

// postgresPassword is that of the user "tandem".
const postgresPassword = "of-the-test"

// StartPostgres runs a server until the test ends.
func StartPostgres(t testing.TB) *Postgres {
	t.Helper()
	dir, err := os.MkdirTemp("", "tandem-postgres-") // not t.TempDir, whose folders are closed to others than us
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	p := &Postgres{t: t, dir: dir, bin: postgresPrograms(t), port: FreePort(t), out: &Output{}}
	if os.Getuid() == 0 { // as whom it will not run
		p.owner = postgresOwner(t)
		if err := os.Chown(dir, int(p.owner.Uid), int(p.owner.Gid)); err != nil {
			t.Fatal(err)
		}
	}
	password := filepath.Join(dir, "password")
	if err := os.WriteFile(password, []byte(postgresPassword+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	// What it makes first need not survive a loss of power; all that comes later does.
	initdb := exec.Command(filepath.Join(p.bin, "initdb"), "-D", filepath.Join(dir, "data"), "--no-sync", "-U", "tandem", "-A", "scram-sha-256",
		"--pwfile", password, "--encoding=UTF8", "--locale=C.UTF-8", "--locale-provider=icu", "--icu-locale=en-US")
	p.as(initdb)
	if out, err := initdb.CombinedOutput(); err != nil {
		t.Fatalf("initdb: %v\n%s", err, out)
	}
	t.Cleanup(func() {
		p.Stop()
		if t.Failed() {
			t.Logf("what PostgreSQL wrote:\n%s", p.out.Tail(40))
		}
	})
	p.Start()
	return p
}

// URL is where its database is.
func (p *Postgres) URL() string {
	u := url.URL{
		Scheme: "postgres", User: url.UserPassword("tandem", postgresPassword),
		Host: "127.0.0.1:" + strconv.Itoa(p.port), Path: "/postgres", RawQuery: "sslmode=disable",
	}
	return u.String()
}

// Start starts it again after Stop.
func (p *Postgres) Start() {
	p.t.Helper()
	p.cmd = exec.Command(filepath.Join(p.bin, "postgres"), "-D", filepath.Join(p.dir, "data"), "-p", strconv.Itoa(p.port),
		"-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=", "-c", "fsync=on")
	p.cmd.Stdout, p.cmd.Stderr = p.out, p.out
	p.as(p.cmd)
	p.cmd.SysProcAttr.Pdeathsig = syscall.SIGQUIT
	if err := p.cmd.Start(); err != nil {
		p.t.Fatalf("start PostgreSQL: %v", err)
	}
	p.ended = make(chan struct{})
	go func(cmd *exec.Cmd, ended chan struct{}) { _ = cmd.Wait(); close(ended) }(p.cmd, p.ended)
	ready := []string{"-q", "-h", "127.0.0.1", "-p", strconv.Itoa(p.port), "-t", "1"}
	Await(p.t, time.Minute, "PostgreSQL takes connections", func() bool {
		return exec.Command(filepath.Join(p.bin, "pg_isready"), ready...).Run() == nil
	})
}

// Stop stops it at once, as a machine that loses its power: it has to recover when it
// is started again.
func (p *Postgres) Stop() {
	if p.cmd == nil {
		return
	}
	_ = p.cmd.Process.Signal(syscall.SIGQUIT) // it ends its own processes, at once
	select {
	case <-p.ended:
	case <-time.After(10 * time.Second):
		_ = p.cmd.Process.Kill()
		<-p.ended
	}
	p.cmd = nil
}

// as has a command run as the owner of the server, in a folder that he may enter.
func (p *Postgres) as(cmd *exec.Cmd) {
	cmd.Dir = p.dir
	cmd.Env = append(os.Environ(), "LC_ALL=C.UTF-8")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Credential: p.owner}
}

func postgresPrograms(t testing.TB) string {
	t.Helper()
	// Debian has them outside of the path, in a folder for each version.
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	slices.SortFunc(found, func(a, b string) int { return postgresVersion(a) - postgresVersion(b) })
	if len(found) > 0 {
		return filepath.Dir(found[len(found)-1])
	}
	return filepath.Dir(program(t, "initdb", "postgresql"))
}

func postgresVersion(path string) (n int) {
	_, _ = fmt.Sscanf(path, "/usr/lib/postgresql/%d/", &n)
	return n
}

// postgresOwner is a user without rights.
func postgresOwner(t testing.TB) *syscall.Credential {
	t.Helper()
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err := strconv.ParseUint(u.Uid, 10, 32)
		gid, wrong := strconv.ParseUint(u.Gid, 10, 32)
		if err == nil && wrong == nil {
			return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
		}
	}
	t.Fatal("PostgreSQL does not run as root, and there is neither a user postgres nor nobody to run it as")
	return nil
}
