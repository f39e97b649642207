// Package trunk keeps the carriers and PBXs that calls come from and go to.
//
// The nouns:
//
//   - Trunk: one carrier or PBX as it is configured: where it is, how callers are
//     shown to it, how many calls it takes.
//   - Registration: one address of record that is kept bound at a registrar (RFC
//     3261 §10.2): a trunk's own, or that of an extension which one of our users is.
//   - Health: whether the trunk answers OPTIONS (RFC 3261 §11).
//   - Caller: who calls, as the fields of an INVITE say it or are to say it.
//   - Relay: registrations of browsers that a PBX judges and not we.
//
// A registration's life; W is the wait of RFC 5626 §4.5, which doubles:
//
//	trying --200--> registered --75 to 85 % of the time granted--> trying
//	  |                 | connection lost, or the trunk is back: at once
//	  '--failed--> failing --after W/2 to W, or Retry-After--> trying
//
// Credentials go to the trunk that they belong to and to nobody else: a request of
// a dialog is given them only where it goes to an address of the trunk's, and only
// for the realm that has taken them before.
//
// Goroutines. Run has one for each registration and one for the health of each
// trunk, which ends with it. Close says goodbye to the registrars, within a second,
// and waits. Everything else is called from anywhere, blocks nowhere, and holds a
// lock only to look.
//
// Limits. 50000 accounts a trunk; 8 addresses learned of a trunk; 4096 browsers
// relayed at one time.
package trunk
