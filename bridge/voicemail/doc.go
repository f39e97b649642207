// Package voicemail takes messages for people who do not answer, and keeps them
// until they are listened to.
//
// The nouns:
//
//   - Box: where messages are left, of a user or of a group.
//   - Message: one recording with who left it and when.
//   - Take: a recording in the making, of a message or of a greeting.
//   - Keeper: what outlives the process; package store has one.
//   - Desk: all boxes together: how much there is room for, who has given wrong
//     PINs, who is to be told.
//
// A call begins a Take and ends it; what comes then, the disk included, is done on
// goroutines of the Desk, so that no call waits:
//
//	call               Desk                    record.Recorder     Keeper
//	 |-- Begin -------->|-- a Recording, a Tape ----->|              |
//	 |                  |                             |-- Draft ---->|  first sound
//	 |-- Finish ------->|-- Tape.Close -------------->|              |
//	 |                  |<---------- the file is whole|              |
//	 |                  |-- Deliver, or Discard -------------------->|
//	 |<--- told --------|-- Changed: the lamps; the mail             |
//
// Goroutines: one for each Take that is being delivered, and those of Run: one that
// deletes what is past its time, one that sends mail. Close waits for all.
//
// Limits: messages and their length for each box as it says, maxTakes recordings at
// a time in all.
package voicemail
