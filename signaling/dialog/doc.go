// Package dialog keeps the state of SIP dialogs: RFC 3261 §12.
//
// A Dialog is what two user agents have agreed on beside the media: the Call-ID,
// the two tags, the two sequence numbers, the route set and the remote target. It
// builds the requests that are sent within it and judges those that arrive. It
// sends nothing, owns no goroutine and reads no clock; the leg that owns a Dialog
// calls it from its call's goroutine only.
//
// Resend is the timing of a 2xx to an INVITE (RFC 3261 §13.3.1.4), Repeat that of a
// reliable provisional response, whose order Order keeps (RFC 3262), and Timer is a
// session timer with what is said of it (RFC 4028). They are as pure as the rest.
//
// Limits: a route set has at most MaxRoutes entries.
package dialog
