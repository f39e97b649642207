package load

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"net/netip"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// phonesEnv makes TestPhonesProcess be so many telephones, at addresses of callerIP and
// calledIP in turn.
const phonesEnv = "TANDEM_TEST_PHONES"

// heardThere is what the telephones say of a window.
type heardThere struct {
	Sent, Heard   int64
	Foreign       int64   // packets that the other telephone of the call has not sent
	Delay50       float64 // from the sender's system call to the kernel's arrival, ms
	Delay99       float64
	Late99        float64 // how late packets left against their schedule, ms: the instrument's own fault
	CPU           float64 // seconds
	WindowSeconds float64
}

// ear is what has been counted in a window, which the loop alone has.
type ear struct {
	from, until         int64 // stamps of packets that count, ns since 1970
	sent, heard, others int64
	delays, lates       []int32 // µs
}

// telephones are many, two to a call, in one thread on one epoll, so that they cost
// little: each sends 20 ms of PCMU into which it writes when, and who.
type telephones struct {
	fds   []int
	to    []unix.RawSockaddrInet4
	poll  int
	began int64 // ns since 1970
	ticks int64 // milliseconds since then for which has been sent
	ear   ear
	order atomic.Pointer[func()] // to do in the loop, next
	done  chan struct{}

	out, in, control [512]byte
	iov              unix.Iovec
	head             unix.Msghdr
}

const (
	headerSize = 12       // RFC 3550 §5.1
	stampMagic = 0x7a6d   // says that a payload is stamped
	packetSize = 12 + 160 // 20 ms of PCMU
)

// TestPhonesProcess is the telephones of BenchmarkPhones, in a process of their own: it
// tells their ports, is told where each has to send, and then of each window.
func TestPhonesProcess(t *testing.T) {
	text := os.Getenv(phonesEnv)
	if text == "" {
		t.Skip("only as another process of BenchmarkPhones")
	}
	in := bufio.NewReaderSize(os.Stdin, 1<<20)
	say := func(v any) {
		line, err := json.Marshal(v)
		if err == nil {
			_, err = os.Stdout.Write(append(line, '\n'))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	var ips []string
	if err := json.Unmarshal([]byte(text), &ips); err != nil {
		t.Fatal(err)
	}
	p, ports := openTelephones(t, ips)
	say(ports)
	var to []netip.AddrPort
	line, err := in.ReadBytes('\n')
	if err == nil {
		err = json.Unmarshal(line, &to)
	}
	if err != nil || len(to) != len(p.fds) {
		t.Fatalf("where to send %.200q: %v", line, err)
	}
	for _, a := range to {
		port := a.Port()
		p.to = append(p.to, unix.RawSockaddrInet4{Family: unix.AF_INET, Port: port>>8 | port<<8, Addr: a.Addr().As4()})
	}
	go p.run()
	var began time.Time
	var used float64
	for {
		line, err := in.ReadString('\n')
		switch strings.TrimSpace(line) {
		case "begin":
			p.do(func() { p.ear = newEar(len(p.fds)) })
			began, used = time.Now(), ownCPU()
		case "end":
			took := time.Since(began).Seconds()
			used = ownCPU() - used
			p.do(func() { p.ear.until = time.Now().UnixNano() })
			<-time.After(500 * time.Millisecond) // for what is under way
			p.do(func() { say(p.ear.says(took, used)) })
		}
		if err != nil {
			return
		}
	}
}

func newEar(phones int) ear {
	room := phones * 50 * 60
	return ear{from: time.Now().UnixNano(), until: 1 << 62, delays: make([]int32, 0, room), lates: make([]int32, 0, room)}
}

func (e *ear) says(took, cpu float64) heardThere {
	slices.Sort(e.delays)
	slices.Sort(e.lates)
	quantile := func(all []int32, q float64) float64 {
		if len(all) == 0 {
			return 0
		}
		return float64(all[min(len(all)-1, int(q*float64(len(all))))]) / 1000
	}
	return heardThere{
		Sent: e.sent, Heard: e.heard, Foreign: e.others, Delay50: quantile(e.delays, .5), Delay99: quantile(e.delays, .99),
		Late99: quantile(e.lates, .99), CPU: cpu, WindowSeconds: took,
	}
}

func ownCPU() float64 {
	var u unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano()).Seconds()
}

func openTelephones(t *testing.T, ips []string) (*telephones, []int) {
	t.Helper()
	must := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	p := &telephones{done: make(chan struct{})}
	var err error
	p.poll, err = unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	must(err)
	var ports []int
	for i, ip := range ips {
		fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
		must(err)
		must(unix.Bind(fd, &unix.SockaddrInet4{Addr: netip.MustParseAddr(ip).As4()}))
		must(unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_TIMESTAMPNS, 1))
		must(unix.EpollCtl(p.poll, unix.EPOLL_CTL_ADD, fd, &unix.EpollEvent{Events: unix.EPOLLIN, Fd: int32(i)}))
		at, err := unix.Getsockname(fd)
		must(err)
		p.fds, ports = append(p.fds, fd), append(ports, at.(*unix.SockaddrInet4).Port)
	}
	return p, ports
}

// do has something done by the loop, and waits for it.
func (p *telephones) do(what func()) {
	done := make(chan struct{})
	order := func() { what(); close(done) }
	p.order.Store(&order)
	<-done
}

// run sends for each telephone every 20 ms, a twentieth of them each millisecond, and
// hears what comes, until the process ends.
func (p *telephones) run() {
	runtime.LockOSThread()
	_ = unix.Setpriority(unix.PRIO_PROCESS, unix.Gettid(), -10) // of this thread; without the right to, no harm
	events := make([]unix.EpollEvent, 64)
	p.began = time.Now().UnixNano()
	for {
		n, err := unix.EpollWait(p.poll, events, p.untilNext())
		if err != nil && err != unix.EINTR { //nolint:errorlint // it is the number itself
			return
		}
		for i := range max(n, 0) {
			p.hear(int(events[i].Fd))
			if i%16 == 15 {
				p.send()
			}
		}
		p.send()
		if order := p.order.Swap(nil); order != nil {
			(*order)()
		}
	}
}

// untilNext is how many milliseconds may be waited for packets.
func (p *telephones) untilNext() int {
	if time.Now().UnixNano()-p.began >= (p.ticks+1)*1e6 {
		return 0
	}
	return 1
}

func (p *telephones) send() {
	for now := (time.Now().UnixNano() - p.began) / 1e6; p.ticks <= now; p.ticks++ {
		due := p.began + p.ticks*1e6
		for i := int(p.ticks % 20); i < len(p.fds); i += 20 {
			p.sendOne(i, due)
		}
	}
}

func (p *telephones) sendOne(i int, due int64) {
	b, seq := p.out[:packetSize], p.ticks/20
	b[0], b[1] = 0x80, 0
	binary.BigEndian.PutUint16(b[2:], uint16(seq))
	binary.BigEndian.PutUint32(b[4:], uint32(seq*160))
	binary.BigEndian.PutUint32(b[8:], uint32(i+1))
	payload := b[headerSize:]
	for k := range payload[16:] {
		payload[16+k] = byte(0x90 + k%16) // sound, and not silence
	}
	binary.BigEndian.PutUint16(payload, stampMagic)
	binary.BigEndian.PutUint32(payload[2:], uint32(i))
	now := time.Now().UnixNano()
	binary.BigEndian.PutUint64(payload[6:], uint64(now))
	_, _, errno := syscall.Syscall6(unix.SYS_SENDTO, uintptr(p.fds[i]), uintptr(unsafe.Pointer(&b[0])), uintptr(len(b)),
		unix.MSG_DONTWAIT|unix.MSG_NOSIGNAL, uintptr(unsafe.Pointer(&p.to[i])), unsafe.Sizeof(p.to[i]))
	if e := &p.ear; e.counts(now) {
		if e.sent++; errno == 0 {
			e.lates = append(e.lates, int32((now-due)/1000))
		}
	}
}

func (e *ear) counts(stamp int64) bool { return e.from != 0 && stamp >= e.from && stamp < e.until }

// hear takes a packet with the time at which the kernel had it.
func (p *telephones) hear(i int) {
	p.iov = unix.Iovec{Base: &p.in[0], Len: uint64(len(p.in))}
	p.head = unix.Msghdr{Iov: &p.iov, Iovlen: 1, Control: &p.control[0], Controllen: uint64(len(p.control))}
	n, _, errno := syscall.Syscall(unix.SYS_RECVMSG, uintptr(p.fds[i]), uintptr(unsafe.Pointer(&p.head)), unix.MSG_DONTWAIT)
	if errno != 0 || n != packetSize {
		return // RTCP has a port of its own, and nothing else is said
	}
	c := (*unix.Cmsghdr)(unsafe.Pointer(&p.control[0]))
	if p.head.Controllen < unix.SizeofCmsghdr || c.Type != unix.SCM_TIMESTAMPNS {
		return
	}
	at := (*unix.Timespec)(unsafe.Pointer(&p.control[unix.SizeofCmsghdr])).Nano()
	payload := p.in[headerSize:n]
	stamp := int64(binary.BigEndian.Uint64(payload[6:]))
	if binary.BigEndian.Uint16(payload) != stampMagic || int(binary.BigEndian.Uint32(payload[2:])) != i^1 {
		p.ear.others++
		return
	}
	if e := &p.ear; e.counts(stamp) {
		e.heard++
		e.delays = append(e.delays, int32((at-stamp)/1000))
	}
}
