package attack

import (
	"net"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tandemgw/tandem/test/fakeua"
	"github.com/tandemgw/tandem/test/peers"
)

// descriptors is how many files the gateway may have open in this test.
const descriptors = "1200"

// TestConnectionsOfStrangersDoNotTakeAllDescriptors: strangers at four addresses hold
// as many connections as they are let, on each port that takes some, and open them
// anew when they are cut off. Calls go on, and more of them can be made: those need
// sockets.
func TestConnectionsOfStrangersDoNotTakeAllDescriptors(t *testing.T) {
	limit, err := exec.LookPath("prlimit")
	if err != nil {
		t.Skip("there is no prlimit here")
	}
	h := openWith(t, peers.GatewayConfig{Under: []string{limit, "--nofile=" + descriptors + ":" + descriptors}})
	k := h.talking(nil)
	u := h.phone("1003").Online()
	stop := make(chan struct{})
	var all sync.WaitGroup
	for _, port := range []string{h.SIP, h.SIPS, at(h.HTTP), at(h.HTTPS)} {
		for _, host := range []string{"127.0.0.66", "127.0.0.67", "127.0.0.68", "127.0.0.69"} {
			all.Go(func() { hold(host, port, 400, stop) })
		}
	}
	k.sound(0.9, func() {
		peers.Await(t, patience, "the strangers have what they get", func() bool { return h.sockets() > 400 })
		each(3*time.Second, 300*time.Millisecond, func(int) {
			out, _ := newPhoneCall(u, "600")
			out.Bye()
		})
	})
	h.options(h.phone("watch"))
	close(stop)
	all.Wait()
	k.end()
	h.recovers()
}

// at is the host and port of a URL.
func at(url string) string {
	_, place, _ := strings.Cut(url, "://")
	return strings.Replace(place, "localhost", "127.0.0.1", 1)
}

// hold keeps connections from a host open until stop is closed, and opens those anew
// that it loses.
func hold(host, to string, n int, stop chan struct{}) {
	d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(host)}, Timeout: time.Second}
	open := make(chan struct{}, n)
	var all sync.WaitGroup
	defer all.Wait()
	for {
		select {
		case <-stop:
			return
		case open <- struct{}{}:
		}
		all.Go(func() {
			defer func() { <-open }()
			c, err := d.Dial("tcp", to)
			if err != nil {
				return
			}
			over := make(chan struct{})
			go func() { _, _ = c.Read(make([]byte, 1)); close(over) }()
			select {
			case <-stop:
			case <-over:
			}
			_ = c.Close()
			<-over
		})
	}
}

// newPhoneCall calls a number that answers, from a telephone.
func newPhoneCall(u *fakeua.UA, number string) (*fakeua.Call, *fakeua.Message) {
	out := u.Invite(number, fakeua.Invitation{SDP: u.Describe(fakeua.Description{Codecs: []string{"pcmu"}})})
	return out, out.Answered()
}
