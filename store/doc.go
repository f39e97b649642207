// Package store keeps what outlives a call.
//
//   - CallLog is one plain file with a line for each event of each call, for people
//     to read. It has one goroutine that writes; a call never waits for the disk.
//     Its queue holds queueSize lines; what does not fit is dropped and counted in
//     the file itself.
//   - Voicemail is voice messages, greetings and what people have chosen for their
//     boxes: files, and an index of them in memory. It has no goroutine: who changes
//     something waits for the disk, one at a time.
//   - Messages are text messages for users who are off, a file each. It has no
//     goroutine: who calls it waits for the disk. It is bounded for each user and
//     in all.
package store
