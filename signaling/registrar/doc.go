// Package registrar answers REGISTER and knows where users are: RFC 3261 §10.3
// with RFC 5626's view that a user is reached by the flow it came on.
//
// The nouns:
//
//   - Binding: one device of a user and the flow it is reached by. Over a
//     connection it ends with the connection; over UDP it is the address that was
//     seen, not the one that was written, and is kept open by keep-alives.
//   - Identity: the user that proved itself on a connection; its calls on the
//     same connection need no further proof.
//
// Devices are told apart by +sip.instance and reg-id where they say one, else by
// their Contact; a new registration of a device replaces its old one, so that a
// reloaded page leaves no ghost. When a user has MaxBindings devices the one goes
// that has not registered for longest.
//
// One mutex guards the tables; it is a leaf and never held while sending. Run
// sends the keep-alives and sweeps out what has expired. Limits: MaxBindings for
// a user, MaxTotal in all.
package registrar
