// Package txn is the SIP transaction layer (RFC 3261 §17, with RFC 6026): it
// reads the messages of flows, matches them to transactions, and hands up what
// begins or belongs to none.
//
// A Layer serves any number of flows. Its nouns are Server, a request that came
// in and is being answered, and Client, a request that went out. Transactions
// are scoped: to the connection, or to a UDP socket and the far end's address;
// nobody can cancel, acknowledge or answer what came or went another way.
//
//	flow -> Layer.Message -> parse, validate -> Server or Client -> Handler
//
// Goroutines. Handler and what a Client calls back run on the flow's reader, in the
// order in which messages came, and must not wait: who refuses our re-INVITE and sends
// its own right behind is not told that ours is still under way. A Server's OnEnd runs
// on a goroutine of its own. Close ends all transactions and waits.
//
// Limits. Server transactions are bounded in total and for each scope: beyond,
// requests get 503 with Retry-After. What is kept of answered ones, to know
// repetitions by, is bounded too: beyond, the oldest is forgotten. Stateless answers over UDP are limited in
// rate, and repeated answers over UDP to who is not vouched for to three times the
// octets that came in, so that nobody is flooded through us. A panic of a handler is answered with 500,
// counted and logged; it ends nothing else.
package txn
