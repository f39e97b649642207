// Package store keeps what outlives a call. So far that is the call log: one
// plain file with a line for each event of each call, for people to read.
//
// CallLog has one goroutine that writes; a call never waits for the disk. Its
// queue holds queueSize lines; what does not fit is dropped and counted in the
// file itself.
package store
