// Package admin is the HTTP side of the gateway: the web phone and its files,
// the sessions behind it, the page that explains the local certificate
// authority, health and readiness, and the address at which SIP over WebSocket
// is mounted.
//
// The nouns: a link is a one-time token that opens a phone already signed in; a
// cookie keeps one browser signed in for a day; an ephemeral password is what
// the page shows to the registrar instead of the user's own. Sessions holds all
// three: links and grants in bounded maps, cookies as signed statements that
// need no memory.
//
// The control socket is another door, for the verbs of the command line: a Unix
// socket that only its owner may open, with an API of its own (ControlHandler) and
// a Client for it.
//
// Everything runs on net/http's goroutines; the package starts none. Bodies of
// requests end at 4 KiB, sign-ins are throttled by address, and every answer
// carries a strict content security policy. No answer says whether a user
// exists.
package admin
