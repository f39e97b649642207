package flow

import (
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"

	"github.com/tandemgw/tandem/signaling/sipmsg"
)

// WSConfig is what serving WebSockets needs. Zero values stand for the defaults
// given.
type WSConfig struct {
	// Origins says whether a page of origin, such as "https://example.com", may
	// connect to host, the request's Host; nil admits pages of the same host.
	// Programs that send no Origin are no browsers, and pass.
	Origins func(origin, host string) bool
	// MaxMessage bounds a message in octets; 0 means 65536.
	MaxMessage int
	// Queue and QueueOctets bound what waits for a client to read; 0 means 128
	// messages and 1 MiB. A client beyond is cut off.
	Queue, QueueOctets int
	// Ping is how often a silent client is pinged, 0 means 25 s; Idle is after
	// how long without a message, ping or pong it is cut off, 0 means 75 s; Write
	// is how long one message may take to be written, 0 means 10 s.
	Ping, Idle, Write time.Duration
	// MaxConnections and MaxPerAddress cap the connections in total and from one
	// address (IPv6: from one /64); 0 means 32768 and 4096.
	MaxConnections, MaxPerAddress int
	// PerSecond bounds the messages a second that are read from one connection,
	// with bursts of twice that; its client is then made to wait. 0 means 500.
	PerSecond int
	// Admit says whether a connection is taken from an address, nil: from all.
	Admit func(netip.Addr) bool
	// Log takes what went wrong in here; nil means nowhere.
	Log *slog.Logger
}

// WebSocket serves SIP over WebSocket (RFC 7118). It is an http.Handler; what
// comes over a TLS connection is WSS. Timeouts up to the upgrade are those of
// the http.Server.
type WebSocket struct {
	cfg      WSConfig
	handler  Handler
	upgrader websocket.Upgrader
	counts   wsCounters
	places   *places
	wg       sync.WaitGroup // of readers, writers, and callbacks

	mu     sync.Mutex
	conns  map[*wsConn]struct{} // guarded by mu
	closed bool                 // guarded by mu
}

// NewWebSocket returns a server of WebSockets whose messages go to h.
func NewWebSocket(c WSConfig, h Handler) *WebSocket {
	c.MaxMessage = orElse(c.MaxMessage, sipmsg.MaxMessage)
	c.Queue = orElse(c.Queue, 128)
	c.QueueOctets = orElse(c.QueueOctets, 1<<20)
	c.Ping = orElse(c.Ping, 25*time.Second)
	c.Idle = orElse(c.Idle, 75*time.Second)
	c.Write = orElse(c.Write, 10*time.Second)
	c.MaxConnections = orElse(c.MaxConnections, 32768)
	c.MaxPerAddress = orElse(c.MaxPerAddress, 4096)
	c.PerSecond = orElse(c.PerSecond, 500)
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Origins == nil {
		c.Origins = sameHost
	}
	w := &WebSocket{cfg: c, handler: h, conns: map[*wsConn]struct{}{}, places: newPlaces(c.MaxConnections, c.MaxPerAddress)}
	w.upgrader = websocket.Upgrader{
		HandshakeTimeout: c.Write,
		// Small, and for writing shared: most connections are silent most of the time.
		ReadBufferSize: 1024, WriteBufferSize: 2048, WriteBufferPool: &sync.Pool{},
		Subprotocols: []string{"sip"},
		CheckOrigin:  func(*http.Request) bool { return true }, // ServeHTTP has
		Error: func(rw http.ResponseWriter, _ *http.Request, status int, reason error) {
			http.Error(rw, "The WebSocket was not opened: "+reason.Error()+".", status)
		},
	}
	return w
}

func orElse[T int | time.Duration](v, otherwise T) T {
	if v <= 0 {
		return otherwise
	}
	return v
}

// sameHost admits the pages that this very host serves.
func sameHost(origin, host string) bool {
	u, err := url.Parse(origin)
	return err == nil && strings.EqualFold(u.Host, host)
}

// ServeHTTP upgrades one request and returns; the connection goes on by itself.
// It answers 426 to what is no WebSocket, 403 to a page of a foreign origin or an
// address that is not admitted, 400 without the subprotocol "sip", and 503 beyond
// the caps.
func (w *WebSocket) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	if !websocket.IsWebSocketUpgrade(r) {
		plainPage(rw, r)
		return
	}
	origin, ok := w.admits(r)
	if !ok {
		w.counts.foreign.Add(1)
		http.Error(rw, "This page's origin may not connect here.", http.StatusForbidden)
		return
	}
	if !offersSIP(r) {
		http.Error(rw, `The WebSocket subprotocol "sip" (RFC 7118) is required.`, http.StatusBadRequest)
		return
	}
	remote, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		http.Error(rw, "The client has no address.", http.StatusBadRequest)
		return
	}
	remote = netip.AddrPortFrom(remote.Addr().Unmap(), remote.Port())
	if w.cfg.Admit != nil && !w.cfg.Admit(remote.Addr()) {
		w.counts.refused.Add(1)
		http.Error(rw, "This address may not connect now.", http.StatusForbidden)
		return
	}
	if !w.reserve(remote.Addr()) {
		w.counts.refused.Add(1)
		rw.Header().Set("Retry-After", "5")
		http.Error(rw, "There are too many connections.", http.StatusServiceUnavailable)
		return
	}
	ws, err := w.upgrader.Upgrade(rw, r, nil)
	if err != nil {
		w.places.give(remote.Addr())
		return
	}
	w.adopt(ws, r, remote, origin)
}

// admits returns the Origin of a request, and whether it may connect.
func (w *WebSocket) admits(r *http.Request) (origin string, ok bool) {
	switch all := r.Header.Values("Origin"); len(all) {
	case 0:
		return "", true
	case 1:
		return all[0], w.cfg.Origins(all[0], r.Host)
	}
	return "", false
}

func offersSIP(r *http.Request) bool {
	for _, p := range websocket.Subprotocols(r) {
		if p == "sip" {
			return true
		}
	}
	return false
}

// plainPage tells a person who came by link what this is; having come over TLS,
// he has accepted the certificate.
func plainPage(rw http.ResponseWriter, r *http.Request) {
	rw.Header().Set("Upgrade", "websocket")
	rw.Header().Set("Connection", "Upgrade")
	words := "This is the SIP over WebSocket address (RFC 7118). Nothing is wrong: telephones connect here, pages do not."
	if r.TLS != nil {
		words += " The certificate is accepted; you may close this page."
	}
	http.Error(rw, words, http.StatusUpgradeRequired)
}

// reserve takes a place for a connection.
func (w *WebSocket) reserve(a netip.Addr) bool {
	w.mu.Lock()
	closed := w.closed
	w.mu.Unlock()
	return !closed && w.places.take(a)
}

// adopt starts the reader of an upgraded connection. It runs on a goroutine of
// its own rather than on ServeHTTP's, so that the server's memory of the request
// goes.
func (w *WebSocket) adopt(ws *websocket.Conn, r *http.Request, remote netip.AddrPort, origin string) {
	c := newWSConn(w, ws, remote.Addr())
	kind := WS
	if r.TLS != nil {
		kind = WSS
	}
	var local netip.AddrPort
	if a, ok := r.Context().Value(http.LocalAddrContextKey).(*net.TCPAddr); ok {
		local = a.AddrPort()
		local = netip.AddrPortFrom(local.Addr().Unmap(), local.Port())
	}
	c.flow = New(Way{
		Kind: kind, Socket: NextSocket(), Local: local, Remote: remote,
		UserAgent: brief(r.UserAgent()), Origin: brief(origin),
		Send: c.send, Close: c.closeSoon, Closed: c.closed, Err: c.end,
	})
	w.mu.Lock()
	if w.closed {
		w.mu.Unlock()
		bye := websocket.FormatCloseMessage(websocket.CloseGoingAway, "the gateway is stopping")
		_ = ws.WriteControl(websocket.CloseMessage, bye, time.Now().Add(lingerTime))
		c.cut(ErrClosed)
		w.places.give(remote.Addr())
		return
	}
	w.conns[c] = struct{}{}
	w.wg.Go(c.read)
	w.mu.Unlock()
	w.counts.opened.Add(1)
}

// brief makes what a client says of itself fit to be shown.
func brief(s string) string {
	s, _ = sipmsg.Clean(s)
	if len(s) > 256 {
		s = strings.ToValidUTF8(s[:256], "")
	}
	return strings.Clone(s)
}

// forget drops a connection that has ended.
func (w *WebSocket) forget(c *wsConn) {
	w.mu.Lock()
	delete(w.conns, c)
	w.mu.Unlock()
	w.places.give(c.addr)
}

// Flows returns the connections that there are.
func (w *WebSocket) Flows() []*Flow {
	w.mu.Lock()
	defer w.mu.Unlock()
	all := make([]*Flow, 0, len(w.conns))
	for c := range w.conns {
		all = append(all, c.flow)
	}
	return all
}

// Close ends all connections with close code 1001, lets none in any more, and
// waits for their goroutines. It is idempotent.
func (w *WebSocket) Close() error {
	w.mu.Lock()
	w.closed = true
	all := make([]*wsConn, 0, len(w.conns))
	for c := range w.conns {
		all = append(all, c)
	}
	w.mu.Unlock()
	for _, c := range all {
		c.finish(websocket.CloseGoingAway, "the gateway is stopping")
	}
	w.wg.Wait()
	return nil
}

type wsCounters struct {
	opened, foreign, refused, slow, broken, received, sent atomic.Uint64
}

// WSCounters are what a WebSocket server has counted since its start.
type WSCounters struct {
	// Opened are connections; Foreign were refused for their origin, Refused for
	// the caps.
	Opened, Foreign, Refused uint64
	// Slow were cut off because they did not read, Broken because they broke the
	// protocol or the limits.
	Slow, Broken uint64
	// Received and Sent are messages.
	Received, Sent uint64
	// Open is how many there are now.
	Open int
}

// Counters returns the counts.
func (w *WebSocket) Counters() WSCounters {
	w.mu.Lock()
	open := len(w.conns)
	w.mu.Unlock()
	c := &w.counts
	return WSCounters{
		Opened: c.opened.Load(), Foreign: c.foreign.Load(), Refused: c.refused.Load(), Slow: c.slow.Load(),
		Broken: c.broken.Load(), Received: c.received.Load(), Sent: c.sent.Load(), Open: open,
	}
}
