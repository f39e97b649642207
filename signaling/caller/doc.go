// Package caller is a user agent that makes one call by a script and measures it: what
// `tandem call` does. It calls as a telephone does (SIP over UDP, TCP or TLS, and RTP)
// or as a browser does (SIP over WebSocket, ICE and DTLS-SRTP, Opus), plays and records
// sound, presses digits, and says what came of it.
//
// It is made of the parts of the gateway itself, with a bridge of its own: the server
// that is called is a trunk of it, the script a row of its dialplan. So it speaks as
// the gateway does, with its limits; nothing of a gateway that runs in the same process
// is shared.
//
// Run does all of it, on goroutines that have ended when it returns.
package caller
