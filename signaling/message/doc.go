// Package message passes pager-mode messages on: MESSAGE of RFC 3428.
//
// The nouns:
//
//   - Service: takes MESSAGE out of any dialog, finds out who sent it and where it
//     goes, and answers once that is settled.
//
//   - Delivery: copies of one message on their way to every device of a user; the
//     first 2xx counts, else the best refusal after RFC 3261 §16.7.
//
//   - Keeper: where messages wait for users who are off. They are delivered in
//     order when a device of theirs registers.
//
//     sender            Service               devices
//     |--- MESSAGE ----->|---- MESSAGE ------->|
//     |                  |<------- 200 --------|
//     |<----- 200 -------|
//     |--- MESSAGE ----->| nobody is there: kept
//     |<----- 202 -------|
//     |                  |<---- REGISTER ------|
//     |                  |---- MESSAGE ------->|  with the Date of then
//
// What crosses is the body, untouched, and its type; every header field is
// written anew, From with the identity that was proved.
//
// Goroutines: Service.Request runs on the flow's reader and never waits. What
// touches the Keeper, which writes to a disk, runs on one goroutine of the
// Service's own, the clerk, with a queue of clerkQueue: a message that finds it
// full is refused with 503. Close ends it and waits.
//
// Limits: Config.Max octets a message, Config.Rate a sender. The tables are keyed
// by users and by kept messages, both of which are bounded.
package message
