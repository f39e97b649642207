package txn

import (
	"net/netip"
	"strconv"
	"strings"
	"sync"

	"github.com/emiago/sipgo/sip"

	"github.com/tandemgw/tandem/signaling/flow"
	"github.com/tandemgw/tandem/signaling/sipmsg"
)

// scope is within which transactions are matched: a connection, or a UDP socket
// and the address of the far end. The far end's port is left out, since address
// translators change it.
type scope struct {
	socket uint64
	addr   netip.Addr
}

func scopeOf(f *flow.Flow) scope {
	if f.Kind().Stream() {
		return scope{socket: f.Socket()}
	}
	return scope{f.Socket(), f.Remote().Addr().Unmap()}
}

// serverKey names a server transaction within its scope (RFC 3261 §17.2.3).
func serverKey(req *sip.Request, method sip.RequestMethod) string {
	if method == sip.ACK {
		method = sip.INVITE
	}
	via := req.Via()
	sentBy := via.Host + ":" + strconv.Itoa(via.Port)
	branch, _ := sipmsg.Param(via.Params, "branch")
	if strings.HasPrefix(branch, sip.RFC3261BranchMagicCookie) {
		return string(method) + " " + sentBy + " " + branch
	}
	// RFC 2543: all that identifies the request.
	tag, _ := sipmsg.Param(req.From().Params, "tag")
	return strings.Join([]string{
		string(method), sentBy, branch, tag, string(*req.CallID()), utoa(req.CSeq().SeqNo),
	}, " ")
}

func utoa(n uint32) string { return strconv.FormatUint(uint64(n), 10) }

// clientKey names a client transaction within its scope (RFC 3261 §17.1.3).
func clientKey(m sip.Message) string {
	branch, _ := sipmsg.Param(m.Via().Params, "branch")
	return string(m.CSeq().MethodName) + " " + branch
}

// mergeKey names an INVITE of a call whatever way it came (RFC 3261 §8.2.2.2);
// empty within a dialog, where nothing can merge.
func mergeKey(req *sip.Request, call string) string {
	if _, inDialog := sipmsg.Param(req.To().Params, "tag"); inDialog {
		return ""
	}
	return call
}

// tables hold the transactions. The lock is held for look-ups only.
type tables struct {
	mu      sync.Mutex
	scopes  map[scope]*members
	merged  map[string]string // mergeKey to the transaction's key
	servers int
	clients int
	rests   int // spents and tails
	closed  bool
}

// members are the transactions of one scope.
type members struct {
	servers map[string]*Server
	clients map[string]*Client
	spent   map[string]*spent
	tails   map[string]*tail
}

func newTables() tables {
	return tables{scopes: map[scope]*members{}, merged: map[string]string{}}
}

// server returns the transaction of that key, or what is left of it, or neither.
func (t *tables) server(s scope, key string) (*Server, *spent) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if m := t.scopes[s]; m != nil {
		return m.servers[key], m.spent[key]
	}
	return nil, nil
}

// client returns the transaction of that key, or what is left of it, or neither.
func (t *tables) client(s scope, key string) (*Client, *tail) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if m := t.scopes[s]; m != nil {
		return m.clients[key], m.tails[key]
	}
	return nil, nil
}

// verdict is what became of an attempt to add a server transaction.
type verdict uint8

const (
	added verdict = iota
	merges
	full
	ended
)

// addServer enters tx unless the bounds are reached, which are for the scope
// and in total, or it merges with another.
func (t *tables) addServer(tx *Server, perScope, total int) verdict {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		return ended
	}
	if t.servers >= total {
		return full
	}
	if tx.merge != "" && t.merged[tx.merge] != "" {
		return merges
	}
	m := t.membersLocked(tx.scope)
	if len(m.servers) >= perScope {
		return full
	}
	m.servers[tx.key] = tx
	t.servers++
	if tx.merge != "" {
		t.merged[tx.merge] = tx.key
	}
	return added
}

// addClient enters c; it is false only if the tables are closed.
func (t *tables) addClient(c *Client) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		return false
	}
	t.membersLocked(c.scope).clients[c.key] = c
	t.clients++
	return true
}

func (t *tables) membersLocked(s scope) *members {
	m := t.scopes[s]
	if m == nil {
		m = &members{servers: map[string]*Server{}, clients: map[string]*Client{}, spent: map[string]*spent{}, tails: map[string]*tail{}}
		t.scopes[s] = m
	}
	return m
}

// removeServer forgets tx if it is still the one of its key.
func (t *tables) removeServer(tx *Server) {
	t.mu.Lock()
	defer t.mu.Unlock()
	m := t.scopes[tx.scope]
	if m == nil || m.servers[tx.key] != tx {
		return
	}
	delete(m.servers, tx.key)
	t.servers--
	t.unmergeLocked(tx.merge, tx.key)
	t.dropLocked(tx.scope, m)
}

// removeClient forgets c if it is still the one of its key.
func (t *tables) removeClient(c *Client) {
	t.mu.Lock()
	defer t.mu.Unlock()
	m := t.scopes[c.scope]
	if m == nil || m.clients[c.key] != c {
		return
	}
	delete(m.clients, c.key)
	t.clients--
	t.dropLocked(c.scope, m)
}

func (t *tables) unmergeLocked(merge, key string) {
	if merge != "" && t.merged[merge] == key {
		delete(t.merged, merge)
	}
}

func (t *tables) dropLocked(s scope, m *members) {
	if len(m.servers)+len(m.clients)+len(m.spent)+len(m.tails) == 0 {
		delete(t.scopes, s)
	}
}

// take removes and returns all transactions of a scope.
func (t *tables) take(s scope) (servers []*Server, clients []*Client) {
	t.mu.Lock()
	defer t.mu.Unlock()
	m := t.scopes[s]
	if m == nil {
		return nil, nil
	}
	delete(t.scopes, s)
	for _, tx := range m.servers {
		servers = append(servers, tx)
		t.servers--
		t.unmergeLocked(tx.merge, tx.key)
	}
	for _, left := range m.spent {
		t.unmergeLocked(left.merge, left.key)
	}
	t.rests -= len(m.spent) + len(m.tails)
	for _, c := range m.clients {
		clients = append(clients, c)
		t.clients--
	}
	return servers, clients
}

// close removes and returns everything and lets nothing in any more.
func (t *tables) close() (servers []*Server, clients []*Client) {
	t.mu.Lock()
	t.closed = true
	all := make([]scope, 0, len(t.scopes))
	for s := range t.scopes {
		all = append(all, s)
	}
	t.mu.Unlock()
	for _, s := range all {
		ss, cs := t.take(s)
		servers, clients = append(servers, ss...), append(clients, cs...)
	}
	return servers, clients
}

func (t *tables) sizes() (servers, clients, rests int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.servers, t.clients, t.rests
}
