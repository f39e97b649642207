package machine

import (
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestSocketTableIsReadAsTheKernelWritesIt(t *testing.T) {
	path := filepath.Join(t.TempDir(), "udp")
	text := "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n" +
		"   1: 0100007F:13C4 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4711 2 0 0\n" +
		"   2: 00000000000000000000000001000000:1F90 00000000000000000000000000000000:0000 07 0:0 0:0 0 0 0 4712 2 0\n" +
		"   3: zz:1 x\n   4: 0100:13C4 00000000:0000 0A 0:0 0:0 0 0 0 1 2\n"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	got := SocketTable(path)
	want := []Socket{
		{netip.MustParseAddrPort("127.0.0.1:5060"), true, "4711"},
		{netip.MustParseAddrPort("[::1]:8080"), false, "4712"},
	}
	if !slices.Equal(got, want) {
		t.Errorf("socketTable = %v, want %v", got, want)
	}
	if got := SocketTable(filepath.Join(t.TempDir(), "none")); got != nil {
		t.Errorf("no table gives %v", got)
	}
}

func TestCannotListenSaysWhy(t *testing.T) {
	at := netip.MustParseAddrPort("192.0.2.77:0")
	_, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(at))
	if err == nil {
		t.Fatal("an address of others could be had")
	}
	if got := CannotListen(err, "udp", at).Error(); got != "cannot listen on 192.0.2.77:0/udp: this machine does not have that address; correct it in `listen`" {
		t.Error(got)
	}
	got := CannotListen(&net.OpError{Op: "listen", Err: os.ErrPermission}, "tcp", netip.MustParseAddrPort("[::]:443")).Error()
	if !strings.HasPrefix(got, "cannot listen on :443/tcp: not permitted; ports below 1024") {
		t.Error(got)
	}
}
