// Package journal keeps in memory what the log has said of each call, so that it can be
// asked beside the call: also for some time after its end.
//
// A Journal is a slog.Handler in front of another one: whatever goes through it goes on
// as it is, and a line that names a call ("call") or a leg of one ("leg") is kept besides,
// as text, with secrets left out. Of one call the newest maxLines lines are kept, of all
// calls maxOctets, and of the calls those that were spoken of last. It has no goroutine;
// its lock is a leaf, held while a line is entered.
package journal
