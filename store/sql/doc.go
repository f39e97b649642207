// Package sql keeps what has to be asked later: records of calls, users and their
// digests, logins, tokens, the log of what operators did, where traces are.
//
// A DB is a SQLite database in one file, which is embedded and needs nothing, or one of
// PostgreSQL. Both have the same tables, by the migrations of this package, and answer
// the same questions; one test suite runs against both.
//
// What a method that writes has returned without an error is on the disk: SQLite has a
// write-ahead log that is forced out with every transaction, PostgreSQL its own. Only
// one connection writes to SQLite, so that nobody waits for a lock but in line; readers
// are never held up by it.
//
// A DB has no goroutines of its own beside those of database/sql. Every method takes a
// context and gives up with it. Health tells the last fault.
package sql
