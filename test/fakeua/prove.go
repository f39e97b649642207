package fakeua

// Prove sends a request in the dialog and answers the challenge that comes; it
// returns the answer after that. Without a challenge the test fails.
func (c *Call) Prove(method, body string, fields ...string) *Message {
	c.UA.t.Helper()
	first := c.Do(method, body, fields...)
	if s := first.Status(); s != 401 {
		c.UA.t.Fatalf("%s: %s is answered with\n%swant a challenge", c.UA.User, method, first.Raw)
	}
	return c.Do(method, body, append(fields, c.UA.credentials(first, method, c.Target))...)
}
