// Package media is what a leg sends and hears.
//
// The nouns:
//
//   - Engine holds the workers and every Endpoint.
//   - Endpoint is one leg's media for its whole life: a transport.Wire to the
//     network, one line out (one SSRC, one sequence, one timestamp line) and
//     the reports about both directions (RTCP ends here, RFC 3550 §6).
//   - A source is what an Endpoint hears: another Endpoint (Join), itself
//     (Echo), prompts and tones (Play) or nothing (Quiet). Changing the source
//     never breaks the line out.
//   - Relay is the way of a packet that can go out as it came: the reader
//     rewrites its header in place and writes it.
//   - Transcoder is the way of a packet that must be decoded: the reader copies
//     it to the call's worker, which puts packets in order, fills gaps, decodes,
//     encodes and writes.
//   - Room is a place where endpoints hear each other: each member's packets go
//     through an adaptive jitter buffer and a decoder, the sum of all voices to
//     one encoder for all who are silent, and less their own voice to one for
//     each who speaks.
//   - Digit is one key of a telephone (RFC 4733). Digits are never copied from
//     leg to leg, they are made anew on the other leg's clock.
//
// Goroutines: the reader of a leg's socket runs the Relay and reads digits and
// RTCP. GOMAXPROCS workers run Transcoders, Play, queued digits and every short
// timer, and mix Rooms on a clock of 20 ms; a call belongs to one worker, and so
// does a room. One more goroutine, for the whole Engine,
// sends RTCP and watches for silence.
//
// Locks: each Endpoint has leaf locks for its line out, its reception and its
// digits. The order of a line is the one lock that is held while a packet is
// written, and a leg's alone. Joining, applying and closing take one lock of the Engine, which
// packets never do.
//
// Limits: 24 packets wait for a worker per direction, of which 16 may be out of
// order, the oldest is dropped first; 64 wait for a room; 32 digits are queued per leg; a sound
// file has at most 32 MiB and ten minutes. Whatever is dropped is counted
// (Stats) and told once per interval.
package media
