package flow

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"

	"github.com/gorilla/websocket"
)

// Dial opens a SIP over WebSocket connection to a server (RFC 7118 §4), such as
// "wss://sip.example.org/ws": what browsers do, for programs that take a browser's
// place. It waits for the handshake. The limits, the Handler and Close are those of
// the connections that are accepted; c may be nil.
func (w *WebSocket) Dial(ctx context.Context, url string, c *tls.Config) (*Flow, error) {
	d := websocket.Dialer{HandshakeTimeout: w.cfg.Write, Subprotocols: []string{"sip"}, TLSClientConfig: c, NetDialContext: (&net.Dialer{}).DialContext}
	ws, res, err := d.DialContext(ctx, url, nil)
	if res != nil && res.Body != nil {
		_ = res.Body.Close()
	}
	if err != nil {
		if res != nil && res.StatusCode != http.StatusSwitchingProtocols {
			return nil, fmt.Errorf("connect to %s: it answers %s", url, res.Status)
		}
		return nil, fmt.Errorf("connect to %s: %w", url, err)
	}
	if ws.Subprotocol() != "sip" {
		_ = ws.Close()
		return nil, fmt.Errorf("connect to %s: it does not speak SIP over WebSocket", url)
	}
	local, remote := addrPortOf(ws.LocalAddr()), addrPortOf(ws.RemoteAddr())
	if !w.reserve(remote.Addr()) {
		_ = ws.Close()
		return nil, errFull
	}
	conn := newWSConn(w, ws, remote.Addr())
	kind := WS
	if _, secure := ws.NetConn().(*tls.Conn); secure {
		kind = WSS
	}
	conn.flow = New(Way{
		Kind: kind, Socket: NextSocket(), Local: local, Remote: remote,
		Send: conn.send, Close: conn.closeSoon, Closed: conn.closed, Err: conn.end,
	})
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		conn.cut(ErrClosed)
		return nil, ErrClosed // its place is of no use to anybody any more
	}
	w.conns[conn] = struct{}{}
	w.wg.Go(conn.read)
	w.counts.opened.Add(1)
	return conn.flow, nil
}
