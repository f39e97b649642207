// Package database proves the store with the databases that it is for: SQLite and a real
// server of PostgreSQL, which the tests start, and with what befalls them: a process that
// is killed, a disk that is full, a file that is broken, a lock, a server that is away.
package database
