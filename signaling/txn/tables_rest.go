package txn

// spend puts what is left of tx into its place; false if tx is not there any
// more.
func (t *tables) spend(tx *Server, left *spent) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	m := t.scopes[tx.scope]
	if m == nil || m.servers[tx.key] != tx {
		return false
	}
	delete(m.servers, tx.key)
	m.spent[left.key] = left
	t.servers--
	t.rests++
	return true
}

// removeSpent forgets what was left of a server transaction.
func (t *tables) removeSpent(left *spent) {
	t.mu.Lock()
	defer t.mu.Unlock()
	m := t.scopes[left.scope]
	if m == nil || m.spent[left.key] != left {
		return
	}
	delete(m.spent, left.key)
	t.rests--
	t.unmergeLocked(left.merge, left.key)
	t.dropLocked(left.scope, m)
}

// dock puts what is left of c into its place; false if c is not there any more.
func (t *tables) dock(c *Client, left *tail) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	m := t.scopes[c.scope]
	if m == nil || m.clients[c.key] != c {
		return false
	}
	delete(m.clients, c.key)
	m.tails[left.key] = left
	t.clients--
	t.rests++
	return true
}

// removeTail forgets what was left of a client transaction.
func (t *tables) removeTail(left *tail) {
	t.mu.Lock()
	defer t.mu.Unlock()
	m := t.scopes[left.scope]
	if m == nil || m.tails[left.key] != left {
		return
	}
	delete(m.tails, left.key)
	t.rests--
	t.dropLocked(left.scope, m)
}
